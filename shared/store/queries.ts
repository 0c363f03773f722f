/**
 * Every query that the stores run, as data: firestore-query.ts builds it, a test derives its indexes from the same.
 *
 * Firestore takes one `array-contains` a query and answers no query without an index; its emulator asks for none. `indexes.json` beside this
 * file is the derived list, in the format of firestore.indexes.json.
 *
 * @see https://firebase.google.com/docs/firestore/query-data/index-overview
 */
import type { IngredientRecord } from './answer-store';

/** Which of the listed ingredients are wanted, in the order of their normal names. */
export interface ListQuery {
  readonly source?: string;
  readonly category?: string;
  /** What the normal name starts with; empty for all. */
  readonly prefix: string;
  /** The normal name that the page before ended with. */
  readonly after: string | null;
  readonly limit: number;
}

export interface Constraint {
  readonly field: string;
  readonly operator: '==' | 'array-contains' | '>=' | '<';
  readonly value: string | boolean;
}

export interface StoreQuery {
  /** `reviews` is the one of a document of `ingredients`. */
  readonly collection: 'ingredients' | 'reviews';
  readonly constraints: readonly Constraint[];
  /** Equalities of which one must hold. */
  readonly anyOf?: readonly Constraint[];
  /** The document's id stands in for a field where it is `__name__`. */
  readonly orderBy: string;
  readonly isDescending?: boolean;
  /** Where it begins, this value included, unless `after` says where to go on. */
  readonly start?: string | null;
  readonly after: string | null;
  /** Where it ends, this value not included. */
  readonly end?: string | null;
  readonly limit: number | null;
}

/** A query whose results come in pages. */
export type PageQuery = StoreQuery & { readonly limit: number };

/** What queries need beside the answer; written with every document. */
export interface QueryFields {
  /** An ingredient that was submitted or reviewed: never what only lookups brought, never `not_ingredient`. */
  readonly listed: boolean;
  readonly categoryLabels: readonly string[];
}

export function queryFields(record: IngredientRecord): QueryFields {
  const isKnown = record.submittedAt !== null || record.status === 'reviewed';
  return {
    listed: isKnown && record.ingredient.label === 'ingredient',
    categoryLabels: record.categories.map(({ label }) => label),
  };
}

/**
 * The query of a list, or null where nothing can come: the place is past all that starts with the prefix.
 *
 * A page token may come from a list of another prefix. Firestore refuses a cursor outside its query's range; its emulator takes it.
 */
export function listQuery({ source, category, prefix, after, limit }: ListQuery): PageQuery | null {
  const isBefore = after !== null && compareText(after, prefix) < 0;
  if (after !== null && !isBefore && !after.startsWith(prefix)) {
    return null;
  }
  const constraints: Constraint[] = [{ field: 'listed', operator: '==', value: true }];
  if (source !== undefined) {
    constraints.push({ field: 'source.label', operator: '==', value: source });
  }
  if (category !== undefined) {
    constraints.push({ field: 'categoryLabels', operator: 'array-contains', value: category });
  }
  if (prefix !== '') {
    constraints.push({ field: 'normalName', operator: '>=', value: prefix });
    const end = successor(prefix);
    if (end !== undefined) {
      constraints.push({ field: 'normalName', operator: '<', value: end });
    }
  }
  return { collection: 'ingredients', constraints, orderBy: 'normalName', after: isBefore ? null : after, limit };
}

/** The documents in which a person's labels stand, by their keys. */
export function reviewedQuery(after: string | null, limit: number): PageQuery {
  return {
    collection: 'ingredients',
    constraints: [{ field: 'status', operator: '==', value: 'reviewed' }],
    orderBy: '__name__',
    after,
    limit,
  };
}

/** Whose answer lies beside a review. */
export const MODEL_BESIDE_REVIEW = 'modelAnswer.model';

/** The documents of a range of keys; of those that hold an answer of one model, where it is given. */
export function walkQuery(
  { start, end }: Pick<StoreQuery, 'start' | 'end'>,
  after: string | null,
  limit: number,
  model: string | undefined,
): StoreQuery {
  const fields = model === undefined ? [] : ['model', MODEL_BESIDE_REVIEW];
  const anyOf = fields.map((field) => ({ field, operator: '==' as const, value: model! }));
  return {
    ...{ collection: 'ingredients', constraints: [], anyOf, orderBy: '__name__' },
    ...{ start: start ?? null, after, end: end ?? null, limit },
  };
}

/** The changes of one ingredient's review, the first one first. */
export const HISTORY_QUERY: StoreQuery = {
  ...{ collection: 'reviews', constraints: [], orderBy: 'revision' },
  ...{ after: null, limit: null },
};

/** The last one of them. */
export const LAST_CHANGE_QUERY: StoreQuery = { ...HISTORY_QUERY, isDescending: true, limit: 1 };

const LAST_CODE_POINT = 0x10ffff;
const LAST_BEFORE_SURROGATES = 0xd7ff;
const FIRST_AFTER_SURROGATES = 0xe000;

/** The least text that is greater than all that start with `prefix`, by code points as Firestore sorts; undefined where none is. */
export function successor(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  while (points.at(-1) === LAST_CODE_POINT) {
    points.pop();
  }
  const last = points.pop();
  if (last === undefined) {
    return undefined;
  }
  return String.fromCodePoint(...points, last === LAST_BEFORE_SURROGATES ? FIRST_AFTER_SURROGATES : last + 1);
}

/** Compares as Firestore does, by UTF-8 bytes; `<` of JavaScript compares UTF-16 units, and puts U+FFFD after U+10000. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

interface IndexField {
  readonly fieldPath: string;
  readonly order?: 'ASCENDING' | 'DESCENDING';
  readonly arrayConfig?: 'CONTAINS';
}

export interface CompositeIndex {
  readonly collectionGroup: string;
  readonly queryScope: 'COLLECTION';
  readonly fields: readonly IndexField[];
}

/** The queries that Firestore makes of one: one for each alternative. */
export function alternativesOf({ anyOf = [], ...query }: StoreQuery): StoreQuery[] {
  return anyOf.length === 0 ? [query] : anyOf.map((one) => ({ ...query, constraints: [...query.constraints, one] }));
}

/** The composite index that a query without alternatives needs, or undefined where indexes of single fields serve it, or none. */
export function indexOf({ collection, constraints, orderBy, isDescending }: StoreQuery): CompositeIndex | undefined {
  const equalities = constraints.filter(({ operator }) => operator === '==').map(({ field }) => field);
  const arrays = constraints.filter(({ operator }) => operator === 'array-contains').map(({ field }) => field);
  const filters = equalities.length + arrays.length;
  if (filters === 0 || (orderBy === '__name__' && filters === 1)) {
    return undefined;
  }
  return {
    collectionGroup: collection,
    queryScope: 'COLLECTION',
    fields: [
      ...equalities.map((fieldPath) => ({ fieldPath, order: 'ASCENDING' as const })),
      ...arrays.map((fieldPath) => ({ fieldPath, arrayConfig: 'CONTAINS' as const })),
      { fieldPath: orderBy, order: isDescending === true ? 'DESCENDING' : 'ASCENDING' },
    ],
  };
}

/** The fields, as `collection.field`, whose own index a query needs: Firestore makes it unless the field is exempt. */
export function fieldIndexesOf(query: StoreQuery): string[] {
  const single = alternativesOf(query).filter((alternative) => indexOf(alternative) === undefined);
  const fields = single.flatMap(({ constraints, orderBy }) => [...constraints.map(({ field }) => field), orderBy]);
  return [...new Set(fields)].filter((field) => field !== '__name__').map((field) => `${query.collection}.${field}`);
}
