/** What an app imports. */
export { IngredientClient } from './client';
export type {
  CallOptions,
  ChangeOptions,
  ClientOptions,
  FailedName,
  Lookup,
  LookupOptions,
  NameResult,
  Review,
  StreamOptions,
} from './client';
export { IngredientApiError } from './errors';
export { FORMULA, TABLE_COLUMNS, toTableRow } from './table';
export type * from './types';
