/**
 * `GET /v1/ingredients:list`: what was submitted or reviewed, by filters and the beginning of a name, in pages.
 */
import { toAnswer } from '../../shared/ingredient/answer';
import { normalForm } from '../../shared/ingredient/name';
import type { LookupHandler } from './handlers';
import { cacheControl, conditional } from './http';
import { listParameters } from './parameters';
import { DEFAULT_PAGE_SIZE } from './schemas';

// Of a code point in a page token.
const DIGITS = 6;

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
  const opened = await store();
  const page = await opened.list({
    ...(source === undefined ? {} : { source }),
    ...(category === undefined ? {} : { category }),
    prefix: normalPrefix(prefix),
    after: pageToken === undefined ? null : readToken(pageToken),
    limit: pageSize,
  });
  const body = JSON.stringify({
    results: page.records.map((record) => toAnswer(record.name, record)),
    ...(page.next === null ? {} : { nextPageToken: writeToken(page.next) }),
  });
  return conditional(request, body, { 'Cache-Control': cacheControl(config) }, 'list');
};

/** As the normal form of a name begins; white space at the end stays one space, so that "red " finds "red wine" and not "redfish". */
function normalPrefix(prefix: string): string {
  // Longer than a name may be where a ligature comes apart, as the normal forms of names are.
  return normalForm(prefix).trimStart();
}

/** The place after a normal name, whichever list it is asked for; it gives no right, so nobody needs to sign it. */
function writeToken(after: string): string {
  return Array.from(after, (character) => character.codePointAt(0)!.toString(16).padStart(DIGITS, '0')).join('');
}

function readToken(token: string): string {
  const points = Array.from({ length: token.length / DIGITS }, (_, i) => token.slice(i * DIGITS, (i + 1) * DIGITS));
  return points.map((point) => String.fromCodePoint(parseInt(point, 16))).join('');
}
