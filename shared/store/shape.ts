/**
 * From the fields of a stored document to a record. A document of another shape is none: it must not fail the others of its batch.
 */
import { type Label, type Labels, type Task, TASKS } from '../ingredient/answer';
import { CATEGORY_LABELS, INGREDIENT_LABELS, SOURCE_LABELS } from '../ingredient/labels';
import { isRecord } from '../platform/json';
import type { IngredientRecord, ModelAnswer, Status } from './answer-store';

type Fields = Readonly<Record<string, unknown>>;

const LABELS: Readonly<Record<Task, ReadonlySet<unknown>>> = {
  ingredient: new Set(INGREDIENT_LABELS),
  source: new Set(SOURCE_LABELS),
  categories: new Set(CATEGORY_LABELS),
};

/** The record that the fields make, its times as Date; undefined where they make none. Other fields are left out. */
export function parseRecord(fields: Fields): IngredientRecord | undefined {
  const { key, name, normalName, origin, status, ids, submittedAt, createdAt, updatedAt, expireAt } = fields;
  const answer = parseModelAnswer(fields);
  const modelAnswer = parseModelAnswer(fields['modelAnswer']) ?? null;
  // Fields of later versions of this code: a document from before them has neither.
  const reviewCount = fields['reviewCount'] ?? 0;
  const isWhole =
    answer !== undefined &&
    isText(key) &&
    isText(name) &&
    isText(normalName) &&
    (status === 'reviewed' ? origin === 'review' : status === 'classified' && origin === 'model') &&
    Array.isArray(ids) &&
    ids.every(isText) &&
    createdAt instanceof Date &&
    updatedAt instanceof Date &&
    isDateOrNull(submittedAt) &&
    isDateOrNull(expireAt) &&
    typeof reviewCount === 'number';
  if (!isWhole) {
    return undefined;
  }
  return {
    ...{ name, key, ...answer, origin: origin as IngredientRecord['origin'], normalName, status: status as Status },
    ...{ ids, idCount: ids.length, submittedAt, createdAt, updatedAt, expireAt, modelAnswer, reviewCount },
  };
}

function parseModelAnswer(value: unknown): ModelAnswer | undefined {
  if (!isRecord(value)) {
    return undefined;
  }
  const labels = parseLabels(value);
  const model = value['model'];
  return labels !== undefined && isText(model) && /^\d+(\.\d+)*$/.test(model) ? { ...labels, model } : undefined;
}

function parseLabels({ ingredient, source, categories, needsReview }: Fields): Labels | undefined {
  const isWhole =
    isLabel(ingredient, LABELS.ingredient) &&
    (source === null || isLabel(source, LABELS.source)) &&
    Array.isArray(categories) &&
    categories.every((category): category is Label => isLabel(category, LABELS.categories)) &&
    Array.isArray(needsReview);
  if (!isWhole) {
    return undefined;
  }
  return { ingredient, source, categories, needsReview: TASKS.filter((task) => needsReview.includes(task)) };
}

/** True for what an answer may hold: openapi.json says so of each label and confidence. */
function isLabel(value: unknown, labels: ReadonlySet<unknown>): value is Label {
  if (!isRecord(value) || !labels.has(value['label'])) {
    return false;
  }
  const confidence = value['confidence'];
  return typeof confidence === 'number' && confidence >= 0 && confidence <= 1;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isDateOrNull(value: unknown): value is Date | null {
  return value === null || (value instanceof Date && !Number.isNaN(value.getTime()));
}
