/**
 * Writes to one key, one after the other: what comes while one is under way is gathered and written at once.
 *
 * A document takes about one write a second, so a burst of a hundred submissions of one name must not become a hundred transactions
 * that contend for it.
 */

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export class Burst<T, R> {
  // A key is here while a write for it is under way, with what came since.
  readonly #waiting = new Map<string, Waiting<T, R>[]>();

  /** @param write keeps all items of a key; resolves to a result for each, in their order. */
  constructor(private readonly write: (key: string, items: readonly T[]) => Promise<readonly R[]>) {}

  /** Resolves to the item's own result; rejects with the error of the write that it was part of. */
  add(key: string, item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const entry = { item, resolve, reject };
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) {
        this.#waiting.set(key, []);
        void this.#writeAll(key, [entry]);
      } else {
        waiting.push(entry);
      }
    });
  }

  async #writeAll(key: string, first: readonly Waiting<T, R>[]): Promise<void> {
    for (let batch = first; batch.length > 0; batch = this.#take(key)) {
      try {
        const results = await this.write(
          key,
          batch.map(({ item }) => item),
        );
        batch.forEach(({ resolve }, index) => {
          resolve(results[index]!);
        });
      } catch (error) {
        batch.forEach(({ reject }) => {
          reject(error);
        });
      }
    }
    this.#waiting.delete(key);
  }

  #take(key: string): readonly Waiting<T, R>[] {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, []);
    return waiting;
  }
}
