/**
 * A limit of how often something may begin, spread evenly: no burst, which a database that has to grow into a load would refuse.
 */
export class Rate {
  #nextAtMs = 0;

  /** @param perSecond how many may begin in a second. */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
    private readonly sleep: (ms: number) => Promise<void> = pause,
  ) {}

  /** Resolves when it is the caller's turn; turns come in the order of the calls. */
  async turn(): Promise<void> {
    const now = this.now();
    const at = Math.max(now, this.#nextAtMs);
    this.#nextAtMs = at + 1000 / this.perSecond;
    if (at > now) {
      await this.sleep(at - now);
    }
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
