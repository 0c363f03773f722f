/**
 * Which pages of other origins may read answers: none, unless CORS_ORIGINS lists them.
 *
 * No credentials are ever allowed: a review's token is in a header that the page itself sets.
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
import type { HttpAnswer, HttpRequest } from './http';

const PREFLIGHT_MAX_AGE_S = 600;
const REQUEST_HEADERS = 'Authorization, Content-Type, If-Match, If-None-Match';
const ANSWER_HEADERS = 'Cache-Status, ETag, RateLimit, RateLimit-Policy, Retry-After, Server-Timing';

/** The headers that let a page of the request's origin read the answer; the guard sets them, on what it refuses by itself too. */
export function corsHeaders(origin: string | undefined, origins: readonly string[]): Readonly<Record<string, string>> {
  if (origins.length === 0) {
    return {};
  }
  const isAllowed = origin !== undefined && (origins.includes(origin) || origins.includes('*'));
  // A cache must not give one origin what was answered to another.
  const vary = { Vary: 'Origin' };
  return isAllowed
    ? { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': ANSWER_HEADERS, ...vary }
    : vary;
}

/** True where a browser asks what it may send; it sends no token with that. */
export function isPreflight({ method, header }: Pick<HttpRequest, 'method' | 'header'>): boolean {
  return method === 'OPTIONS' && header('access-control-request-method') !== undefined;
}

/** The answer to a preflight of an origin that is allowed; undefined for any other request. */
export function preflight(
  request: HttpRequest,
  origins: readonly string[],
  methods: readonly string[],
): HttpAnswer | undefined {
  if (
    !isPreflight(request) ||
    methods.length === 0 ||
    corsHeaders(request.header('origin'), origins)['Access-Control-Allow-Origin'] === undefined
  ) {
    return undefined;
  }
  const headers = {
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Allow-Headers': REQUEST_HEADERS,
    'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_S),
    'Cache-Control': 'no-store',
  };
  return { status: 204, headers, body: '', note: 'preflight' };
}
