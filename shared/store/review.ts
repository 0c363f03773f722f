/**
 * What a person's decision makes of the document that is there: the rules of every store, without a database.
 *
 * A review lies beside the model's answer and wins over it. Each change has an entry with who, when and what stood before.
 */
import { compareModelVersions, type Labels } from '../ingredient/answer';
import { equalReviews, fromReview, type ReviewLabels, toReview } from '../ingredient/labels';
import type { Classified, IngredientRecord, ModelAnswer } from './answer-store';
import { fresh, isCurrent, labelsOf, toModelAnswer } from './record';

/** A change that a person asks for. */
export interface ReviewChange {
  /** This instance's answer: for a document that is not there yet, and to come back to where it is the newer one. */
  readonly classified: Classified;
  /** Null takes the review away. */
  readonly labels: ReviewLabels | null;
  readonly reviewer: string;
  /** True where the change may be made to what stands: `If-Match` and `If-None-Match` of the request. */
  readonly holds: (current: CurrentReview | null) => boolean;
}

/** The review that stands. */
export interface CurrentReview {
  readonly labels: ReviewLabels;
  /** The change that it came with; no two reviews of a name share one. */
  readonly revision: number;
}

/** One change, as it stays in `ingredients/{key}/reviews/{revision}`. */
export interface ReviewEntry {
  readonly revision: number;
  readonly key: string;
  readonly normalName: string;
  readonly reviewer: string;
  readonly reviewedAt: Date;
  /** What stood before, and whose it was. */
  readonly before: Labels & { readonly origin: IngredientRecord['origin']; readonly model: string };
  /** Null where the review was taken away. */
  readonly after: ReviewLabels | null;
}

export type ReviewOutcome =
  | { readonly outcome: 'created' | 'replaced' | 'removed' | 'unchanged'; readonly record: IngredientRecord }
  /** The precondition does not hold, or there is nothing to take away. */
  | { readonly outcome: 'refused' | 'absent' };

/** What to write: the document and the entry, together or not at all. */
export interface ReviewWrite {
  readonly record: IngredientRecord;
  readonly entry: ReviewEntry;
}

/** The review of a document, or null where the model's answer stands. */
export function currentReview(record: IngredientRecord | undefined): CurrentReview | null {
  return record?.status === 'reviewed' ? { labels: toReview(record), revision: record.reviewCount } : null;
}

/**
 * What comes of a change, and what is to be written for it.
 *
 * @param lastRevision the number of the last entry that is kept, which may be more than the document knows of: no number comes twice.
 */
export function afterReview(
  found: IngredientRecord | undefined,
  change: ReviewChange,
  now: Date,
  lastRevision: number,
): { readonly result: ReviewOutcome; readonly write?: ReviewWrite } {
  const current = currentReview(found);
  if (!change.holds(current)) {
    return { result: { outcome: 'refused' } };
  }
  if (change.labels === null && current === null) {
    return { result: { outcome: 'absent' } };
  }
  if (found !== undefined && current !== null && change.labels !== null) {
    if (equalReviews(current.labels, change.labels)) {
      return { result: { outcome: 'unchanged', record: found } };
    }
  }
  const base = found !== undefined && isCurrent(found, now) ? found : fresh(change.classified, now);
  const modelAnswer = newest(base.status === 'reviewed' ? base.modelAnswer : toModelAnswer(base), change.classified);
  const revision = Math.max(base.reviewCount, lastRevision) + 1;
  const answered =
    change.labels === null
      ? { ...modelAnswer, origin: 'model' as const, status: 'classified' as const, modelAnswer: null }
      : { ...fromReview(change.labels), origin: 'review' as const, status: 'reviewed' as const, modelAnswer };
  const record = { ...base, ...answered, reviewCount: revision, updatedAt: now, expireAt: null };
  const entry: ReviewEntry = {
    revision,
    key: base.key,
    normalName: base.normalName,
    reviewer: change.reviewer,
    reviewedAt: now,
    before: { ...labelsOf(base), origin: base.origin, model: base.model },
    after: change.labels,
  };
  const outcome = change.labels === null ? 'removed' : current === null ? 'created' : 'replaced';
  return { result: { outcome, record }, write: { record, entry } };
}

/** What the document has of the model, or this instance's answer where its model is newer. */
function newest(kept: ModelAnswer | null, { answer }: Classified): ModelAnswer {
  return kept !== null && compareModelVersions(kept.model, answer.model) >= 0 ? kept : toModelAnswer(answer);
}
