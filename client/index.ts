/** What an app imports. */
export { IngredientClient } from './client';
export type {
  CallOptions,
  ChangeOptions,
  ClientOptions,
  FailedName,
  Lookup,
  NameResult,
  Review,
  StreamOptions,
} from './client';
export { IngredientApiError } from './errors';
export { TABLE_COLUMNS, toTableRow } from './table';
export type * from './types';
