/**
 * Gathers names that arrive together into small batches for the classifier.
 *
 * A run holds the event loop, so batches are small and the loop gets a turn between two of them. The queue is bounded: past it a caller
 * is refused early instead of waiting for an answer that comes too late.
 */
import type { Labels } from '../ingredient/answer';
import { OverloadedError } from '../platform/errors';
import { Stopwatch } from '../platform/timing';
import type { Classifier } from './classifier';

// A batch of 4 costs 2.9 ms at 10 tokens, of 16 10.8 ms: larger ones gain little a name and hold the loop longer.
const MAX_BATCH = 4;
// Half a second of work: who comes later is told to come again in a second, which is sooner than an answer would be.
const MAX_QUEUE = 512;

interface Waiting {
  readonly normalName: string;
  readonly stopwatch: Stopwatch | undefined;
  readonly queuedAtMs: number;
  readonly resolve: (labels: Labels) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher {
  readonly #queue: Waiting[] = [];
  #draining = false;

  /** @param classifier asked for once a batch, so that the first batch may wait for the model to load. */
  constructor(
    private readonly classifier: () => Promise<Classifier>,
    private readonly maxBatch = MAX_BATCH,
    private readonly maxQueue = MAX_QUEUE,
  ) {}

  /**
   * The labels of one normal form.
   *
   * @param stopwatch gets the stages of the batches that its names were in, and the longest that one of them waited (`queue`).
   * @throws {OverloadedError} at once, if too many names wait already.
   */
  classify(normalName: string, stopwatch?: Stopwatch): Promise<Labels> {
    if (this.#queue.length >= this.maxQueue) {
      return Promise.reject(new OverloadedError('Too many names wait for the model: try again in a second.'));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ normalName, stopwatch, queuedAtMs: performance.now(), resolve, reject });
      if (!this.#draining) {
        this.#draining = true;
        setImmediate(() => void this.#drain());
      }
    });
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.maxBatch);
      try {
        const classifier = await this.classifier();
        const stopwatch = new Stopwatch();
        const beganAtMs = performance.now();
        const labels = await classifier.classify(
          batch.map(({ normalName }) => normalName),
          stopwatch,
        );
        share(stopwatch, batch, beganAtMs);
        batch.forEach(({ resolve }, index) => {
          resolve(labels[index]!);
        });
      } catch (error) {
        batch.forEach(({ reject }) => {
          reject(error);
        });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#draining = false;
  }
}

/** Gives the stages of a batch to everyone who waited for it, once to each. */
function share({ durations }: Stopwatch, batch: readonly Waiting[], beganAtMs: number): void {
  for (const stopwatch of new Set(batch.map((waiting) => waiting.stopwatch))) {
    for (const [stage, ms] of durations) {
      stopwatch?.add(stage, ms);
    }
  }
  for (const { stopwatch, queuedAtMs } of batch) {
    stopwatch?.longest('queue', beganAtMs - queuedAtMs);
  }
}
