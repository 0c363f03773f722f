/**
 * The door to onnxruntime-node.
 *
 * `run` computes on the thread that calls it: the event loop stands still until the batch is done, so batches are kept small.
 */
import type { InferenceSession } from 'onnxruntime-node';

import { ModelUnavailableError } from '../platform/errors';
import type { Encoded } from './encode';

/** Logits of a batch, row-major: each task's (rows, labels of the task). */
export type Logits = Readonly<Record<'ingredient' | 'source' | 'categories', Float32Array>>;

/** What the classifier needs of a model. */
export interface Model {
  /** The bytes that it reads its weights from, where it was made from them: they live as long as it does. */
  readonly prepared?: Uint8Array | undefined;
  run(encoded: Encoded): Promise<Logits>;
}

// One thread, where nobody asks for more: an instance has about one CPU, and the default threads are pinned to the host's cores. No
// optimiser: the graph is written fused, and optimising it at start costs more than loading it. An arena: a run else takes its memory from
// the system each time, and gives it back, as glibc is told to.
const OPTIONS = {
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'disabled',
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableCpuMemArena: true,
  logSeverityLevel: 3,
} as const;

/** Loads the native library. @throws {ModelUnavailableError} if it cannot be loaded. */
export async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    throw new ModelUnavailableError('ONNX Runtime could not be loaded.', { cause: error });
  }
}

/**
 * Loads a model file.
 *
 * @param prepared the content of the file where `prepareModel` wrote it: used in place, neither parsed nor copied.
 * @param threads that a run takes; its answers are the same with any number.
 * @throws {ModelUnavailableError} if the runtime cannot load the file.
 */
export async function createModel(modelPath: string, prepared?: Uint8Array, threads?: number): Promise<Model> {
  return modelOf(await createSession(modelPath, prepared, threads), prepared);
}

/** A model that a session of the runtime holds. */
export async function modelOf(session: InferenceSession, prepared?: Uint8Array): Promise<Model> {
  const { Tensor } = await loadRuntime();
  return {
    prepared,
    async run({ inputIds, attentionMask, rows, width }: Encoded): Promise<Logits> {
      const output = await session
        .run({
          input_ids: new Tensor('int64', inputIds, [rows, width]),
          attention_mask: new Tensor('int64', attentionMask, [rows, width]),
        })
        .catch((error: unknown) => {
          throw new ModelUnavailableError('The model could not be run.', { cause: error });
        });
      const read = (task: string) => output[task]?.data as Float32Array;
      return { ingredient: read('ingredient'), source: read('source'), categories: read('categories') };
    },
  };
}

/** The runtime's own session. @throws as `createModel`. */
export async function createSession(
  modelPath: string,
  prepared?: Uint8Array,
  threads: number = OPTIONS.intraOpNumThreads,
): Promise<InferenceSession> {
  const { InferenceSession } = await loadRuntime();
  const options = { ...OPTIONS, intraOpNumThreads: threads };
  const inPlace = { session: { use_ort_model_bytes_directly: '1', use_ort_model_bytes_for_initializers: '1' } };
  const created =
    prepared === undefined
      ? InferenceSession.create(modelPath, options)
      : InferenceSession.create(prepared, { ...options, extra: inPlace });
  return created.catch((error: unknown) => {
    throw new ModelUnavailableError(`The model ${modelPath} could not be loaded.`, { cause: error });
  });
}

/**
 * Writes an `.onnx` model in the runtime's own format, the same graph with the same weights, which loads without being parsed.
 *
 * @see https://onnxruntime.ai/docs/performance/model-optimizations/ort-format-models.html
 */
export async function prepareModel(modelPath: string, preparedPath: string): Promise<void> {
  const { InferenceSession } = await loadRuntime();
  const session = await InferenceSession.create(modelPath, {
    ...OPTIONS,
    optimizedModelFilePath: preparedPath,
    extra: { session: { save_model_format: 'ORT' } },
  });
  await session.release();
}
