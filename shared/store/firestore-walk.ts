/**
 * Walks the collection `ingredients` by ranges of the hashed key: keys are spread evenly, so equal ranges hold about as many documents,
 * and each can be walked beside the others and taken up where it was left.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { Firestore, QueryDocumentSnapshot } from '@google-cloud/firestore';

import { StoreUnavailableError } from '../platform/errors';
import { type FirestoreSettings, openClient } from './firestore-client';
import { toFirestoreQuery } from './firestore-query';
import { MODEL_BESIDE_REVIEW, walkQuery } from './queries';

/** From `start`, which is in it, to `end`, which is not; null where there is no bound. */
export interface KeyRange {
  readonly start: string | null;
  readonly end: string | null;
}

/** What a walk reads of a document. */
export interface Walked {
  readonly key: string;
  readonly name: string;
  readonly model: string;
  /** Whose answer lies beside a review; undefined where the model's answer stands itself. */
  readonly besideReview: string | undefined;
  readonly isReviewed: boolean;
  /** False where only lookups brought it. */
  readonly isSubmitted: boolean;
}

const PREFIX = 'n1-';
// The client's own is ten minutes, in which it says nothing.
const TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 1_000;
const FIELDS = ['name', 'model', MODEL_BESIDE_REVIEW, 'status', 'expireAt'];

/** `count` ranges, at most 4,096, that together hold every key. */
export function keyRanges(count: number): KeyRange[] {
  const bounds = Array.from({ length: count - 1 }, (_, index) => {
    const bound = Math.floor(((index + 1) * 0x1000) / count);
    return `${PREFIX}${bound.toString(16).padStart(3, '0')}`;
  });
  return [null, ...bounds].map((start, index) => ({ start, end: bounds[index] ?? null }));
}

export class KeyWalk {
  private constructor(private readonly db: Firestore) {}

  static async open(settings: FirestoreSettings): Promise<KeyWalk> {
    return new KeyWalk(await openClient(settings));
  }

  /**
   * The next documents of a range in the order of their keys.
   *
   * @param after the last key that was read already.
   * @param model where given, documents that hold an answer of this model version alone are read, and paid for.
   * @throws {StoreUnavailableError}
   */
  async page(range: KeyRange, after: string | null, limit: number, model: string | undefined): Promise<Walked[]> {
    const query = walkQuery(range, after, limit, model);
    const page = (await toFirestoreQuery(this.db.collection('ingredients'), query)).select(...FIELDS);
    try {
      const late = delay(TIMEOUT_MS, undefined, { ref: false }).then(() => {
        throw new Error(`no answer within ${TIMEOUT_MS / 1000} s`);
      });
      const { docs } = await Promise.race([page.get(), late]);
      return docs.map(toWalked);
    } catch (error) {
      throw new StoreUnavailableError(`Firestore could not be read (${(error as Error).message}).`, { cause: error });
    }
  }

  /** Waits for no call that was given up. */
  async close(): Promise<void> {
    await Promise.race([this.db.terminate(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }
}

function toWalked(document: QueryDocumentSnapshot): Walked {
  const { name, model, status, expireAt } = document.data();
  const besideReview = document.get(MODEL_BESIDE_REVIEW) as string | undefined;
  return {
    key: document.id,
    name: String(name),
    model: String(model),
    besideReview,
    isReviewed: status === 'reviewed',
    isSubmitted: expireAt === null,
  };
}
