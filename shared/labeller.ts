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
  /** True where this request's answer was kept in the store. */
  readonly stored: boolean;
  /** True where it was kept in memory. */
  readonly remembered: boolean;
}

export interface Lookup {
  readonly answer: Answer;
  readonly cache: CacheOutcome;
}

/** What became of an event's answer in the store. */
export interface Kept<O> {
  readonly outcome: O;
  readonly answer: Answer;
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

const MEMORY_HIT: CacheOutcome = { layer: 'memory', store: null, stored: false, remembered: false };

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
   * @returns what the write did, and the model's answer, which is not what stands where a person has reviewed.
   * @throws {ServiceError} retryable, where the model or the store could not do it.
   */
  async submit(name: IngredientName, submission: Submission): Promise<Kept<'created' | 'updated' | 'unchanged'>> {
    const answer = await this.#infer(name);
    const store = await this.parts.store();
    return { answer, outcome: await store.saveSubmission({ answer, normalName: name.normalName }, submission) };
  }

  /**
   * Labels a submitted name anew, where this model's answer is to take the place of the one that is kept.
   *
   * @param withdrawn a model version whose answers go, though it may be newer than this instance's.
   * @throws {ServiceError} as `submit`.
   */
  async reclassify(name: IngredientName, withdrawn: string | undefined): Promise<Kept<'updated' | 'unchanged'>> {
    const answer = await this.#infer(name);
    const store = await this.parts.store();
    return { answer, outcome: await store.saveReclassification({ answer, normalName: name.normalName }, withdrawn) };
  }

  async #infer(name: IngredientName): Promise<Answer> {
    const [labels, model] = await Promise.all([this.parts.classify(name.normalName), this.parts.modelVersion()]);
    return toAnswer(name.name, { key: name.key, ...labels, model, origin: 'model' });
  }

  /** Starts what answers these keys; each is answered as soon as its own part is done. */
  #begin(names: readonly IngredientName[]): void {
    const deadlineAt = performance.now() + this.settings.lookupCacheDeadlineMs;
    const reading = this.#read(names, deadlineAt);
    for (const name of names) {
      const resolved = this.#resolve(name, reading, deadlineAt).catch((error: unknown) => ({ error }));
      this.#inFlight.set(name.key, resolved);
      void resolved.finally(() => this.#inFlight.delete(name.key));
    }
  }

  /** Store and model side by side for a key that memory lacks. */
  async #resolve(name: IngredientName, reading: Promise<StoreRead>, deadlineAt: number): Promise<Resolved> {
    const { key, normalName } = name;
    const inferring = settled(this.parts.classify(normalName));
    const model = await this.parts.modelVersion();
    const read = await reading;
    const record = 'found' in read ? read.found.get(key) : undefined;
    if (record !== undefined && (record.status === 'reviewed' || record.model === model)) {
      const answer = withoutName(record);
      const remembered = this.#memory.set(key, answer);
      return { answer, cache: { layer: 'store', store: null, stored: false, remembered } };
    }
    const labels = await inferring;
    if (labels instanceof Failure) {
      return { error: labels.error };
    }
    const answer: Nameless = { key, ...labels, model, origin: 'model' };
    if ('failure' in read) {
      return { answer, cache: { layer: 'model', store: read.failure, stored: false, remembered: false } };
    }
    const remembered = this.#memory.set(key, answer);
    const stored = await this.#write({ answer: toAnswer(name.name, answer), normalName }, record, deadlineAt);
    return { answer, cache: { layer: 'model', store: record === undefined ? 'miss' : 'stale', stored, remembered } };
  }

  async #read(names: readonly IngredientName[], deadlineAt: number): Promise<StoreRead> {
    const keys = names.map(({ key }) => key);
    return this.#within(deadlineAt, 'read', async (store) => ({ found: await store.get(keys) }));
  }

  /** True where the answer was kept within the deadline. */
  async #write(fresh: Classified, found: IngredientRecord | undefined, deadlineAt: number): Promise<boolean> {
    const isOlder = found !== undefined && compareModelVersions(found.model, fresh.answer.model) > 0;
    if (isOlder || performance.now() >= deadlineAt) {
      return false;
    }
    const written = await this.#within(deadlineAt, 'write', (store) => store.saveLookup(fresh, found));
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
      // A client that took longer to load than the request may wait is not asked for it any more.
      .then<T | { readonly failure: 'timeout' | 'error' }>((store) =>
        performance.now() < deadlineAt ? ask(store) : { failure: 'timeout' as const },
      )
      .catch((error: unknown) => {
        // What fails after the deadline was given up long ago: a line for each would bury the log of an outage.
        if (performance.now() < deadlineAt) {
          this.parts.logger.warning(
            `The store could not be asked to ${what}: answered without it.`,
            errorFields(error),
          );
        }
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
