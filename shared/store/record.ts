/**
 * What a write makes of the document that is there: the rules of every store, without a database.
 */
import { createHash } from 'node:crypto';

import { compareModelVersions, type Labels, TASKS } from '../ingredient/answer';
import type { Classified, IngredientRecord, ModelAnswer, Rejection, Submission } from './answer-store';

export const MAX_IDS = 100;
// An id may have 6,000 bytes: a hundred of them would make each read and write of a popular name one of 600 kB.
export const MAX_IDS_BYTES = 15_000;
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
  return mayReplace(found, classified) ? { ...replaced(found, classified), updatedAt: now } : null;
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
  // What only lookups brought gives way also where a newer model did: were that one withdrawn, its answer would stay for good.
  const answered = found.expireAt === null ? withAnswer(found, classified) : replaced(found, classified);
  const next = withSubmission(answered, submission);
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
  if (found?.expireAt !== null) {
    return null;
  }
  if (found.status === 'reviewed') {
    return withoutModel(found, classified, withdrawn, now);
  }
  const isOther = found.model !== classified.answer.model;
  const isReplaced = isOther && (found.model === withdrawn || mayReplace(found, classified));
  return isReplaced ? { ...replaced(found, classified), updatedAt: now } : null;
}

/** A review without what a withdrawn model left beside it, or null where it left nothing; the person's labels stay. */
function withoutModel(
  found: IngredientRecord,
  { answer }: Classified,
  withdrawn: string | undefined,
  now: Date,
): IngredientRecord | null {
  if (withdrawn === undefined || ![found.model, found.modelAnswer?.model].includes(withdrawn)) {
    return null;
  }
  return {
    ...found,
    model: found.model === withdrawn ? answer.model : found.model,
    modelAnswer: found.modelAnswer?.model === withdrawn ? toModelAnswer(answer) : found.modelAnswer,
    updatedAt: now,
  };
}

/** A model's answer in the place of another one's, under the first name. */
function replaced(found: IngredientRecord, { answer }: Classified): IngredientRecord {
  return { ...found, ...answer, name: found.name };
}

/** The newer model's answer in its place: beside a review where one stands. */
function withAnswer(found: IngredientRecord, classified: Classified): IngredientRecord {
  if (mayReplace(found, classified)) {
    return replaced(found, classified);
  }
  const { modelAnswer } = found;
  const isNewer = modelAnswer !== null && compareModelVersions(modelAnswer.model, classified.answer.model) < 0;
  return isNewer ? { ...found, modelAnswer: toModelAnswer(classified.answer) } : found;
}

/** The part of an answer that was decided, and by which model. */
export function toModelAnswer(answer: Labels & { readonly model: string }): ModelAnswer {
  return { ...labelsOf(answer), model: answer.model };
}

export function labelsOf({ ingredient, source, categories, needsReview }: Labels): Labels {
  return { ingredient, source, categories, needsReview: TASKS.filter((task) => needsReview.includes(task)) };
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
  const isNew = id !== undefined && !record.ids.includes(id) && hasRoom(record.ids, id);
  const ids = isNew ? [...record.ids, id] : record.ids;
  return { ...record, ids, idCount: ids.length, submittedAt: earlier(record.submittedAt, submittedAt), expireAt: null };
}

function hasRoom(ids: readonly string[], id: string): boolean {
  return ids.length < MAX_IDS && Buffer.byteLength([...ids, id].join('')) <= MAX_IDS_BYTES;
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
