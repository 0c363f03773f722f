/**
 * The files of model-artifacts/: reads manifest.json and checks each file's SHA-256 before anything is built from it.
 *
 * A ModelArtifactError holds in every instance of this revision, so the caller ends the process: see functions/dependencies.ts.
 */
import { createHash } from 'node:crypto';
import fs, { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import { ModelArtifactError, ModelUnavailableError } from '../platform/errors';
import { isRecord } from '../platform/json';

export const MANIFEST_VERSION = 1;
export const MODEL_FILE = 'model.onnx';
/** The same graph as ONNX Runtime keeps it in memory, made from MODEL_FILE by `npm run package`; taken where the manifest lists it. */
export const PREPARED_MODEL_FILE = 'model.ort';
export const VOCAB_FILE = 'vocab.txt';

const readAsync = promisify(fs.read);

// What a wrong path or a file that was left out reads as; any other failure to read may pass.
const MISSING = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES']);

interface TaskManifest {
  /** The vocabulary's token at whose place the task is read. */
  readonly controlToken: string;
  /** Label names in output order. */
  readonly labels: readonly string[];
  /** A sentence for each label. */
  readonly descriptions: Readonly<Record<string, string>>;
  /** Logits are divided by it before softmax or sigmoid. */
  readonly temperature: number;
  /** Answers less sure than this ask for review. */
  readonly reviewBelow: number;
}

export interface SourceManifest extends TaskManifest {
  /** Labels that must not be missed: a person who avoids animal food acts on their absence. */
  readonly riskLabels: readonly string[];
  /** Where another label won, their summed probability from which review is asked for. */
  readonly reviewRiskFrom: number;
}

export interface CategoriesManifest extends TaskManifest {
  /** Added to the scaled logits. */
  readonly bias: number;
  readonly thresholds: Readonly<Record<string, number>>;
}

export interface Manifest {
  readonly manifestVersion: number;
  readonly version: string;
  readonly maxTokens: number;
  readonly tasks: {
    readonly ingredient: TaskManifest;
    readonly source: SourceManifest;
    readonly categories: CategoriesManifest;
  };
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
}

export interface Artifacts {
  readonly manifest: Manifest;
  readonly modelPath: string;
  /** The content of a prepared model, which the runtime uses in place; undefined for an `.onnx` file, which it reads by itself. */
  readonly modelBytes: Uint8Array | undefined;
  /** The content of vocab.txt, in UTF-8. */
  readonly vocab: Uint8Array;
}

/**
 * Reads and checks `folder`. Its files are being read when the call returns, whatever holds the event loop then.
 *
 * @throws {ModelArtifactError} naming the file and what to do, if one is missing, damaged, or of an unknown manifest version.
 * @throws {ModelUnavailableError} if a file cannot be read for a reason that may pass, such as too many open files.
 */
export async function readArtifacts(folder: string): Promise<Artifacts> {
  const manifest = manifestOf(folder);
  const isPrepared = manifest.files[PREPARED_MODEL_FILE] !== undefined;
  const modelFile = isPrepared ? PREPARED_MODEL_FILE : MODEL_FILE;
  const modelPath = path.join(folder, modelFile);
  const [vocab, modelBytes] = await Promise.all([
    read(path.join(folder, VOCAB_FILE)),
    isPrepared ? read(modelPath) : undefined,
  ]);
  checkHash(manifest, VOCAB_FILE, sha256(vocab));
  checkHash(manifest, modelFile, modelBytes === undefined ? await hashFile(modelPath) : sha256(modelBytes));
  return { manifest, modelPath, modelBytes, vocab };
}

/** In hexadecimal digits, as a manifest has it. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Reads manifest.json alone, which is enough for the label set and the version. */
export async function readManifest(folder: string): Promise<Manifest> {
  return Promise.resolve().then(() => manifestOf(folder));
}

/** At once: the other files wait for it, and it is small. */
function manifestOf(folder: string): Manifest {
  const file = path.join(folder, 'manifest.json');
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new ModelArtifactError(`${file} is not JSON: restore it from the release.`, { cause: error });
    }
    throw unreadable(file, error);
  }
  const problem = manifestProblem(value);
  if (problem !== undefined) {
    throw new ModelArtifactError(`${file} ${problem}: use the manifest that the release came with.`);
  }
  return value as Manifest;
}

/** What is wrong with a manifest, by hand: a schema compiler would double the time to the first answer. */
function manifestProblem(value: unknown): string | undefined {
  if (!isRecord(value)) {
    return 'is not an object';
  }
  if (value['manifestVersion'] !== MANIFEST_VERSION) {
    return `has manifestVersion ${JSON.stringify(value['manifestVersion'])}, and this code reads ${MANIFEST_VERSION}`;
  }
  if (typeof value['version'] !== 'string' || !/^\d+(\.\d+)*$/.test(value['version'])) {
    return 'has no version of numbers and dots';
  }
  if (!Number.isInteger(value['maxTokens']) || !isRecord(value['files'])) {
    return 'lacks maxTokens or files';
  }
  const tasks = value['tasks'];
  const sound =
    isRecord(tasks) && isTask(tasks['ingredient']) && isSource(tasks['source']) && isCategories(tasks['categories']);
  return sound ? undefined : 'lacks a task, its labels, its temperature or its bounds';
}

function isSource(value: unknown): boolean {
  return (
    isTask(value) &&
    isRecord(value) &&
    Array.isArray(value['riskLabels']) &&
    value['riskLabels'].every((label) => typeof label === 'string') &&
    typeof value['reviewRiskFrom'] === 'number'
  );
}

function isCategories(value: unknown): boolean {
  if (!isTask(value) || !isRecord(value) || !isRecord(value['thresholds'])) {
    return false;
  }
  const thresholds = value['thresholds'];
  const labels = value['labels'] as readonly string[];
  return typeof value['bias'] === 'number' && labels.every((label) => typeof thresholds[label] === 'number');
}

function isTask(value: unknown): boolean {
  return (
    isRecord(value) &&
    Array.isArray(value['labels']) &&
    value['labels'].length > 1 &&
    value['labels'].every((label) => typeof label === 'string') &&
    typeof value['controlToken'] === 'string' &&
    typeof value['temperature'] === 'number' &&
    value['temperature'] > 0 &&
    typeof value['reviewBelow'] === 'number' &&
    isRecord(value['descriptions'])
  );
}

/** In one call beside the event loop: readFile asks for the next half megabyte only when the loop comes round. */
async function read(file: string): Promise<Buffer> {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(file, 'r');
    // At least one byte is asked for: what says that it is empty may fail when it is read.
    const bytes = Buffer.allocUnsafeSlow(Math.max(1, fs.fstatSync(descriptor).size));
    let size = 0;
    for (let more = -1; size < bytes.length && more !== 0; size += more) {
      more = (await readAsync(descriptor, bytes, size, bytes.length - size, size)).bytesRead;
    }
    return bytes.subarray(0, size);
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    if (descriptor !== undefined) {
      fs.closeSync(descriptor);
    }
  }
}

/** Hashes in chunks: the model need not stand in memory twice. */
async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  } catch (error) {
    throw unreadable(file, error);
  }
  return hash.digest('hex');
}

function unreadable(file: string, cause: unknown): ModelArtifactError | ModelUnavailableError {
  if (!MISSING.has((cause as NodeJS.ErrnoException).code ?? '')) {
    return new ModelUnavailableError(`${file} could not be read.`, { cause });
  }
  return new ModelArtifactError(`${file} cannot be read: set MODEL_DIR to the folder of the model's files.`, { cause });
}

function checkHash(manifest: Manifest, file: string, actual: string): void {
  const expected = manifest.files[file]?.sha256;
  if (actual !== expected) {
    const found = `its sha256 is ${actual}, the manifest says ${expected ?? 'nothing'}`;
    throw new ModelArtifactError(
      `${file} is not the file of the manifest (${found}): deploy the release's files again.`,
    );
  }
}
