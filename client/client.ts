/**
 * The client of `lookupIngredient`, for browsers and Node.js 20 or newer.
 */
import { untilAborted } from './abort';
import { chunksOf, MAX_BATCH, sendable } from './chunks';
import { cutOffError, IngredientApiError, unexpected } from './errors';
import { Gatherer, type Outcome } from './gather';
import { Attempts, delayOf, type Exchange, isBusy, pause, send, type TransportOptions } from './transport';
import type { Answer, ExplainedAnswer, LabelSet, ListPage, ListQuery, Problem, ReviewLabels } from './types';

export interface ClientOptions {
  /** Requests for one name or one batch of names, the first one included; 1 never asks again. Default 4. */
  readonly maxAttempts?: number;
  /** A call fails at once where the service asks for a longer wait than this. Default 30,000. */
  readonly maxRetryDelayMs?: number;
  /** An ID token, or what gives one where there is one: it is asked for once a request. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>);
  /** In the place of the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface LookupOptions extends CallOptions {
  /** True: not from a browser's own cache, as after a review. */
  readonly fresh?: boolean;
  /** True: with each word's part in the answer. */
  readonly explain?: boolean;
}

/** A name of a list that has no answer, and why. */
export interface FailedName {
  readonly name: string;
  readonly error: Problem;
}

export type NameResult = Answer | FailedName;

/** An answer and how it came. */
export interface Lookup {
  /** With `why`, where that was asked for. */
  readonly answer: ExplainedAnswer;
  /** The cache that had it, or `model` where none had. */
  readonly layer: string;
  /** From the request to the last byte, in milliseconds. */
  readonly durationMs: number;
  /** Of that, what the service itself took; undefined where it does not say. */
  readonly serviceMs: number | undefined;
}

export interface StreamOptions extends CallOptions {
  /** Names a request, from 1 to 256, which is the default; what is beyond is taken as the nearest of them. */
  readonly batchSize?: number;
  /** Requests at once. Default 2. */
  readonly concurrency?: number;
}

export interface Review {
  readonly labels: ReviewLabels;
  /** For `ifMatch` of the change that is made of it. */
  readonly etag: string;
}

export interface ChangeOptions extends CallOptions {
  /** The `etag` of the review that is changed: 412 where somebody changed it since. */
  readonly ifMatch?: string | undefined;
  /** `true`: 412 where there is a review already. */
  readonly ifNone?: boolean | undefined;
}

/** Names that were asked for in one request, and what came of it. */
interface Batch {
  readonly names: readonly string[];
  readonly outcome: Outcome<NameResult[]>;
}

const MAX_ATTEMPTS = 4;
const CONCURRENCY = 2;

type Entry = Answer | { readonly error: Problem };

export class IngredientClient {
  readonly #base: string;
  readonly #transport: TransportOptions;
  readonly #gatherer: Gatherer<Answer>;

  /** @param address of the function, with or without a slash at its end. */
  constructor(address: string | URL, { token, ...options }: ClientOptions = {}) {
    this.#base = String(address).replace(/\/*$/, '');
    this.#transport = {
      maxAttempts: countOf(options.maxAttempts, MAX_ATTEMPTS),
      maxRetryDelayMs: options.maxRetryDelayMs ?? 30_000,
      token: typeof token === 'function' ? token : () => token,
      // Unbound, browsers refuse to call it.
      fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    };
    this.#gatherer = new Gatherer(async (names, signal, settle) => {
      if (names.length === 1) {
        settle(0, { value: (await this.lookupOne(names[0]!, { signal })).answer });
        return;
      }
      let first = 0;
      for await (const { names: asked, outcome } of this.#batches(names, { signal })) {
        // Each batch by itself: its callers know of no other.
        asked.forEach((_, index) => {
          settle(first + index, 'error' in outcome ? outcome : outcomeOf(outcome.value[index]!));
        });
        first += asked.length;
      }
    });
  }

  /**
   * The answer for one name. Names that are asked for in the same tick go out as one batch; a name alone goes out as a GET, which
   * caches may answer.
   *
   * @throws {IngredientApiError} with `code` INVALID_NAME for what is no name, and the other codes of docs/errors.md.
   */
  lookup(name: string, { signal }: CallOptions = {}): Promise<Answer> {
    return this.#gatherer.ask(name, signal);
  }

  /** The answer for one name by a request of its own, with how it came. */
  async lookupOne(name: string, options: LookupOptions = {}): Promise<Lookup> {
    const { signal, fresh = false, explain = false } = options;
    const began = performance.now();
    const cache = fresh ? 'no-cache' : undefined;
    const query = { ...named(name), ...(explain ? { explain: 'true' } : {}) };
    const response = await this.#send('/v1/ingredients', { signal, cache }, query);
    const answer = await readJson<ExplainedAnswer>(response, signal);
    return {
      answer,
      layer: layerOf(response.headers.get('Cache-Status')),
      durationMs: performance.now() - began,
      serviceMs: totalOf(response.headers.get('Server-Timing')),
    };
  }

  /** Answers for a list, in its order; a bad name has an `error`, the others are answered. */
  async lookupAll(names: Iterable<string> | AsyncIterable<string>, options: StreamOptions = {}): Promise<NameResult[]> {
    const results: NameResult[] = [];
    for await (const result of this.stream(names, options)) {
      results.push(result);
    }
    return results;
  }

  /**
   * As `lookupAll`, one by one as they come, still in order: of a list of any length only a few batches are in memory.
   *
   * @throws {IngredientApiError} where a batch as a whole could not be answered.
   */
  async *stream(
    names: Iterable<string> | AsyncIterable<string>,
    options: StreamOptions = {},
  ): AsyncGenerator<NameResult> {
    for await (const { outcome } of this.#batches(names, options)) {
      if ('error' in outcome) {
        throw outcome.error;
      }
      for (const result of outcome.value) {
        // Of a batch that has come, nothing more leaves after an abort either.
        options.signal?.throwIfAborted();
        yield result;
      }
    }
  }

  /** The batches of a list, in its order, whether they were answered or not; rejects with the signal's reason at once. */
  async *#batches(
    names: Iterable<string> | AsyncIterable<string>,
    { signal, ...options }: StreamOptions,
  ): AsyncGenerator<Batch> {
    const batchSize = countOf(options.batchSize, MAX_BATCH, MAX_BATCH);
    const concurrency = countOf(options.concurrency, CONCURRENCY);
    const stopped = new AbortController();
    const stop = (): void => {
      stopped.abort(signal?.reason);
    };
    signal?.throwIfAborted();
    signal?.addEventListener('abort', stop, { once: true });
    const onItsWay: Promise<Batch>[] = [];
    try {
      for await (const chunk of untilAborted(chunksOf(names, batchSize, stopped.signal), stopped.signal)) {
        // A failure waits for its turn as a value: a rejection would have no handler until then.
        onItsWay.push(
          this.#batch(chunk, stopped.signal).then(
            (value) => ({ names: chunk, outcome: { value } }),
            (error: unknown) => ({ names: chunk, outcome: { error } }),
          ),
        );
        if (onItsWay.length >= concurrency) {
          yield await onItsWay.shift()!;
        }
      }
      while (onItsWay.length > 0) {
        yield await onItsWay.shift()!;
      }
    } finally {
      // Also where the caller leaves the loop: nothing goes on that nobody waits for.
      signal?.removeEventListener('abort', stop);
      stopped.abort();
    }
  }

  /** One page of what was submitted or reviewed. */
  async listPage(query: ListQuery = {}, { signal }: CallOptions = {}): Promise<ListPage> {
    const { pageSize, ...texts } = query;
    const parameters = { ...texts, pageSize: pageSize?.toString() };
    return readJson<ListPage>(await this.#send('/v1/ingredients:list', { signal }, parameters), signal);
  }

  /** All of what was submitted or reviewed, a page at a time behind the scenes. */
  async *list(query: Omit<ListQuery, 'pageToken'> = {}, options: CallOptions = {}): AsyncGenerator<Answer> {
    let pageToken: string | undefined;
    do {
      const page = await this.listPage(pageToken === undefined ? query : { ...query, pageToken }, options);
      yield* page.results;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined && pageToken !== '');
  }

  async labels({ signal }: CallOptions = {}): Promise<LabelSet> {
    return readJson<LabelSet>(await this.#send('/v1/labels', { signal }), signal);
  }

  /** True where the instance that was asked can answer. */
  async isHealthy({ signal }: CallOptions = {}): Promise<boolean> {
    try {
      await send(`${this.#base}/health`, { signal }, { ...this.#transport, maxAttempts: 1 });
      return true;
    } catch (error) {
      if (error instanceof IngredientApiError) {
        return false;
      }
      throw error;
    }
  }

  /** A person's labels of a name; undefined where there are none. */
  async review(name: string, { signal }: CallOptions = {}): Promise<Review | undefined> {
    try {
      // A cache may hold what is older than the change that is made of it.
      return await readReview(await this.#send('/v1/review', { signal, cache: 'no-cache' }, named(name)), signal);
    } catch (error) {
      // By its code: a 404 of a wrong address says nothing of reviews.
      if (error instanceof IngredientApiError && error.code === 'NO_REVIEW') {
        return undefined;
      }
      throw error;
    }
  }

  /** Puts a person's labels in the place of the model's. The signer of the token must be one of the service's reviewers. */
  async putReview(name: string, labels: ReviewLabels, options: ChangeOptions = {}): Promise<Review> {
    const exchange = { method: 'PUT', body: JSON.stringify(labels), ...conditions(options) };
    return readReview(await this.#send('/v1/review', exchange, named(name)), options.signal);
  }

  /** Brings the model's answer back. */
  async deleteReview(name: string, options: ChangeOptions = {}): Promise<void> {
    await this.#send('/v1/review', { method: 'DELETE', ...conditions(options) }, named(name));
  }

  /** One batch; names that the service was too busy for are asked for again, by themselves. */
  async #batch(names: readonly string[], signal: AbortSignal): Promise<NameResult[]> {
    const results = new Array<NameResult>(names.length);
    const attempts = new Attempts(this.#transport.maxAttempts);
    let places = [...names.keys()];
    for (;;) {
      const entries = await this.#entries(
        places.map((place) => sendable(names[place]!)),
        signal,
        attempts,
      );
      places.forEach((place, index) => {
        const entry = entries[index]!;
        results[place] = 'error' in entry ? { name: names[place]!, error: entry.error } : entry;
      });
      places = places.filter((_, index) => isBusyEntry(entries[index]!));
      if (places.length === 0 || attempts.areSpent) {
        return results;
      }
      await pause(delayOf({ retryAfterMs: undefined }, attempts.made), signal);
    }
  }

  /** What the service says of each name. */
  async #entries(names: readonly string[], signal: AbortSignal, attempts: Attempts): Promise<readonly Entry[]> {
    const exchange = { method: 'POST', body: JSON.stringify({ names }), signal };
    const response = await this.#send('/v1/ingredients:batch', exchange, {}, attempts);
    const { results } = await readJson<{ readonly results: readonly Entry[] }>(response, signal);
    if (results.length !== names.length) {
      throw new IngredientApiError(unexpected(response));
    }
    return results;
  }

  #send(
    path: string,
    exchange: Exchange,
    query: Readonly<Record<string, string | undefined>> = {},
    attempts?: Attempts,
  ): Promise<Response> {
    // URLSearchParams would send `undefined` as a word.
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const parameters = new URLSearchParams(given).toString();
    const url = `${this.#base}${path}${parameters === '' ? '' : `?${parameters}`}`;
    return send(url, exchange, this.#transport, attempts);
  }
}

/** The name as a query parameter. */
function named(name: string): { readonly name: string } {
  if (!name.isWellFormed()) {
    // A URL cannot carry it, and what it would carry in its place is another name.
    const detail = 'The name holds a lone surrogate: send well-formed Unicode.';
    throw new IngredientApiError({ title: 'The name is not valid', status: 400, code: 'INVALID_NAME', detail });
  }
  return { name: sendable(name) };
}

function outcomeOf(result: NameResult): Outcome<Answer> {
  return 'error' in result ? { error: new IngredientApiError(result.error) } : { value: result };
}

/** An option that counts, as a whole number from 1 to `most`; the default where it was not given, or is no number. */
function countOf(option: number | undefined, byDefault: number, most = Infinity): number {
  return option === undefined || Number.isNaN(option) ? byDefault : Math.min(Math.max(1, Math.floor(option)), most);
}

function isBusyEntry(entry: Entry): boolean {
  return 'error' in entry && isBusy(entry.error.status);
}

function conditions({ signal, ifMatch, ifNone }: ChangeOptions): Exchange {
  const headers = {
    ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
    ...(ifNone === true ? { 'If-None-Match': '*' } : {}),
  };
  return { signal, headers };
}

async function readReview(response: Response, signal: AbortSignal | undefined): Promise<Review> {
  const labels = await readJson<ReviewLabels>(response, signal);
  return { labels, etag: response.headers.get('ETag') ?? '' };
}

async function readJson<T>(response: Response, signal: AbortSignal | undefined): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    signal?.throwIfAborted();
    // By name: what `fetch` throws may be of another realm.
    throw (error as Error).name === 'SyntaxError'
      ? new IngredientApiError(unexpected(response), { cause: error })
      : cutOffError(error);
  }
}

/** Which cache had it, of `Cache-Status` (RFC 9211): the nearest to the client stands last. */
export function layerOf(cacheStatus: string | null): string {
  const hits = (cacheStatus ?? '').split(',').filter((cache) => /;\s*hit\b/.test(cache));
  return hits.at(-1)?.split(';', 1)[0]?.trim() ?? 'model';
}

/** The duration `total` of `Server-Timing`, in milliseconds. */
export function totalOf(serverTiming: string | null): number | undefined {
  const found = /(?:^|,)\s*total;(?:[^,]*;)?dur=([\d.]+)/.exec(serverTiming ?? '');
  return found === null ? undefined : Number(found[1]);
}
