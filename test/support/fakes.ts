/**
 * Small classes in the place of the model, the store and the log: they implement our interfaces and remember what was asked of them.
 */
import type { Labels } from '../../shared/ingredient/answer';
import type { Classifier } from '../../shared/model/classifier';
import type { LogLevel } from '../../shared/platform/config';
import type { Fields, Logger } from '../../shared/platform/logger';
import type { Stopwatch } from '../../shared/platform/timing';
import { RecordIndex } from '../../local/record-index';
import type {
  AnswerStore,
  Classified,
  IngredientRecord,
  Page,
  Rejection,
  Submission,
} from '../../shared/store/answer-store';
import type { ListQuery } from '../../shared/store/queries';
import { afterLookup, afterReclassification, afterSubmission } from '../../shared/store/record';
import { afterReview, type ReviewChange, type ReviewEntry, type ReviewOutcome } from '../../shared/store/review';
import { labels, LATER, MODEL } from './builders';

/** A promise that the test settles. */
export class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** Keeps records in a Map by the rules of every store; can be down, and each method can be held up. */
export class FakeStore implements AnswerStore {
  readonly records = new Map<string, IngredientRecord>();
  readonly rejections: Rejection[] = [];
  readonly reviews: ReviewEntry[] = [];
  readonly reads: (readonly string[])[] = [];
  readonly lookupWrites: Classified[] = [];
  /** What every method rejects with, while set. */
  failure: Error | undefined;
  readBarrier: Promise<void> = Promise.resolve();
  writeBarrier: Promise<void> = Promise.resolve();

  constructor(records: readonly IngredientRecord[] = []) {
    for (const record of records) {
      this.records.set(record.key, record);
    }
  }

  async get(keys: readonly string[]): Promise<Map<string, IngredientRecord>> {
    this.reads.push(keys);
    await this.readBarrier;
    this.#check();
    return new Map([...this.records].filter(([key]) => keys.includes(key)));
  }

  async saveLookup(classified: Classified, _found: IngredientRecord | undefined, _untilMs: number): Promise<boolean> {
    this.lookupWrites.push(classified);
    await this.writeBarrier;
    this.#check();
    const next = afterLookup(this.records.get(classified.answer.key), classified, LATER);
    if (next !== null) {
      this.records.set(next.key, next);
    }
    return next !== null;
  }

  async saveSubmission(classified: Classified, submission: Submission): Promise<'created' | 'updated' | 'unchanged'> {
    await this.writeBarrier;
    this.#check();
    const found = this.records.get(classified.answer.key);
    const next = afterSubmission(found, classified, submission, LATER);
    if (next === null) {
      return 'unchanged';
    }
    this.records.set(next.key, next);
    return found === undefined ? 'created' : 'updated';
  }

  async saveReclassification(classified: Classified, withdrawn: string | undefined): Promise<'updated' | 'unchanged'> {
    await this.writeBarrier;
    this.#check();
    const next = afterReclassification(this.records.get(classified.answer.key), classified, withdrawn, LATER);
    if (next !== null) {
      this.records.set(next.key, next);
    }
    return next === null ? 'unchanged' : 'updated';
  }

  async saveRejection(rejection: Rejection): Promise<void> {
    await this.writeBarrier;
    this.#check();
    const isKept = this.rejections.some(({ data }) => Buffer.from(data).equals(rejection.data));
    if (!isKept) {
      this.rejections.push(rejection);
    }
  }

  async changeReview(change: ReviewChange): Promise<ReviewOutcome> {
    await this.writeBarrier;
    this.#check();
    const { key } = change.classified.answer;
    const lastRevision = this.reviews.findLast((entry) => entry.key === key)?.revision ?? 0;
    const { result, write } = afterReview(this.records.get(key), change, LATER, lastRevision);
    if (write !== undefined) {
      this.records.set(write.record.key, write.record);
      this.reviews.push(write.entry);
    }
    return result;
  }

  async list(query: ListQuery): Promise<Page> {
    await this.readBarrier;
    this.#check();
    return new RecordIndex(this.records.values()).list(query);
  }

  async listReviewed(after: string | null, limit: number): Promise<Page> {
    await this.readBarrier;
    this.#check();
    return new RecordIndex(this.records.values()).listReviewed(after, limit);
  }

  async reviewHistory(key: string): Promise<readonly ReviewEntry[]> {
    await this.readBarrier;
    this.#check();
    return this.reviews.filter((entry) => entry.key === key);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #check(): void {
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }
}

/** Answers every normal form alike, except those that it was told to fail for. */
export class FakeClassifier implements Classifier {
  readonly version: string = MODEL;
  readonly batches: (readonly string[])[] = [];
  readonly failures = new Map<string, Error>();
  barrier: Promise<void> = Promise.resolve();
  /** Names that wait for a gate of their own. */
  readonly barriers = new Map<string, Promise<void>>();
  answer: Labels = labels();

  /** A token a character. */
  encode(normalName: string): readonly number[] {
    return Array.from(normalName, (character) => character.codePointAt(0)!);
  }

  async label(rows: readonly (readonly number[])[], _stopwatch?: Stopwatch): Promise<Labels[]> {
    return this.classify(rows.map((row) => String.fromCodePoint(...row)));
  }

  async classify(normalNames: readonly string[]): Promise<Labels[]> {
    this.batches.push(normalNames);
    await this.barrier;
    await Promise.all(normalNames.map((name) => this.barriers.get(name) ?? Promise.resolve()));
    const failure = normalNames.map((name) => this.failures.get(name)).find((error) => error !== undefined);
    if (failure !== undefined) {
      throw failure;
    }
    return normalNames.map(() => this.answer);
  }

  /** One name at a time, as the labeller asks. */
  async classifyOne(normalName: string): Promise<Labels> {
    const [answer] = await this.classify([normalName]);
    return answer!;
  }
}

export interface LogLine {
  readonly severity: LogLevel;
  readonly message: string;
  readonly fields: Fields;
}

export class FakeLogger implements Logger {
  readonly lines: LogLine[] = [];

  debug(message: string, fields: Fields = {}): void {
    this.lines.push({ severity: 'DEBUG', message, fields });
  }

  info(message: string, fields: Fields = {}): void {
    this.lines.push({ severity: 'INFO', message, fields });
  }

  warning(message: string, fields: Fields = {}): void {
    this.lines.push({ severity: 'WARNING', message, fields });
  }

  error(message: string, fields: Fields = {}): void {
    this.lines.push({ severity: 'ERROR', message, fields });
  }
}
