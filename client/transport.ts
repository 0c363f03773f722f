/**
 * One request, asked again where the service is busy and says when.
 *
 * A question may be asked again after any 429 and 503. A change may not: after a 503 it may have been made all the same, and asked for
 * again it would fail by its own doing, with 412 for what it changed or 404 for what it took away.
 */
import { orAborted } from './abort';
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

/** Problems with 503 that come before anything is changed. */
const UNCHANGED_CODES = ['MODEL_UNAVAILABLE', 'ISSUER_UNAVAILABLE'];

/** The requests that a call may still make, and how many it made. */
export class Attempts {
  #made = 0;

  constructor(private readonly most: number) {}

  get made(): number {
    return this.#made;
  }

  get areSpent(): boolean {
    return this.#made >= this.most;
  }

  begin(): void {
    this.#made += 1;
  }
}

/** Where the service does not say how long to wait: doubled each time, and spread so that callers do not come back as one. */
const FIRST_DELAY_MS = 250;

/**
 * The response, if it is 2xx.
 *
 * @param attempts of the whole call, where that makes more requests than this.
 * @throws {IngredientApiError} for any other, and where none came.
 * @throws the signal's reason, where it is aborted.
 */
export async function send(
  url: string,
  exchange: Exchange,
  options: TransportOptions,
  attempts = new Attempts(options.maxAttempts),
): Promise<Response> {
  for (;;) {
    attempts.begin();
    const response = await ask(url, exchange, options);
    if (response.ok) {
      return response;
    }
    const error = await errorOfResponse(response);
    exchange.signal?.throwIfAborted();
    const delayMs = delayOf(error, attempts.made);
    if (!mayAskAgain(exchange, error) || attempts.areSpent || delayMs > options.maxRetryDelayMs) {
      throw error;
    }
    await pause(delayMs, exchange.signal);
  }
}

function mayAskAgain({ method }: Exchange, { status, code }: IngredientApiError): boolean {
  const isChange = method === 'PUT' || method === 'DELETE';
  return isChange ? status === 429 || (status === 503 && UNCHANGED_CODES.includes(code)) : isBusy(status);
}

export function isBusy(status: number): boolean {
  return status === 429 || status === 503;
}

/** How long to wait before the attempt after this one, in milliseconds. */
export function delayOf({ retryAfterMs }: Pick<IngredientApiError, 'retryAfterMs'>, attempt: number): number {
  return retryAfterMs ?? FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
}

async function ask(url: string, exchange: Exchange, options: TransportOptions): Promise<Response> {
  const { signal, method = 'GET', body, cache } = exchange;
  const token = await orAborted(Promise.resolve(options.token()), signal);
  const headers = {
    Accept: 'application/json',
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...exchange.headers,
  };
  try {
    const content = { ...(body === undefined ? {} : { body }), ...(cache === undefined ? {} : { cache }) };
    return await options.fetch(url, { method, headers, signal: signal ?? null, ...content });
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
