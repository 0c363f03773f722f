/**
 * Requests and answers as the handlers see them, apart from any server.
 */
import { createHash } from 'node:crypto';

import { type Problem, problemHeaders } from './problem';

export interface HttpRequest {
  readonly method: string;
  /** Without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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

export function problemAnswer(refusal: Problem): HttpAnswer {
  return {
    status: refusal.status,
    headers: problemHeaders(refusal),
    body: JSON.stringify(refusal),
    note: refusal.code,
  };
}

/** A strong entity tag: equal bytes have equal tags, and no others do. */
export function entityTag(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

/** True where `If-None-Match` names the tag (weak comparison, RFC 9110, section 13.1.2). */
export function matchesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) {
    return false;
  }
  return header.trim() === '*' || header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === tag);
}

/** Ranges that hold our answers, the one that counts most first. */
const JSON_RANGES = ['application/json', 'application/problem+json', 'application/*', '*/*'];

/** True where the client takes JSON: its most specific range decides (RFC 9110, section 12.5.1). */
export function acceptsJson(header: string | undefined): boolean {
  if (header === undefined || header.trim() === '') {
    return true;
  }
  const taken = new Map(
    header.split(',').map((range) => {
      const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      return [type ?? '', !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))];
    }),
  );
  const deciding = JSON_RANGES.find((range) => taken.has(range));
  return deciding !== undefined && taken.get(deciding) === true;
}
