/**
 * From a query as data to one of Firestore's client: the one place that makes them, so that each has an index by its own shape.
 */
import type { CollectionReference, Query } from '@google-cloud/firestore';

import type { StoreQuery } from './queries';

/** @param collection of the query's name: a subcollection is one of a document. */
export async function toFirestoreQuery(collection: CollectionReference, wanted: StoreQuery): Promise<Query> {
  const { constraints, anyOf = [], orderBy, isDescending = false, start = null, after, end = null, limit } = wanted;
  let query: Query = collection;
  for (const { field, operator, value } of constraints) {
    query = query.where(field, operator, value);
  }
  if (anyOf.length > 0) {
    // Loaded with the client already.
    const { Filter } = await import('@google-cloud/firestore');
    query = query.where(Filter.or(...anyOf.map(({ field, operator, value }) => Filter.where(field, operator, value))));
  }
  query = query.orderBy(orderBy, isDescending ? 'desc' : 'asc');
  if (after !== null) {
    query = query.startAfter(after);
  } else if (start !== null) {
    query = query.startAt(start);
  }
  if (end !== null) {
    query = query.endBefore(end);
  }
  return limit === null ? query : query.limit(limit);
}
