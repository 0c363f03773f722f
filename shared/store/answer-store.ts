/**
 * What a store of answers promises, whichever database is behind it.
 */
import type { Answer, Labels } from '../ingredient/answer';
import type { InvalidInputError } from '../platform/errors';
import type { ListQuery } from './queries';
import type { ReviewChange, ReviewEntry, ReviewOutcome } from './review';

/** `classified` by the model, or `reviewed` by a person. */
export type Status = 'classified' | 'reviewed';

/** The model's labels, and which model gave them. */
export interface ModelAnswer extends Labels {
  readonly model: string;
}

/** A document of `ingredients`: the answer that stands, and what is known of the ingredient. */
export interface IngredientRecord extends Answer {
  readonly normalName: string;
  readonly status: Status;
  /** The first 100 ids that apps gave it, and no more than 15 kB of them. */
  readonly ids: readonly string[];
  /** How many ids are in `ids`: past those no more are told apart, so the count stays there. */
  readonly idCount: number;
  /** When it was first submitted; null on what only lookups brought. */
  readonly submittedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When what only lookups brought may go; null on what was submitted or reviewed. */
  readonly expireAt: Date | null;
  /** What the model says of what a person reviewed; null where its answer stands itself. */
  readonly modelAnswer: ModelAnswer | null;
  /** How often a person changed the labels: the number of the last entry of `reviews`. */
  readonly reviewCount: number;
}

/** A submission of an app, beside the answer to it. */
export interface Submission {
  readonly id: string | undefined;
  readonly submittedAt: Date;
}

/** An answer with the normal form that it belongs to. */
export interface Classified {
  readonly answer: Answer;
  readonly normalName: string;
}

/** A message that can never succeed. */
export interface Rejection {
  /** The message's data as it came. */
  readonly data: Uint8Array;
  readonly reason: InvalidInputError;
}

/** A part of a list; the rest comes after `next`, which is null on the last page. */
export interface Page {
  readonly records: readonly IngredientRecord[];
  readonly next: string | null;
}

/** Every method rejects with StoreUnavailableError where the database could not be asked in time. */
export interface AnswerStore {
  /** The documents of the keys that are there and have not expired. */
  get(keys: readonly string[]): Promise<Map<string, IngredientRecord>>;
  /**
   * Keeps what a lookup brought, with an expiry; leaves reviews and newer models' answers as they are.
   *
   * @param found what `get` returned for the key: a document that somebody changed since then is left to them.
   * @param untilMs on the clock of `performance.now()`: from then on nobody waits, and no further call is begun.
   * @returns true where the answer was kept.
   */
  saveLookup(classified: Classified, found: IngredientRecord | undefined, untilMs: number): Promise<boolean>;
  /** Keeps a submitted ingredient for good; writes nothing where the same submission was kept before. */
  saveSubmission(classified: Classified, submission: Submission): Promise<'created' | 'updated' | 'unchanged'>;
  /**
   * Puts a new model's answer in the place of an older one, and of one by the model version `withdrawn`, whichever is newer and also
   * beside a review; touches nothing else. Leaves alone what is not there, what only lookups brought, and a person's labels.
   */
  saveReclassification(classified: Classified, withdrawn: string | undefined): Promise<'updated' | 'unchanged'>;
  /** Keeps a message that can never succeed, once however often it comes. */
  saveRejection(rejection: Rejection): Promise<void>;
  /** Changes a review, and keeps who did, when and what stood before; both or neither. */
  changeReview(change: ReviewChange): Promise<ReviewOutcome>;
  /** Listed ingredients in the order of their normal names. */
  list(query: ListQuery): Promise<Page>;
  /** What a person's labels stand in, in the order of the keys; a page at a time, after the key that the page before ended with. */
  listReviewed(after: string | null, limit: number): Promise<Page>;
  /** The changes of one ingredient's review, the first one first. */
  reviewHistory(key: string): Promise<readonly ReviewEntry[]>;
  close(): Promise<void>;
}
