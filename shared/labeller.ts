/**
 * Name → answer: what the caches have, one inference for all that miss.
 *
 * Memory is asked first; then the store, for at most a deadline, while inference runs beside it. Names that share a key and arrive
 * together cost one inference and one read. A review that arrives in time wins over the model.
 */
import { type Answer, compareModelVersions, type Labels, toAnswer } from './ingredient/answer';
import type { IngredientName } from './ingredient/name';
import { ServiceError } from './platform/errors';
import type { Logger } from './platform/logger';
import { errorFields } from './platform/logger';
import type { AnswerStore, Classified, IngredientRecord, Submission } from './store/answer-store';
import { MemoryCache } from './store/memory-store';

/** Which layer answered, and why a deeper one did. */
export interface CacheOutcome {
  readonly layer: 'memory' | 'store' | 'model';
  /** What kept the store from answering: it had nothing, an older model's answer, or it was late or down. */
  readonly store: 'miss' | 'stale' | 'timeout' | 'error' | null;
  /** True where this request wrote its answer to the store. */
  readonly stored: boolean;
}

export interface Lookup {
  readonly answer: Answer;
  readonly cache: CacheOutcome;
}

export interface LabellerSettings {
  readonly lookupCacheDeadlineMs: number;
  readonly memoryCacheEntries: number;
  readonly memoryCacheTtlMs: number;
}

export interface LabellerParts {
  readonly store: () => Promise<AnswerStore>;
  /** The labels of one normal form; rejects where the model is overloaded or not to be had. */
  readonly classify: (normalName: string) => Promise<Labels>;
  /** The version of this instance's model. */
  readonly modelVersion: () => Promise<string>;
  readonly logger: Logger;
}

type Nameless = Omit<Answer, 'name'>;
type Resolved = { readonly answer: Nameless; readonly cache: CacheOutcome } | { readonly error: unknown };
type StoreRead = { readonly found: ReadonlyMap<string, IngredientRecord> } | { readonly failure: 'timeout' | 'error' };

const MEMORY_HIT: CacheOutcome = { layer: 'memory', store: null, stored: false };

export class Labeller {
  readonly #memory: MemoryCache<Nameless>;
  readonly #inFlight = new Map<string, Promise<Resolved>>();

  constructor(
    private readonly parts: LabellerParts,
    private readonly settings: LabellerSettings,
  ) {
    this.#memory = new MemoryCache(settings.memoryCacheEntries, settings.memoryCacheTtlMs);
  }

  /**
   * Answers names in their order; each result is a Lookup or the error of that name alone.
   *
   * Errors are ServiceErrors: the model overloaded or not to be had, where no cache had the answer.
   */
  async lookup(names: readonly IngredientName[]): Promise<(Lookup | ServiceError)[]> {
    const cached = new Map<string, Nameless>();
    const misses = new Map<string, IngredientName>();
    for (const name of names) {
      const answer = this.#memory.get(name.key);
      if (answer !== undefined) {
        cached.set(name.key, answer);
      } else if (!this.#inFlight.has(name.key)) {
        misses.set(name.key, name);
      }
    }
    if (misses.size > 0) {
      this.#begin([...misses.values()]);
    }
    // Taken before the first await: an entry leaves #inFlight as soon as it is answered.
    const resolutions = names.map(({ key }) => {
      const answer = cached.get(key);
      return answer === undefined ? this.#inFlight.get(key)! : Promise.resolve({ answer, cache: MEMORY_HIT });
    });
    const resolved = await Promise.all(resolutions);
    return resolved.map((result, index) => {
      if ('error' in result) {
        return toServiceError(result.error);
      }
      return { answer: toAnswer(names[index]!.name, result.answer), cache: result.cache };
    });
  }

  /**
   * Labels a submitted name and keeps it in the store for good.
   *
   * @throws {ServiceError} retryable, where the model or the store could not do it.
   */
  async submit(name: IngredientName, submission: Submission): Promise<'created' | 'updated' | 'unchanged'> {
    const [labels, model] = await Promise.all([this.parts.classify(name.normalName), this.parts.modelVersion()]);
    const answer = toAnswer(name.name, { key: name.key, ...labels, model, origin: 'model' });
    const store = await this.parts.store();
    return store.saveSubmission({ answer, normalName: name.normalName }, submission);
  }

  #begin(names: readonly IngredientName[]): void {
    const group = this.#resolve(names);
    for (const { key } of names) {
      const resolved = group.then(
        (results) => results.get(key)!,
        (error: unknown) => ({ error }),
      );
      this.#inFlight.set(key, resolved);
      void resolved.finally(() => this.#inFlight.delete(key));
    }
  }

  /** Store and model side by side for keys that memory lacks. */
  async #resolve(names: readonly IngredientName[]): Promise<Map<string, Resolved>> {
    const deadlineAt = performance.now() + this.settings.lookupCacheDeadlineMs;
    const inferring = names.map(({ normalName }) => settled(this.parts.classify(normalName)));
    const reading = this.#read(names, deadlineAt);
    const model = await this.parts.modelVersion();
    const read = await reading;
    const results = new Map<string, Resolved>();
    const fresh: Classified[] = [];
    for (const [index, { key, name, normalName }] of names.entries()) {
      const record = 'found' in read ? read.found.get(key) : undefined;
      if (record !== undefined && (record.status === 'reviewed' || record.model === model)) {
        results.set(key, { answer: record, cache: { layer: 'store', store: null, stored: false } });
        this.#memory.set(key, withoutName(record));
        continue;
      }
      const labels = await inferring[index]!;
      if (labels instanceof Failure) {
        results.set(key, { error: labels.error });
        continue;
      }
      const answer: Nameless = { key, ...labels, model, origin: 'model' };
      const store = 'failure' in read ? read.failure : record === undefined ? 'miss' : 'stale';
      results.set(key, { answer, cache: { layer: 'model', store, stored: false } });
      if ('found' in read) {
        this.#memory.set(key, answer);
        // An older instance answers but does not write.
        if (record === undefined || compareModelVersions(record.model, model) <= 0) {
          fresh.push({ answer: toAnswer(name, answer), normalName });
        }
      }
    }
    if ('found' in read && fresh.length > 0 && (await this.#write(fresh, read.found, deadlineAt))) {
      for (const { answer } of fresh) {
        const result = results.get(answer.key);
        if (result !== undefined && 'cache' in result) {
          results.set(answer.key, { ...result, cache: { ...result.cache, stored: true } });
        }
      }
    }
    return results;
  }

  async #read(names: readonly IngredientName[], deadlineAt: number): Promise<StoreRead> {
    const keys = names.map(({ key }) => key);
    return this.#within(deadlineAt, 'read', async (store) => ({ found: await store.get(keys) }));
  }

  /** True where the answers were kept within the deadline. */
  async #write(
    fresh: readonly Classified[],
    found: ReadonlyMap<string, IngredientRecord>,
    deadlineAt: number,
  ): Promise<boolean> {
    if (performance.now() >= deadlineAt) {
      return false;
    }
    const written = await this.#within(deadlineAt, 'write', async (store) => {
      await store.saveLookups(fresh, found);
      return true as const;
    });
    return written === true;
  }

  /** Asks the store until the deadline; a store that is late or down is a result, not an error: the model has the answer. */
  async #within<T>(
    deadlineAt: number,
    what: string,
    ask: (store: AnswerStore) => Promise<T>,
  ): Promise<T | { readonly failure: 'timeout' | 'error' }> {
    const asked = this.parts
      .store()
      .then(ask)
      .catch((error: unknown) => {
        this.parts.logger.warning(`The store could not be asked to ${what}: answered without it.`, errorFields(error));
        return { failure: 'error' as const };
      });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<{ readonly failure: 'timeout' }>((resolve) => {
      timer = setTimeout(() => {
        resolve({ failure: 'timeout' });
      }, deadlineAt - performance.now());
    });
    return Promise.race([asked, late]).finally(() => {
      clearTimeout(timer);
    });
  }
}

/** A rejection that waits to be looked at: no promise is left without a handler while another is awaited. */
class Failure {
  constructor(readonly error: unknown) {}
}

async function settled<T>(promise: Promise<T>): Promise<T | Failure> {
  return promise.catch((error: unknown) => new Failure(error));
}

function withoutName(record: IngredientRecord): Nameless {
  return toAnswer('', record);
}

function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) {
    return error;
  }
  throw error;
}
