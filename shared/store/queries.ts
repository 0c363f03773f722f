/**
 * Every query that the stores run, as data: a store builds it from its constraints, a test derives its index from the same.
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
  readonly constraints: readonly Constraint[];
  /** Ascending; the document's id stands in for a field where it is `__name__`. */
  readonly orderBy: string;
  readonly after: string | null;
  readonly limit: number;
}

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

export function listQuery({ source, category, prefix, after, limit }: ListQuery): StoreQuery {
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
  return { constraints, orderBy: 'normalName', after, limit };
}

/** The documents in which a person's labels stand, by their keys. */
export function reviewedQuery(after: string | null, limit: number): StoreQuery {
  return {
    constraints: [{ field: 'status', operator: '==', value: 'reviewed' }],
    orderBy: '__name__',
    after,
    limit,
  };
}

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
  readonly order?: 'ASCENDING';
  readonly arrayConfig?: 'CONTAINS';
}

export interface CompositeIndex {
  readonly collectionGroup: string;
  readonly queryScope: 'COLLECTION';
  readonly fields: readonly IndexField[];
}

/** The composite index that a query of `ingredients` needs, or undefined where the index of a single field serves it. */
export function indexOf({ constraints, orderBy }: StoreQuery): CompositeIndex | undefined {
  const equalities = constraints.filter(({ operator }) => operator === '==').map(({ field }) => field);
  const arrays = constraints.filter(({ operator }) => operator === 'array-contains').map(({ field }) => field);
  if (orderBy === '__name__' && equalities.length + arrays.length === 1) {
    return undefined;
  }
  return {
    collectionGroup: 'ingredients',
    queryScope: 'COLLECTION',
    fields: [
      ...equalities.map((fieldPath) => ({ fieldPath, order: 'ASCENDING' as const })),
      ...arrays.map((fieldPath) => ({ fieldPath, arrayConfig: 'CONTAINS' as const })),
      { fieldPath: orderBy, order: 'ASCENDING' as const },
    ],
  };
}
