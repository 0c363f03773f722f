/**
 * What a write makes of the document that is there: the rules of every store, without a database.
 */
import { createHash } from 'node:crypto';

import { compareModelVersions } from '../ingredient/answer';
import type { Classified, IngredientRecord, Rejection, Submission } from './answer-store';

export const MAX_IDS = 100;
export const LOOKUP_DAYS = 30;
export const REJECTION_DAYS = 90;
export const MAX_PAYLOAD_BYTES = 10_000;
const DAY_MS = 86_400_000;

/** True where the document may still be read: a TTL policy deletes up to a day late. */
export function isCurrent(record: IngredientRecord, now: Date): boolean {
  return record.expireAt === null || record.expireAt > now;
}

/** The document after a lookup, or null where it stays as it is. */
export function afterLookup(
  found: IngredientRecord | undefined,
  classified: Classified,
  now: Date,
): IngredientRecord | null {
  if (found === undefined || !isCurrent(found, now)) {
    return { ...fresh(classified, now), expireAt: new Date(now.getTime() + LOOKUP_DAYS * DAY_MS) };
  }
  return mayReplace(found, classified) ? { ...found, ...classified.answer, name: found.name, updatedAt: now } : null;
}

/** The document after a submission, or null where nothing changes. */
export function afterSubmission(
  found: IngredientRecord | undefined,
  classified: Classified,
  submission: Submission,
  now: Date,
): IngredientRecord | null {
  if (found === undefined || !isCurrent(found, now)) {
    return withSubmission(fresh(classified, now), submission);
  }
  const next = withSubmission(withAnswer(found, classified), submission);
  const changed =
    found.model !== next.model ||
    found.modelAnswer?.model !== next.modelAnswer?.model ||
    found.submittedAt !== next.submittedAt ||
    found.idCount !== next.idCount ||
    found.expireAt !== null;
  return changed ? { ...next, updatedAt: now } : null;
}

/** The document after a reclassification, or null where it stays as it is: ids, times and expiry are the submissions' affair. */
export function afterReclassification(
  found: IngredientRecord | undefined,
  classified: Classified,
  withdrawn: string | undefined,
  now: Date,
): IngredientRecord | null {
  const { answer } = classified;
  if (found?.expireAt !== null || found.status === 'reviewed' || found.model === answer.model) {
    return null;
  }
  const isReplaced = found.model === withdrawn || mayReplace(found, classified);
  return isReplaced ? { ...found, ...answer, name: found.name, updatedAt: now } : null;
}

/** The newer model's answer in its place: beside a review where one stands. */
function withAnswer(found: IngredientRecord, classified: Classified): IngredientRecord {
  if (mayReplace(found, classified)) {
    return { ...found, ...classified.answer, name: found.name };
  }
  const { ingredient, source, categories, needsReview, model } = classified.answer;
  const isNewer = found.modelAnswer !== null && compareModelVersions(found.modelAnswer.model, model) < 0;
  return isNewer ? { ...found, modelAnswer: { ingredient, source, categories, needsReview, model } } : found;
}

/** A document that nobody has submitted or reviewed yet. */
export function fresh({ answer, normalName }: Classified, now: Date): IngredientRecord {
  return {
    ...answer,
    normalName,
    status: 'classified',
    ids: [],
    idCount: 0,
    submittedAt: null,
    createdAt: now,
    updatedAt: now,
    expireAt: null,
    modelAnswer: null,
    reviewCount: 0,
  };
}

function withSubmission(record: IngredientRecord, { id, submittedAt }: Submission): IngredientRecord {
  const isNew = id !== undefined && !record.ids.includes(id) && record.ids.length < MAX_IDS;
  const ids = isNew ? [...record.ids, id] : record.ids;
  return { ...record, ids, idCount: ids.length, submittedAt: earlier(record.submittedAt, submittedAt), expireAt: null };
}

/** Deliveries come in any order: the first submission is the earliest one. */
function earlier(kept: Date | null, submittedAt: Date): Date {
  return kept !== null && kept <= submittedAt ? kept : submittedAt;
}

/** A model's answer gives way to an equal or newer model's; a review to none. */
function mayReplace(found: IngredientRecord, { answer }: Classified): boolean {
  return found.status === 'classified' && compareModelVersions(found.model, answer.model) <= 0;
}

/** The id and fields of a document of `rejected`; equal data has one document. */
export function toRejected({ data, reason }: Rejection, now: Date) {
  return {
    id: createHash('sha256').update(data).digest('hex'),
    fields: {
      payload: data.subarray(0, MAX_PAYLOAD_BYTES),
      payloadBytes: data.length,
      code: reason.code,
      reason: reason.message,
      rejectedAt: now,
      expireAt: new Date(now.getTime() + REJECTION_DAYS * DAY_MS),
    },
  };
}
