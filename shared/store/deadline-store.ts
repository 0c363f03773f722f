/**
 * The store as a lookup asks it: until a moment of the monotonic clock, after which the model's answer goes out without it.
 *
 * A store that is late, down, or still connecting is a result, not an error: the model has the answer.
 */
import { compareModelVersions } from '../ingredient/answer';
import { errorFields, type Logger } from '../platform/logger';
import type { AnswerStore, Classified, IngredientRecord } from './answer-store';

export interface DeadlineStoreParts {
  readonly store: () => Promise<AnswerStore>;
  /** False while the store's client loads and connects: a lookup does not wait for it, and so does not ask it either. */
  readonly isStoreReady?: () => boolean;
  readonly logger: Logger;
}

interface Unanswered {
  readonly failure: 'timeout' | 'error';
}
export type StoreRead = { readonly found: ReadonlyMap<string, IngredientRecord>; readonly readMs: number } | Unanswered;

export class DeadlineStore {
  constructor(private readonly parts: DeadlineStoreParts) {}

  /** The records of keys, and how long reading them took. */
  async get(keys: readonly string[], untilMs: number): Promise<StoreRead> {
    const beganAtMs = performance.now();
    return this.#within(untilMs, 'read', async (store) => {
      const found = await store.get(keys);
      return { found, readMs: performance.now() - beganAtMs };
    });
  }

  /** True where a lookup's answer was kept in time, and `found` was not of a newer model. */
  async save(fresh: Classified, found: IngredientRecord | undefined, untilMs: number): Promise<boolean> {
    const isOlder = found !== undefined && compareModelVersions(found.model, fresh.answer.model) > 0;
    if (isOlder || untilMs <= performance.now()) {
      return false;
    }
    const written = await this.#within(untilMs, 'write', (store) => store.saveLookup(fresh, found, untilMs));
    return written === true;
  }

  async #within<T>(untilMs: number, what: string, ask: (store: AnswerStore) => Promise<T>): Promise<T | Unanswered> {
    if (this.parts.isStoreReady?.() === false) {
      return { failure: 'timeout' };
    }
    const asked = this.parts
      .store()
      // A client that took longer to load than the request may wait is not asked for it any more.
      .then<T | Unanswered>((store) => (performance.now() < untilMs ? ask(store) : { failure: 'timeout' }))
      .catch((error: unknown): Unanswered => {
        // What fails after the deadline was given up long ago: a line for each would bury the log of an outage.
        if (performance.now() < untilMs) {
          this.parts.logger.warning(
            `The store could not be asked to ${what}: answered without it.`,
            errorFields(error),
          );
        }
        return { failure: 'error' };
      });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Unanswered>((resolve) => {
      timer = setTimeout(() => {
        resolve({ failure: 'timeout' });
      }, untilMs - performance.now());
    });
    return Promise.race([asked, late]).finally(() => {
      clearTimeout(timer);
    });
  }
}
