/**
 * Answers in this instance's memory: bounded, dropping the least recently used and what has grown too old.
 */

interface Entry<V> {
  readonly value: V;
  readonly expiresAtMs: number;
}

export class MemoryCache<V> {
  // A Map keeps insertion order: the first entry is the least recently used, since a read inserts anew.
  readonly #entries = new Map<string, Entry<V>>();

  /** @param now the clock in milliseconds, monotonic. */
  constructor(
    private readonly maxEntries: number,
    private readonly ttlMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      return undefined;
    }
    this.#entries.delete(key);
    if (entry.expiresAtMs <= this.now()) {
      return undefined;
    }
    this.#entries.set(key, entry);
    return entry.value;
  }

  /**
   * Keeps a value; false where the cache is turned off by its bounds.
   *
   * @param sinceMs when the value held for sure: its time here is counted from then.
   */
  set(key: string, value: V, sinceMs = this.now()): boolean {
    if (this.maxEntries === 0 || this.ttlMs === 0) {
      return false;
    }
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAtMs: sinceMs + this.ttlMs });
    if (this.#entries.size > this.maxEntries) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) {
        this.#entries.delete(oldest.value);
      }
    }
    return true;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
