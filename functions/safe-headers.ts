import type { ServerResponse } from 'node:http';

/**
 * On every answer that has none of its own: nothing is loaded, framed or guessed from it. A page that shows answers has another policy.
 */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=63072000',
  'X-Content-Type-Options': 'nosniff',
};

/** Sets headers, the names of a plain object, on an answer; what it has of the same name is replaced. */
export function setHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const name in headers) {
    response.setHeader(name, headers[name]!);
  }
}
