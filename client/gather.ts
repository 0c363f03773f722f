/**
 * Names that are asked for in the same tick go out together.
 *
 * Equal names share one place. Each caller may give up by itself; what is on its way ends when all of them did.
 */

/** Tagged, since an error of another realm is no `instanceof Error`. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** Asks for names; `settle` is called once for each, by its place. What it rejects with is the result of the names left. */
export type AskAll<T> = (
  names: readonly string[],
  signal: AbortSignal,
  settle: (place: number, outcome: Outcome<T>) => void,
) => Promise<void>;

interface Caller<T> {
  readonly resolve: (result: T) => void;
  readonly reject: (reason: Error) => void;
}

class Batch<T> {
  readonly controller = new AbortController();
  readonly #callers = new Map<string, Set<Caller<T>>>();

  /** The names that somebody still waits for. */
  get names(): string[] {
    return [...this.#callers.keys()];
  }

  add(name: string, caller: Caller<T>): void {
    const callers = this.#callers.get(name) ?? new Set();
    this.#callers.set(name, callers.add(caller));
  }

  remove(name: string, caller: Caller<T>): void {
    const callers = this.#callers.get(name);
    callers?.delete(caller);
    if (callers?.size === 0) {
      this.#callers.delete(name);
    }
    if (this.#callers.size === 0) {
      this.controller.abort();
    }
  }

  settle(name: string, outcome: Outcome<T>): void {
    const callers = this.#callers.get(name) ?? [];
    this.#callers.delete(name);
    for (const caller of callers) {
      if ('error' in outcome) {
        caller.reject(outcome.error as Error);
      } else {
        caller.resolve(outcome.value);
      }
    }
  }
}

export class Gatherer<T> {
  #next: Batch<T> | undefined;

  constructor(private readonly askAll: AskAll<T>) {}

  /** The result for one name; rejects with the signal's reason as soon as it is aborted. */
  ask(name: string, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      signal?.throwIfAborted();
      const batch = this.#batchOfThisTick();
      const leave = (): void => {
        batch.remove(name, caller);
        reject(signal?.reason as Error);
      };
      const caller: Caller<T> = {
        resolve: (result) => {
          signal?.removeEventListener('abort', leave);
          resolve(result);
        },
        reject: (reason) => {
          signal?.removeEventListener('abort', leave);
          reject(reason);
        },
      };
      batch.add(name, caller);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  #batchOfThisTick(): Batch<T> {
    // One that all its callers left is aborted: it is not asked for, whoever comes after them in the same tick.
    if (this.#next === undefined || this.#next.controller.signal.aborted) {
      const batch = new Batch<T>();
      this.#next = batch;
      queueMicrotask(() => {
        if (this.#next === batch) {
          this.#next = undefined;
        }
        void this.#send(batch);
      });
    }
    return this.#next;
  }

  async #send(batch: Batch<T>): Promise<void> {
    const { names, controller } = batch;
    if (names.length === 0) {
      return;
    }
    try {
      await this.askAll(names, controller.signal, (place, outcome) => {
        batch.settle(names[place]!, outcome);
      });
    } catch (error) {
      for (const name of names) {
        batch.settle(name, { error });
      }
    }
  }
}
