/**
 * Google Cloud's REST interfaces, as the scripts beside this file ask them. It needs Node.js alone.
 *
 * The token comes from ACCESS_TOKEN, or from `gcloud auth print-access-token`; it is never printed.
 */
import { execFileSync } from 'node:child_process';

const CALL_TIMEOUT_MS = 60_000;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The answer's JSON; throws an error with `status` where Google refuses. */
export async function call(url, options = {}) {
  const response = await fetch(url, {
    ...options,
    headers: { Authorization: `Bearer ${token()}`, 'Content-Type': 'application/json' },
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const error = new Error(body.error?.message ?? `${new URL(url).host} answered ${response.status}`);
    throw Object.assign(error, { status: response.status });
  }
  return body;
}

let known;

function token() {
  known ??= process.env.ACCESS_TOKEN || fromGcloud();
  return known;
}

function fromGcloud() {
  try {
    return execFileSync('gcloud', ['auth', 'print-access-token'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    throw new Error('Nobody is signed in: run `gcloud auth login`, or set ACCESS_TOKEN.');
  }
}
