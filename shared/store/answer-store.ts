/**
 * What a store of answers promises, whichever database is behind it.
 */
import type { Answer } from '../ingredient/answer';
import type { InvalidInputError } from '../platform/errors';

/** `classified` by the model, or `reviewed` by a person. */
export type Status = 'classified' | 'reviewed';

/** A document of `ingredients`: the answer that stands, and what is known of the ingredient. */
export interface IngredientRecord extends Answer {
  readonly normalName: string;
  readonly status: Status;
  /** The first 100 ids that apps gave it. */
  readonly ids: readonly string[];
  /** How many ids are in `ids`: past 100 no more are told apart, so the count stays there. */
  readonly idCount: number;
  /** When it was first submitted; null on what only lookups brought. */
  readonly submittedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When what only lookups brought may go; null on what was submitted or reviewed. */
  readonly expireAt: Date | null;
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

/** Every method rejects with StoreUnavailableError where the database could not be asked in time. */
export interface AnswerStore {
  /** The documents of the keys that are there and have not expired. */
  get(keys: readonly string[]): Promise<Map<string, IngredientRecord>>;
  /**
   * Keeps what a lookup brought, with an expiry; leaves reviews and newer models' answers as they are.
   *
   * @param found what `get` returned for the key: a document that somebody changed since then is left to them.
   * @returns true where the answer was kept.
   */
  saveLookup(classified: Classified, found: IngredientRecord | undefined): Promise<boolean>;
  /** Keeps a submitted ingredient for good; writes nothing where the same submission was kept before. */
  saveSubmission(classified: Classified, submission: Submission): Promise<'created' | 'updated' | 'unchanged'>;
  /**
   * Puts a new model's answer in the place of an older one, and of one by the model version `withdrawn`, whichever is newer; touches
   * nothing else. Leaves alone what is not there, what only lookups brought, and reviews.
   */
  saveReclassification(classified: Classified, withdrawn: string | undefined): Promise<'updated' | 'unchanged'>;
  /** Keeps a message that can never succeed, once however often it comes. */
  saveRejection(rejection: Rejection): Promise<void>;
  close(): Promise<void>;
}
