/**
 * Requests and answers as the handlers see them, apart from any server.
 */
import { hash } from 'node:crypto';

import type { Origin } from '../../shared/ingredient/answer';
import type { Config } from '../../shared/platform/config';
import type { Stopwatch } from '../../shared/platform/timing';
import { type Problem, problemHeaders } from './problem';

export interface HttpRequest {
  readonly method: string;
  /** Without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  /** Who asks: see rate-limit.ts. */
  readonly caller: string;
  /** What the log will say of the request, filled on its way. */
  readonly trail?: Trail;
}

export interface Trail {
  readonly stopwatch: Stopwatch;
  /** The pattern of the path that it took, such as `/v1/ingredients/{name}`. */
  route?: string;
  /** Counts and origins of what was answered. */
  answered?: { readonly names: number; readonly needsReview: number; readonly origin?: Origin };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** For the log: which layer answered, or which code of problem. */
  readonly note: string;
}

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>>,
  note: string,
): HttpAnswer {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(value), note };
}

/** What a handler gives: an answer that is ready needs no promise, each of which costs as much as a read from memory. */
export type Answered = HttpAnswer | Promise<HttpAnswer>;

/** 200 with a body of JSON and its tag, or 304 where the client has it. */
export function conditional(
  request: HttpRequest,
  body: string,
  headers: Readonly<Record<string, string>>,
  note: string,
): HttpAnswer {
  const tag = entityTag(body);
  const tagged = { ...headers, ETag: tag };
  if (matchesTag(request.header('if-none-match'), tag)) {
    return { status: 304, headers: tagged, body: '', note };
  }
  return { status: 200, headers: { 'Content-Type': 'application/json', ...tagged }, body, note };
}

/** How long an answer may be kept; where a token is asked for, by the caller's own cache alone. */
export function cacheControl({
  cacheMaxAgeS,
  requireIdToken,
}: Pick<Config, 'cacheMaxAgeS' | 'requireIdToken'>): string {
  return `${requireIdToken ? 'private' : 'public'}, max-age=${cacheMaxAgeS}`;
}

export function problemAnswer(refusal: Problem, retryAfterS?: number): HttpAnswer {
  return {
    status: refusal.status,
    headers: problemHeaders(refusal, retryAfterS),
    body: JSON.stringify(refusal),
    note: refusal.code,
  };
}

/** A strong entity tag: equal bytes have equal tags, and no others do. */
export function entityTag(body: string): string {
  return `"${hash('sha256', body, 'base64url').slice(0, 27)}"`;
}

/** True where `If-Match` allows a change of what has this tag, or of nothing (strong comparison, RFC 9110, section 13.1.1). */
export function allowsChange(header: string | undefined, tag: string | null): boolean {
  if (header === undefined) {
    return true;
  }
  return header.trim() === '*' ? tag !== null : header.split(',').some((candidate) => candidate.trim() === tag);
}

/** True where `If-None-Match` names the tag (weak comparison, RFC 9110, section 13.1.2). */
export function matchesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) {
    return false;
  }
  return header.trim() === '*' || header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === tag);
}

/** Ranges that hold our answers of a type, the one that counts most first. */
function rangesOf(type: string): readonly string[] {
  const problems = type === 'application/json' ? ['application/problem+json'] : [];
  return [type, ...problems, `${type.split('/', 1)[0]!}/*`, '*/*'];
}

/** True where the client takes the type: its most specific range decides (RFC 9110, section 12.5.1). */
export function accepts(header: string | undefined, contentType: string): boolean {
  if (header === undefined || header.trim() === '') {
    return true;
  }
  const taken = new Map(
    header.split(',').map((range) => {
      const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      return [type ?? '', !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))];
    }),
  );
  const deciding = rangesOf(contentType).find((range) => taken.has(range));
  return deciding !== undefined && taken.get(deciding) === true;
}
