/**
 * Name → answer: what the caches have, one inference for all that miss.
 *
 * Memory is asked first; then the store, for at most a deadline, while inference runs beside it; a store that is still connecting is
 * late. Names that share a key and arrive together cost one inference and one read. A review that arrives in time wins over the model.
 */
import { type Answer, type Labels, toAnswer } from './ingredient/answer';
import type { ReviewLabels } from './ingredient/labels';
import type { IngredientName } from './ingredient/name';
import { ModelWithdrawnError, ServiceError } from './platform/errors';
import type { Stopwatch } from './platform/timing';
import type { IngredientRecord, Submission } from './store/answer-store';
import { DeadlineStore, type DeadlineStoreParts, type StoreRead } from './store/deadline-store';
import { MemoryCache } from './store/memory-store';
import type { ReviewChange, ReviewOutcome } from './store/review';

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

export interface LabellerParts extends DeadlineStoreParts {
  /** The labels of one normal form; rejects where the model is overloaded or not to be had. */
  readonly classify: (normalName: string, stopwatch?: Stopwatch) => Promise<Labels>;
  /** The version of this instance's model. */
  readonly modelVersion: () => Promise<string>;
}

type Nameless = Omit<Answer, 'name'>;
/** What memory has: an answer, and how often its labels had been changed by people. */
type Remembered = Nameless & { readonly revision: number };
type Resolved = { readonly answer: Nameless; readonly cache: CacheOutcome } | { readonly error: unknown };

/** Lookups of one key that share an answer. */
interface Flight {
  readonly resolved: Promise<Resolved>;
  /** False once a review has changed what the key stands for: what this flight read must not outlive it. */
  isCurrent: boolean;
}

/** Names that were asked for together: when that was, and when the last of them was labelled. */
interface Turn {
  readonly beganAtMs: number;
  labelledAtMs: number;
  readonly stopwatch: Stopwatch | undefined;
}

const MEMORY_HIT: CacheOutcome = { layer: 'memory', store: null, stored: false, remembered: false };

export class Labeller {
  // As text, which takes a third of the memory that the objects do.
  readonly #memory: MemoryCache<string>;
  readonly #inFlight = new Map<string, Flight>();
  readonly #store: DeadlineStore;

  constructor(
    private readonly parts: LabellerParts,
    private readonly settings: LabellerSettings,
  ) {
    this.#memory = new MemoryCache(settings.memoryCacheEntries, settings.memoryCacheTtlMs);
    this.#store = new DeadlineStore(parts);
  }

  /** True while a name waits for its answer. */
  get isBusy(): boolean {
    return this.#inFlight.size > 0;
  }

  /** The answer that memory has, at once; undefined where `lookup` has to find it. */
  recall(name: IngredientName): Lookup | undefined {
    const answer = this.#remembered(name.key);
    return answer === undefined ? undefined : { answer: toAnswer(name.name, answer), cache: MEMORY_HIT };
  }

  /**
   * Answers names in their order; each result is a Lookup or the error of that name alone.
   *
   * Errors are ServiceErrors: the model overloaded or not to be had, where no cache had the answer.
   *
   * @param stopwatch gets what was begun for this call: `store` (read), the model's stages, `write` (the longest one).
   */
  async lookup(names: readonly IngredientName[], stopwatch?: Stopwatch): Promise<(Lookup | ServiceError)[]> {
    const cached = new Map<string, Nameless>();
    const misses = new Map<string, IngredientName>();
    for (const name of names) {
      const answer = this.#remembered(name.key);
      if (answer !== undefined) {
        cached.set(name.key, answer);
      } else if (!this.#inFlight.has(name.key)) {
        misses.set(name.key, name);
      }
    }
    if (misses.size > 0) {
      this.#begin([...misses.values()], stopwatch);
    }
    // Taken before the first await: an entry leaves #inFlight as soon as it is answered.
    const resolutions = names.map(({ key }) => {
      const answer = cached.get(key);
      return answer === undefined ? this.#inFlight.get(key)!.resolved : Promise.resolve({ answer, cache: MEMORY_HIT });
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
   * @param stopwatch gets the model's stages and `write`.
   * @returns what the write did, and the model's answer, which is not what stands where a person has reviewed.
   * @throws {ServiceError} retryable, where the model or the store could not do it.
   */
  async submit(
    name: IngredientName,
    submission: Submission,
    stopwatch?: Stopwatch,
  ): Promise<Kept<'created' | 'updated' | 'unchanged'>> {
    const answer = await this.#infer(name, stopwatch);
    const store = await this.parts.store();
    const classified = { answer, normalName: name.normalName };
    return { answer, outcome: await timed(stopwatch, 'write', store.saveSubmission(classified, submission)) };
  }

  /**
   * Labels a submitted name anew, where this model's answer is to take the place of the one that is kept.
   *
   * @param withdrawn a model version whose answers go, though it may be newer than this instance's.
   * @throws {ModelWithdrawnError} where this instance has no other.
   * @throws {ServiceError} as `submit`.
   */
  async reclassify(
    name: IngredientName,
    withdrawn: string | undefined,
    stopwatch?: Stopwatch,
  ): Promise<Kept<'updated' | 'unchanged'>> {
    if (withdrawn === (await this.parts.modelVersion())) {
      throw new ModelWithdrawnError(`This instance runs the model ${withdrawn}, which is withdrawn.`);
    }
    const answer = await this.#infer(name, stopwatch);
    const store = await this.parts.store();
    const classified = { answer, normalName: name.normalName };
    return { answer, outcome: await timed(stopwatch, 'write', store.saveReclassification(classified, withdrawn)) };
  }

  async #infer(name: IngredientName, stopwatch?: Stopwatch): Promise<Answer> {
    const labelling = this.parts.classify(name.normalName, stopwatch);
    const [labels, model] = await Promise.all([labelling, this.parts.modelVersion()]);
    return toAnswer(name.name, { key: name.key, ...labels, model, origin: 'model' });
  }

  /**
   * Changes a person's review of a name, or takes it away (`labels` null). This instance answers by it at once.
   *
   * @throws {ServiceError} where the model or the store could not do it.
   */
  async review(
    name: IngredientName,
    change: { readonly labels: ReviewLabels | null } & Pick<ReviewChange, 'reviewer' | 'holds'>,
  ): Promise<ReviewOutcome> {
    const answer = await this.#infer(name);
    const store = await this.parts.store();
    const beganAtMs = performance.now();
    try {
      const result = await store.changeReview({ classified: { answer, normalName: name.normalName }, ...change });
      const remembered = this.#remembered(name.key);
      if ('record' in result && result.record.reviewCount < (remembered?.revision ?? 0)) {
        // The reply to a later change came first.
        return result;
      }
      this.#forget(name.key);
      if ('record' in result && isHit(result.record, answer.model)) {
        this.#remember(withoutName(result.record), result.record.reviewCount, beganAtMs);
      }
      return result;
    } catch (error) {
      // What was given up may have been written all the same.
      this.#forget(name.key);
      throw error;
    }
  }

  /** Makes the next lookup of a key ask the store. */
  #forget(key: string): void {
    this.#memory.delete(key);
    const flight = this.#inFlight.get(key);
    if (flight !== undefined) {
      flight.isCurrent = false;
      this.#inFlight.delete(key);
    }
  }

  /** Starts what answers these keys; each is answered as soon as its own part is done. */
  #begin(names: readonly IngredientName[], stopwatch: Stopwatch | undefined): void {
    const beganAtMs = performance.now();
    const turn: Turn = { beganAtMs, labelledAtMs: beganAtMs, stopwatch };
    const keys = names.map(({ key }) => key);
    const reading = timed(stopwatch, 'store', this.#store.get(keys, beganAtMs + this.settings.lookupCacheDeadlineMs));
    for (const name of names) {
      const flight: Flight = {
        isCurrent: true,
        resolved: this.#resolve(
          name,
          reading,
          turn,
          (answer, revision) => flight.isCurrent && this.#remember(answer, revision, beganAtMs),
        )
          .catch((error: unknown) => ({ error }))
          .finally(() => {
            if (flight.isCurrent) {
              this.#inFlight.delete(name.key);
            }
          }),
      };
      this.#inFlight.set(name.key, flight);
    }
  }

  /** Keeps an answer in memory; its time there begins when the store was asked for it, since a review may have come right after. */
  #remember(answer: Nameless, revision: number, beganAtMs: number): boolean {
    const entry: Remembered = { ...answer, revision };
    return this.#memory.set(answer.key, JSON.stringify(entry), beganAtMs);
  }

  #remembered(key: string): Remembered | undefined {
    const text = this.#memory.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as Remembered);
  }

  /** Store and model side by side for a key that memory lacks. */
  async #resolve(
    name: IngredientName,
    reading: Promise<StoreRead>,
    turn: Turn,
    remember: (answer: Nameless, revision: number) => boolean,
  ): Promise<Resolved> {
    const { key, normalName } = name;
    const inferring = settled(this.parts.classify(normalName, turn.stopwatch));
    const model = await this.parts.modelVersion();
    const read = await reading;
    const record = 'found' in read ? read.found.get(key) : undefined;
    if (record !== undefined && isHit(record, model)) {
      const answer = withoutName(record);
      return {
        answer,
        cache: { layer: 'store', store: null, stored: false, remembered: remember(answer, record.reviewCount) },
      };
    }
    const labels = await inferring;
    if (labels instanceof Failure) {
      return { error: labels.error };
    }
    const answer: Nameless = { key, ...labels, model, origin: 'model' };
    if ('failure' in read) {
      return { answer, cache: { layer: 'model', store: read.failure, stored: false, remembered: false } };
    }
    const remembered = remember(answer, record?.reviewCount ?? 0);
    const writeUntilMs = this.#writeUntil(turn, read.readMs);
    const classified = { answer: toAnswer(name.name, answer), normalName };
    const writing = this.#store.save(classified, record, writeUntilMs);
    const stored = await timed(turn.stopwatch, 'write', writing);
    return { answer, cache: { layer: 'model', store: record === undefined ? 'miss' : 'stale', stored, remembered } };
  }

  /**
   * Until when the answer of a name may be written: the deadline counts from when the name before it in its batch was labelled, less
   * what the read took. Counted from the request, of a large batch of new names only the first ones would be kept.
   */
  #writeUntil(turn: Turn, readMs: number): number {
    const { lookupCacheDeadlineMs } = this.settings;
    const untilMs = Math.max(turn.beganAtMs, turn.labelledAtMs - readMs) + lookupCacheDeadlineMs;
    turn.labelledAtMs = performance.now();
    return untilMs;
  }
}

/** A review is a hit whatever its model; a model's answer where the model is this instance's own. */
function isHit(record: IngredientRecord, model: string): boolean {
  return record.status === 'reviewed' || record.model === model;
}

/** A rejection that waits to be looked at: no promise is left without a handler while another is awaited. */
class Failure {
  constructor(readonly error: unknown) {}
}

async function settled<T>(promise: Promise<T>): Promise<T | Failure> {
  return promise.catch((error: unknown) => new Failure(error));
}

/** Waits for what has begun; of several, the longest counts. */
async function timed<T>(stopwatch: Stopwatch | undefined, stage: string, work: Promise<T>): Promise<T> {
  const beganAtMs = performance.now();
  const result = await work;
  stopwatch?.longest(stage, performance.now() - beganAtMs);
  return result;
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
