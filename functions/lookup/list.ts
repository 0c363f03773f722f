/**
 * `GET /v1/ingredients:list`: what was submitted or reviewed, by filters and the beginning of a name, in pages.
 */
import { toAnswer } from '../../shared/ingredient/answer';
import { normalForm, parseName } from '../../shared/ingredient/name';
import { InvalidRequestError } from '../../shared/platform/errors';
import { decodeJsonIfAny, isRecord } from '../../shared/platform/json';
import type { LookupHandler } from './handlers';
import { conditional } from './http';
import { listParameters } from './parameters';
import { DEFAULT_PAGE_SIZE } from './schemas';

interface Filters {
  readonly source: string | undefined;
  readonly category: string | undefined;
  readonly prefix: string;
}

/** Answers from the store alone. @throws {StoreUnavailableError} where it cannot be asked. */
export const getList: LookupHandler = async (request, { store, config, charge }) => {
  const {
    source,
    category,
    prefix = '',
    pageSize = DEFAULT_PAGE_SIZE,
    pageToken,
  } = await listParameters(request.query);
  charge(request, pageSize);
  const filters: Filters = { source, category, prefix: normalPrefix(prefix) };
  const page = await (
    await store()
  ).list({
    ...(source === undefined ? {} : { source }),
    ...(category === undefined ? {} : { category }),
    prefix: filters.prefix,
    after: pageToken === undefined ? null : readToken(pageToken, filters),
    limit: pageSize,
  });
  const body = JSON.stringify({
    results: page.records.map((record) => toAnswer(record.name, record)),
    ...(page.next === null ? {} : { nextPageToken: writeToken(page.next, filters) }),
  });
  return conditional(request, body, { 'Cache-Control': `public, max-age=${config.cacheMaxAgeS}` }, 'list');
};

/** As the normal form of a name begins; white space at the end stays one space, so that "red " finds "red wine" and not "redfish". */
function normalPrefix(prefix: string): string {
  const normal = normalForm(prefix).trimStart();
  if (normal !== '') {
    parseName(normal);
  }
  return normal;
}

/** A token names the page and the list that it belongs to; it gives no right, so nobody needs to sign it. */
function writeToken(after: string, filters: Filters): string {
  return Buffer.from(JSON.stringify({ after, list: listOf(filters) })).toString('base64url');
}

/** @throws {InvalidRequestError} where the token is none, or belongs to another list. */
function readToken(token: string, filters: Filters): string {
  const value = decodeJsonIfAny(Buffer.from(token, 'base64url'));
  if (!isRecord(value) || typeof value['after'] !== 'string' || !value['after'].isWellFormed()) {
    throw new InvalidRequestError('The pageToken is none of this service: leave it out to begin with the first page.');
  }
  if (value['list'] !== listOf(filters)) {
    throw new InvalidRequestError('The pageToken is of another list: keep source, category and prefix as they were.');
  }
  return value['after'];
}

function listOf({ source, category, prefix }: Filters): string {
  return JSON.stringify([source ?? null, category ?? null, prefix]);
}
