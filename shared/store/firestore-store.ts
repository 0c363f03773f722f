/**
 * The door to @google-cloud/firestore: the collections `ingredients` and `rejected`.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { DocumentData, DocumentSnapshot, Firestore, Timestamp } from '@google-cloud/firestore';

import { ReviewConflictError, ServiceError, StoreUnavailableError } from '../platform/errors';
import type { AnswerStore, Classified, IngredientRecord, Page, Rejection, Submission } from './answer-store';
import { Burst } from './burst';
import { type FirestoreSettings, openClient } from './firestore-client';
import { toFirestoreQuery } from './firestore-query';
import {
  HISTORY_QUERY,
  LAST_CHANGE_QUERY,
  type ListQuery,
  listQuery,
  type PageQuery,
  queryFields,
  reviewedQuery,
} from './queries';
import { afterLookup, afterReclassification, afterSubmission, isCurrent, toRejected } from './record';
import { afterReview, type ReviewChange, type ReviewEntry, type ReviewOutcome } from './review';
import { parseRecord } from './shape';

const ALREADY_EXISTS = 6;
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;
const ABORTED = 10;
const REVIEWS = 'reviews';
// The client retries by itself for up to ten minutes; an event is better handed back to Pub/Sub, which waits without an instance.
const CALL_TIMEOUT_MS = 10_000;
// A batch of 256 new names writes as many documents at once; 512 calls that hang hold some 30 MB.
const MAX_UNANSWERED = 512;
// The client waits a second and more before each: its own five may take longer than a call may.
const MAX_REVIEW_ATTEMPTS = 3;
// terminate() waits for calls in flight, and those that were given up here go on within the client while Firestore is gone.
const CLOSE_TIMEOUT_MS = 1_000;

type SubmissionOutcome = 'created' | 'updated' | 'unchanged';

interface Submitted {
  readonly classified: Classified;
  readonly submission: Submission;
}

export class FirestoreStore implements AnswerStore {
  // The version of each document as it was read: a write that relies on what was read holds only while it stands.
  readonly #readAt = new WeakMap<IngredientRecord, Timestamp>();

  readonly #submissions = new Burst<Submitted, SubmissionOutcome>((key, submitted) => this.#submit(key, submitted));

  #unanswered = 0;
  #connecting: Promise<unknown> | undefined;

  private constructor(private readonly db: Firestore) {}

  static async open(settings: FirestoreSettings): Promise<FirestoreStore> {
    return new FirestoreStore(await openClient(settings));
  }

  /**
   * Makes the connection, which the first call would otherwise wait for: a document that no key can have is read.
   *
   * A read that was given up goes on within the client: the next attempt waits for the same one.
   */
  async connect(): Promise<void> {
    this.#connecting ??= this.db.getAll(this.#document('connect')).finally(() => {
      this.#connecting = undefined;
    });
    const connecting = this.#connecting;
    await this.#call('reached', () => connecting);
  }

  async get(keys: readonly string[]): Promise<Map<string, IngredientRecord>> {
    const now = new Date();
    const snapshots = await this.#call('read', () => this.db.getAll(...keys.map((key) => this.#document(key))));
    const records = snapshots.map((snapshot) => this.#read(snapshot)).filter((record) => record !== undefined);
    return new Map(records.filter((record) => isCurrent(record, now)).map((record) => [record.key, record]));
  }

  async saveLookup(classified: Classified, found: IngredientRecord | undefined, untilMs: number): Promise<boolean> {
    const next = afterLookup(found, classified, new Date());
    const readAt = found === undefined ? undefined : this.#readAt.get(found);
    if (next === null) {
      return false;
    }
    return this.#call('written', async () => {
      // One round trip: whoever wrote since this document was read has the word.
      const document = this.#document(classified.answer.key);
      if (readAt !== undefined) {
        return unless([NOT_FOUND, FAILED_PRECONDITION], document.update(toDocument(next), { lastUpdateTime: readAt }));
      }
      return (
        (await unless([ALREADY_EXISTS], document.create(toDocument(next)))) || this.#replaceExpired(classified, untilMs)
      );
    });
  }

  async saveSubmission(classified: Classified, submission: Submission): Promise<SubmissionOutcome> {
    return this.#submissions.add(classified.answer.key, { classified, submission });
  }

  async saveReclassification(classified: Classified, withdrawn: string | undefined): Promise<'updated' | 'unchanged'> {
    const document = this.#document(classified.answer.key);
    return this.#call('written', () =>
      this.db.runTransaction(async (transaction) => {
        const found = this.#read(await transaction.get(document));
        const next = afterReclassification(found, classified, withdrawn, new Date());
        if (next === null) {
          return 'unchanged';
        }
        transaction.set(document, toDocument(next));
        return 'updated';
      }),
    );
  }

  async saveRejection(rejection: Rejection): Promise<void> {
    const now = new Date();
    const { id, fields } = toRejected(rejection, now);
    const document = this.db.collection('rejected').doc(id);
    const data = { ...fields, payload: Buffer.from(fields.payload) };
    await this.#call('written', async () => {
      if (await unless([ALREADY_EXISTS], document.create(data))) {
        return;
      }
      // As with what lookups brought: expired, it is there until the TTL policy deletes it, which would take this one with it.
      await this.db.runTransaction(async (transaction) => {
        const found = await transaction.get(document);
        if (!found.exists || (found.get('expireAt') as Timestamp).toDate() <= now) {
          transaction.set(document, data);
        }
      });
    });
  }

  async changeReview(change: ReviewChange): Promise<ReviewOutcome> {
    const document = this.#document(change.classified.answer.key);
    const entries = document.collection(REVIEWS);
    const lastEntry = await toFirestoreQuery(entries, LAST_CHANGE_QUERY);
    return this.#call('written', () =>
      this.db
        .runTransaction(
          async (transaction) => {
            // The document may have been deleted by hand, and its entries not: they go with no document.
            const [found, last] = await Promise.all([transaction.get(document), transaction.get(lastEntry)]);
            const lastRevision = (last.docs[0]?.get('revision') as number | undefined) ?? 0;
            const { result, write } = afterReview(this.#read(found), change, new Date(), lastRevision);
            if (write !== undefined) {
              transaction.set(document, toDocument(write.record));
              transaction.create(entries.doc(String(write.entry.revision)), { ...write.entry });
            }
            return result;
          },
          { maxAttempts: MAX_REVIEW_ATTEMPTS },
        )
        .catch((error: unknown) => {
          throw codeOf(error) === ABORTED ? new ReviewConflictError({ cause: error }) : error;
        }),
    );
  }

  async list(query: ListQuery): Promise<Page> {
    const wanted = listQuery(query);
    return wanted === null ? { records: [], next: null } : this.#query(wanted);
  }

  async listReviewed(after: string | null, limit: number): Promise<Page> {
    return this.#query(reviewedQuery(after, limit));
  }

  async reviewHistory(key: string): Promise<readonly ReviewEntry[]> {
    const entries = await toFirestoreQuery(this.#document(key).collection(REVIEWS), HISTORY_QUERY);
    const { docs } = await this.#call('read', () => entries.get());
    return docs.map((entry) => {
      const fields = entry.data() as Omit<ReviewEntry, 'reviewedAt'> & { readonly reviewedAt: Timestamp };
      return { ...fields, reviewedAt: fields.reviewedAt.toDate() };
    });
  }

  async close(): Promise<void> {
    await Promise.race([this.db.terminate(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  /** One transaction for all submissions of a key that came together. */
  async #submit(key: string, submitted: readonly Submitted[]): Promise<SubmissionOutcome[]> {
    const document = this.#document(key);
    return this.#call('written', () =>
      this.db.runTransaction(async (transaction) => {
        const found = this.#read(await transaction.get(document));
        const now = new Date();
        let record = found;
        const outcomes = submitted.map(({ classified, submission }) => {
          const next = afterSubmission(record, classified, submission, now);
          const outcome = next === null ? 'unchanged' : record === undefined ? 'created' : 'updated';
          record = next ?? record;
          return outcome;
        });
        if (record !== undefined && record !== found) {
          transaction.set(document, toDocument(record));
        }
        return outcomes;
      }),
    );
  }

  #document(key: string) {
    return this.db.collection('ingredients').doc(key);
  }

  async #query(wanted: PageQuery): Promise<Page> {
    const { orderBy, limit } = wanted;
    // One more than is wanted says whether there is another page.
    const query = await toFirestoreQuery(this.db.collection('ingredients'), { ...wanted, limit: limit + 1 });
    const { docs } = await this.#call('read', () => query.get());
    const page = docs.slice(0, limit);
    const last = page.at(-1);
    const isLast = last === undefined || docs.length <= limit;
    const next = isLast ? null : orderBy === '__name__' ? last.id : (last.get(orderBy) as string);
    const records = page.map((snapshot) => this.#read(snapshot)).filter((record) => record !== undefined);
    return { records, next };
  }

  /** What has expired is there until the TTL policy deletes it, up to a day late. */
  async #replaceExpired(classified: Classified, untilMs: number): Promise<boolean> {
    const isLate = (): boolean => performance.now() >= untilMs;
    if (isLate()) {
      return false;
    }
    const document = this.#document(classified.answer.key);
    return this.db.runTransaction(async (transaction) => {
      const found = this.#read(await transaction.get(document));
      const next = isLate() ? null : afterLookup(found, classified, new Date());
      if (next !== null) {
        transaction.set(document, toDocument(next));
      }
      return next !== null;
    });
  }

  /**
   * Makes a call, and gives it up after a while.
   *
   * The client goes on with what was given up, and each such call holds memory: while Firestore is silent, no more than a bounded
   * number is begun.
   */
  async #call<T>(done: string, work: () => Promise<T>): Promise<T> {
    if (this.#unanswered >= MAX_UNANSWERED) {
      throw new StoreUnavailableError(`Firestore could not be ${done}: ${MAX_UNANSWERED} calls wait for its answer.`);
    }
    this.#unanswered += 1;
    const answered = work().finally(() => {
      this.#unanswered -= 1;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new StoreUnavailableError(`Firestore could not be ${done} within ${CALL_TIMEOUT_MS} ms.`));
      }, CALL_TIMEOUT_MS);
    });
    try {
      return await Promise.race([answered, late]);
    } catch (error) {
      throw error instanceof ServiceError
        ? error
        : new StoreUnavailableError(`Firestore could not be ${done}.`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  #read(snapshot: DocumentSnapshot): IngredientRecord | undefined {
    const data = snapshot.data();
    if (data === undefined) {
      return undefined;
    }
    const record = parseRecord(withDates(data));
    // Somebody put it there by hand: it counts as absent, and the next write replaces it.
    if (record?.key !== snapshot.id) {
      return undefined;
    }
    this.#readAt.set(record, snapshot.updateTime!);
    return record;
  }
}

/** The fields with Date for every time of Firestore's. */
function withDates(data: DocumentData): Record<string, unknown> {
  const isTime = (value: unknown): value is Timestamp => typeof (value as Timestamp | null)?.toDate === 'function';
  return Object.fromEntries(
    Object.entries(data).map(([field, value]: [string, unknown]) => [field, isTime(value) ? value.toDate() : value]),
  );
}

/** The document's fields: the record, and what queries need. */
function toDocument(record: IngredientRecord): DocumentData {
  return { ...record, ...queryFields(record) };
}

function codeOf(error: unknown): number | undefined {
  return (error as { code?: number }).code;
}

/** Waits for a write; false where it failed with one of these gRPC codes: somebody else was first. */
async function unless(codes: readonly number[], write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? -1)) {
      return false;
    }
    throw error;
  }
}
