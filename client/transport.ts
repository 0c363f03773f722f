/**
 * One request, asked again where the service says when: 429 and 503 mean that nothing was done yet.
 */
import { errorOfResponse, IngredientApiError, networkError } from './errors';

export interface TransportOptions {
  /** Requests of one call, the first one included. */
  readonly maxAttempts: number;
  /** A call fails at once where the service asks for a longer wait than this. */
  readonly maxRetryDelayMs: number;
  /** An ID token, or none; asked for once a request. */
  readonly token: () => string | undefined | Promise<string | undefined>;
  readonly fetch: typeof globalThis.fetch;
}

export interface Exchange {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `no-cache`: what a browser has in its cache is checked before it is used. */
  readonly cache?: 'no-cache' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where the service does not say how long to wait: doubled each time, and spread so that callers do not come back as one. */
const FIRST_DELAY_MS = 250;

/**
 * The response, if it is 2xx.
 *
 * @throws {IngredientApiError} for any other, and where none came.
 * @throws the signal's reason, where it is aborted.
 */
export async function send(url: string, exchange: Exchange, options: TransportOptions): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await ask(url, exchange, options);
    if (response.ok) {
      return response;
    }
    const error = await errorOfResponse(response);
    const delayMs = delayOf(error, attempt);
    if (!isBusy(error.status) || attempt >= options.maxAttempts || delayMs > options.maxRetryDelayMs) {
      throw error;
    }
    await pause(delayMs, exchange.signal);
  }
}

export function isBusy(status: number): boolean {
  return status === 429 || status === 503;
}

/** How long to wait before the attempt after this one, in milliseconds. */
export function delayOf({ retryAfterMs }: Pick<IngredientApiError, 'retryAfterMs'>, attempt: number): number {
  return retryAfterMs ?? FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
}

async function ask(url: string, exchange: Exchange, options: TransportOptions): Promise<Response> {
  const { signal = null, method = 'GET', body, cache } = exchange;
  const token = await options.token();
  const headers = {
    Accept: 'application/json',
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...exchange.headers,
  };
  try {
    const content = { ...(body === undefined ? {} : { body }), ...(cache === undefined ? {} : { cache }) };
    return await options.fetch(url, { method, headers, signal, ...content });
  } catch (error) {
    signal?.throwIfAborted();
    throw networkError(url, error);
  }
}

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
