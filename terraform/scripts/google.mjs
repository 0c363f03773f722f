/**
 * Google Cloud's REST interfaces, as the scripts beside this file ask them. It needs Node.js alone.
 *
 * The token comes from ACCESS_TOKEN, or from `gcloud auth print-access-token`; it is never printed.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';

const CALL_TIMEOUT_MS = 60_000;
const ATTEMPTS = 5;
const BACKOFF_MS = Number(process.env.BACKOFF_MS ?? 2_000);
// 409: Cloud Run is still at the change before.
const MAY_PASS = [409, 429, 500, 502, 503, 504];

/** Waits; rejects at once where `signal` is aborted. */
export const pause = (ms, signal) => setTimeout(ms, undefined, { signal });

/** The answer's JSON; throws an error with `status` where Google refuses. A token that has expired is replaced once. */
export async function call(url, options = {}) {
  let response = await ask(url, options);
  if (response.status === 401 && !process.env.ACCESS_TOKEN) {
    known = undefined;
    response = await ask(url, options);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const error = new Error(body.error?.message ?? `${new URL(url).host} answered ${response.status}`);
    throw Object.assign(error, { status: response.status });
  }
  return body;
}

/** As `call`, for what may be asked twice: a refusal that may pass, or no answer at all, is met with up to four more tries. */
export async function callPatiently(url, options = {}) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(url, options);
    } catch (error) {
      const mayPass = error.status === undefined || MAY_PASS.includes(error.status);
      if (!mayPass || attempt === ATTEMPTS || options.signal?.aborted) {
        throw error;
      }
      await pause(BACKOFF_MS * 2 ** (attempt - 1), options.signal);
    }
  }
}

function ask(url, { signal, ...options }) {
  const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
  return fetch(url, {
    ...options,
    headers: { Authorization: `Bearer ${token()}`, 'Content-Type': 'application/json' },
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
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
    throw Object.assign(new Error('Nobody is signed in: run `gcloud auth login`, or set ACCESS_TOKEN.'), {
      status: 401,
    });
  }
}
