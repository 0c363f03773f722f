/**
 * The embedded store of `npm start`: two files of JSON lines in a folder, the last line of a key counts.
 *
 * One process at a time, by a lock that holds its id. A line that a kill cut short, or that is no record, is passed over, so what was kept before it stays.
 */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { StoreUnavailableError } from '../shared/platform/errors';
import type { AnswerStore, Classified, IngredientRecord, Rejection, Submission } from '../shared/store/answer-store';
import { afterLookup, afterReclassification, afterSubmission, isCurrent, toRejected } from '../shared/store/record';
import { firstLine } from './errors';

const INGREDIENTS = 'ingredients.jsonl';
const REJECTED = 'rejected.jsonl';
const LOCK = 'lock';

export class FileStore implements AnswerStore {
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    private readonly records: Map<string, IngredientRecord>,
    private readonly rejected: Set<string>,
  ) {}

  /**
   * Opens or makes the store in `folder`, and drops what has expired or was written over.
   *
   * @throws {StoreUnavailableError} where it can be neither made nor read and written.
   */
  static async open(folder: string): Promise<FileStore> {
    try {
      return await FileStore.#open(folder);
    } catch (error) {
      if (error instanceof StoreUnavailableError) {
        throw error;
      }
      const advice = 'move away what stands in the way, or make it a folder that you may write to';
      throw new StoreUnavailableError(`Answers cannot be kept in ${folder} (${firstLine(error)}): ${advice}.`, {
        cause: error,
      });
    }
  }

  static async #open(folder: string): Promise<FileStore> {
    await mkdir(folder, { recursive: true });
    await lock(path.join(folder, LOCK));
    const now = new Date();
    await endLastLine(path.join(folder, INGREDIENTS));
    await endLastLine(path.join(folder, REJECTED));
    const lines = (await readLines(path.join(folder, INGREDIENTS))).filter(isRecord).map(reviveRecord);
    const records = new Map(lines.map((record) => [record.key, record]));
    for (const [key, record] of records) {
      if (!isCurrent(record, now)) {
        records.delete(key);
      }
    }
    if (lines.length > records.size) {
      await replaceFile(path.join(folder, INGREDIENTS), [...records.values()]);
    }
    const rejected = await readLines(path.join(folder, REJECTED));
    const ids = rejected.map((line) => line['id']).filter((id) => typeof id === 'string');
    return new FileStore(folder, records, new Set(ids));
  }

  get(keys: readonly string[]): Promise<Map<string, IngredientRecord>> {
    const now = new Date();
    const found = keys.map((key) => this.records.get(key)).filter((record) => record !== undefined);
    return Promise.resolve(
      new Map(found.filter((record) => isCurrent(record, now)).map((record) => [record.key, record])),
    );
  }

  saveLookup(classified: Classified): Promise<boolean> {
    return this.#inTurn(async () => {
      const next = afterLookup(this.records.get(classified.answer.key), classified, new Date());
      if (next !== null) {
        await this.#save(next);
      }
      return next !== null;
    });
  }

  saveSubmission(classified: Classified, submission: Submission): Promise<'created' | 'updated' | 'unchanged'> {
    return this.#inTurn(async () => {
      const found = this.records.get(classified.answer.key);
      const next = afterSubmission(found, classified, submission, new Date());
      if (next === null) {
        return 'unchanged';
      }
      await this.#save(next);
      return found === undefined ? 'created' : 'updated';
    });
  }

  saveReclassification(classified: Classified, withdrawn: string | undefined): Promise<'updated' | 'unchanged'> {
    return this.#inTurn(async () => {
      const found = this.records.get(classified.answer.key);
      const next = afterReclassification(found, classified, withdrawn, new Date());
      if (next === null) {
        return 'unchanged';
      }
      await this.#save(next);
      return 'updated';
    });
  }

  async saveRejection(rejection: Rejection): Promise<void> {
    await this.#inTurn(async () => {
      const { id, fields } = toRejected(rejection, new Date());
      if (!this.rejected.has(id)) {
        await this.#append(REJECTED, { id, ...fields, payload: Buffer.from(fields.payload).toString('base64') });
        this.rejected.add(id);
      }
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    await rm(path.join(this.folder, LOCK), { force: true });
  }

  /** Writes one after the other: each sees what the one before it kept, and lines do not mix. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    try {
      return await done;
    } catch (error) {
      throw new StoreUnavailableError(`The files in ${this.folder} could not be written.`, { cause: error });
    }
  }

  /** The file first: what a full disk refused must not look as if it were kept. */
  async #save(record: IngredientRecord): Promise<void> {
    await this.#append(INGREDIENTS, record);
    this.records.set(record.key, record);
  }

  async #append(file: string, value: unknown): Promise<void> {
    await appendFile(path.join(this.folder, file), `${JSON.stringify(value)}\n`);
  }
}

/** True for a line that has what every method relies on. */
function isRecord(line: Record<string, unknown>): boolean {
  return (
    ['key', 'name', 'normalName', 'model', 'origin', 'status'].every((field) => typeof line[field] === 'string') &&
    ['createdAt', 'updatedAt'].every((field) => isDate(line[field])) &&
    ['submittedAt', 'expireAt'].every((field) => line[field] === null || isDate(line[field])) &&
    ['categories', 'needsReview', 'ids'].every((field) => Array.isArray(line[field])) &&
    isObject(line['ingredient']) &&
    (line['source'] === null || isObject(line['source']))
  );
}

function isDate(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reviveRecord(line: Record<string, unknown>): IngredientRecord {
  const date = (field: string): Date | null => (typeof line[field] === 'string' ? new Date(line[field]) : null);
  return {
    ...(line as unknown as IngredientRecord),
    submittedAt: date('submittedAt'),
    createdAt: date('createdAt')!,
    updatedAt: date('updatedAt')!,
    expireAt: date('expireAt'),
  };
}

/** Takes the lock, or takes it over from a process that is no more; throws where another one has it. */
async function lock(file: string): Promise<void> {
  const holder = Number(await readText(file));
  if (holder > 0 && holder !== process.pid && isRunning(holder)) {
    throw new StoreUnavailableError(
      `Process ${holder} keeps its answers in ${path.dirname(file)} already: stop it, or delete ${file} if it is another program.`,
    );
  }
  await writeFile(file, String(process.pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ends a line that a kill cut short: the next one appended would be lost with it. */
async function endLastLine(file: string): Promise<void> {
  const text = await readText(file);
  if (text !== '' && !text.endsWith('\n')) {
    await appendFile(file, '\n');
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return '';
    }
    throw error;
  }
}

/** The JSON objects among the lines of a file. */
async function readLines(file: string): Promise<Record<string, unknown>[]> {
  const text = await readText(file);
  return text.split('\n').flatMap((line) => {
    try {
      const value = JSON.parse(line) as unknown;
      return isObject(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

/** Writes beside the file and renames, so that a kill leaves the old one or the new one. */
async function replaceFile(file: string, records: readonly IngredientRecord[]): Promise<void> {
  await writeFile(`${file}.new`, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await rename(`${file}.new`, file);
}
