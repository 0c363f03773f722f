/**
 * The embedded store of `npm start`: files of JSON lines in a folder, the last line of a key counts.
 *
 * A review is one line, with what it made of the record: a kill leaves both or neither.
 *
 * One process at a time, by a lock that holds its id. A line that a kill cut short, or that is no record, is passed over, so what was kept
 * before it stays.
 */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { StoreUnavailableError } from '../shared/platform/errors';
import { isRecord } from '../shared/platform/json';
import type {
  AnswerStore,
  Classified,
  IngredientRecord,
  Page,
  Rejection,
  Submission,
} from '../shared/store/answer-store';
import type { ListQuery } from '../shared/store/queries';
import { afterLookup, afterReclassification, afterSubmission, isCurrent, toRejected } from '../shared/store/record';
import { afterReview, type ReviewChange, type ReviewEntry, type ReviewOutcome } from '../shared/store/review';
import { parseRecord } from '../shared/store/shape';
import { firstLine } from './errors';
import { RecordIndex } from './record-index';

/** Where `npm start` keeps its answers. */
export const DATA_FOLDER = '.data';

const INGREDIENTS = 'ingredients.jsonl';
const REJECTED = 'rejected.jsonl';
const REVIEWS = 'reviews.jsonl';
const LOCK = 'lock';

export class FileStore implements AnswerStore {
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    private readonly records: RecordIndex,
    private readonly rejected: Set<string>,
    private readonly reviews: ReviewEntry[],
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
    await endLastLine(path.join(folder, REVIEWS));
    const { lines, reviews, records } = await readFolder(folder);
    const kept = [...records.values()].filter((record) => isCurrent(record, now));
    if (lines !== kept.length) {
      await replaceFile(path.join(folder, INGREDIENTS), kept);
    }
    const rejected = await readLines(path.join(folder, REJECTED));
    const current = rejected.filter(({ expireAt }) => typeof expireAt === 'string' && new Date(expireAt) > now);
    const ids = current.map(({ id }) => id).filter((id) => typeof id === 'string');
    return new FileStore(folder, new RecordIndex(kept), new Set(ids), reviews);
  }

  /** The reviewed records of a folder that another process may keep its answers in. */
  static async readReviewed(folder: string): Promise<readonly IngredientRecord[]> {
    return new RecordIndex((await readFolder(folder)).records.values()).listReviewed(null, Infinity).records;
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

  changeReview(change: ReviewChange): Promise<ReviewOutcome> {
    return this.#inTurn(async () => {
      const { key } = change.classified.answer;
      const lastRevision = this.reviews.findLast((entry) => entry.key === key)?.revision ?? 0;
      const { result, write } = afterReview(this.records.get(key), change, new Date(), lastRevision);
      if (write !== undefined) {
        await this.#append(REVIEWS, write);
        this.reviews.push(write.entry);
        this.records.set(write.record.key, write.record);
      }
      return result;
    });
  }

  list(query: ListQuery): Promise<Page> {
    return Promise.resolve(this.records.list(query));
  }

  listReviewed(after: string | null, limit: number): Promise<Page> {
    return Promise.resolve(this.records.listReviewed(after, limit));
  }

  reviewHistory(key: string): Promise<readonly ReviewEntry[]> {
    return Promise.resolve(this.reviews.filter((entry) => entry.key === key));
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

interface FolderContents {
  /** How many records stand in the file of records, those that were written over among them. */
  readonly lines: number;
  readonly records: Map<string, IngredientRecord>;
  readonly reviews: ReviewEntry[];
}

async function readFolder(folder: string): Promise<FolderContents> {
  const lines = (await readLines(path.join(folder, INGREDIENTS)))
    .map(reviveRecord)
    .filter((line) => line !== undefined);
  const records = new Map(lines.map((record) => [record.key, record]));
  const reviews: ReviewEntry[] = [];
  for (const line of await readLines(path.join(folder, REVIEWS))) {
    const record = isRecord(line['record']) ? reviveRecord(line['record']) : undefined;
    if (record === undefined || !isRecord(line['entry'])) {
      continue;
    }
    const entry = line['entry'] as unknown as ReviewEntry;
    reviews.push({ ...entry, reviewedAt: new Date(entry.reviewedAt) });
    // What was written to the other file after this review carries its number.
    if ((records.get(record.key)?.reviewCount ?? 0) < record.reviewCount) {
      records.set(record.key, record);
    }
  }
  return { lines: lines.length, records, reviews };
}

const TIMES = ['submittedAt', 'createdAt', 'updatedAt', 'expireAt'] as const;

function reviveRecord(line: Record<string, unknown>): IngredientRecord | undefined {
  const times = TIMES.map((field) => [field, typeof line[field] === 'string' ? new Date(line[field]) : line[field]]);
  return parseRecord({ ...line, ...(Object.fromEntries(times) as Record<string, unknown>) });
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
      return isRecord(value) ? [value] : [];
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
