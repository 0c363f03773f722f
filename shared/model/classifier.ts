/**
 * Normal forms in, labels out: encode, run, decode, each stage timed.
 */
import { TASKS, type Labels } from '../ingredient/answer';
import { Stopwatch } from '../platform/timing';
import { type Artifacts, readArtifacts, type Manifest } from './artifacts';
import { Decoder } from './decode';
import { Encoder, padded } from './encode';
import type { Confidences, ConfidenceModel } from './explain';
import { createModel, loadRuntime, type Model } from './session';
import { Vocabulary } from './wordpiece';

/** What the labeller needs of a model, in two steps: how many tokens a name has decides what runs together. */
export interface Classifier {
  /** The version that answers carry. */
  readonly version: string;
  /** Token ids of a normal form. */
  encode(normalName: string): readonly number[];
  /** One result for each row of token ids, in order. */
  label(rows: readonly (readonly number[])[], stopwatch?: Stopwatch): Promise<Labels[]>;
  /** Both for names that run together. */
  classify(normalNames: readonly string[]): Promise<Labels[]>;
}

export interface LoadOptions {
  /** Gets the stages: `library`, `files` (beside it), `session`, `vocabulary`. */
  readonly stopwatch?: Stopwatch;
  /** The folder's files, where reading them has begun already. */
  readonly reading?: Promise<Artifacts> | undefined;
  /** Of a run; one if left out. The event loop stands still meanwhile with any number. */
  readonly threads?: number;
}

export class OnnxClassifier implements Classifier, ConfidenceModel {
  readonly version: string;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;
  readonly #model: Model;

  /** For a model that is loaded already, as benchmarks have it. @param vocab the content of vocab.txt. */
  constructor(
    readonly manifest: Manifest,
    vocab: Uint8Array,
    model: Model,
  ) {
    this.version = manifest.version;
    const controlTokens = TASKS.map((task) => manifest.tasks[task].controlToken);
    this.#encoder = new Encoder(new Vocabulary(vocab), controlTokens, manifest.maxTokens);
    this.#decoder = new Decoder(manifest.tasks);
    this.#model = model;
  }

  /**
   * Loads the model of `folder`.
   *
   * @throws {ModelArtifactError} if a file is missing or damaged.
   * @throws {ModelUnavailableError} if the runtime could not load it.
   */
  static async load(folder: string, options: LoadOptions = {}): Promise<OnnxClassifier> {
    const { stopwatch = new Stopwatch(), reading = readArtifacts(folder), threads } = options;
    // The library's 45 MB are mapped while the files are read.
    const [{ manifest, modelPath, modelBytes, vocab }] = await Promise.all([
      stopwatch.time('files', () => reading),
      stopwatch.time('library', loadRuntime),
    ]);
    const model = await stopwatch.time('session', () => createModel(modelPath, modelBytes, threads));
    return stopwatch.timeSync('vocabulary', () => new OnnxClassifier(manifest, vocab, model));
  }

  async confidences(texts: readonly string[]): Promise<Confidences[]> {
    const encoded = this.#encoder.encodeBatch(texts);
    return this.#decoder.confidences(await this.#model.run(encoded), encoded.rows);
  }

  async classify(normalNames: readonly string[]): Promise<Labels[]> {
    return this.label(normalNames.map((name) => this.encode(name)));
  }

  encode(normalName: string): readonly number[] {
    return this.#encoder.ids(normalName);
  }

  async label(rows: readonly (readonly number[])[], stopwatch?: Stopwatch): Promise<Labels[]> {
    const began = performance.now();
    const encoded = padded(rows);
    const encodedAt = performance.now();
    const logits = await this.#model.run(encoded);
    const ranAt = performance.now();
    const labels = this.#decoder.decode(logits, encoded.rows);
    stopwatch?.add('encode', encodedAt - began);
    stopwatch?.add('run', ranAt - encodedAt);
    stopwatch?.add('decode', performance.now() - ranAt);
    return labels;
  }
}
