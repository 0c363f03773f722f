/**
 * Gathers names that arrive together into small batches for the classifier.
 *
 * A run holds the event loop, so batches are small, counted in tokens, and the loop gets its turns between two of them. The queue is
 * bounded: past it a caller is refused early instead of waiting for an answer that comes too late.
 */
import type { Labels } from '../ingredient/answer';
import { OverloadedError } from '../platform/errors';
import { Stopwatch } from '../platform/timing';
import type { Classifier } from './classifier';

// What a run costs goes by its tokens, padding included: four names of 9 tokens take as long as 2.6 of them one by one.
const MAX_TOKENS = 36;
// Where a turn of the loop takes longer than a batch, as it does while hundreds are refused, a batch may take as long, up to so many times
// its tokens: otherwise those who wait would wait for the refusals of all others. Only while the queue is mostly full: one long turn among
// short ones is some other program's, and no reason to hold the loop for as long.
const LONG_TURN_FACTOR = 8;
const MOSTLY_FULL = 0.5;
// Half a second of work: who comes later is told to come again in a second, which is sooner than an answer would be.
const MAX_QUEUE = 512;
// A new connection is taken in one turn and its request read in the next: `/health` then waits for one batch and not for two.
const TURNS_BETWEEN = 2;

interface Waiting {
  readonly normalName: string;
  readonly stopwatch: Stopwatch | undefined;
  readonly queuedAtMs: number;
  readonly resolve: (labels: Labels) => void;
  readonly reject: (error: unknown) => void;
}

interface Batch {
  readonly waiting: readonly Waiting[];
  readonly rows: readonly (readonly number[])[];
}

export class Batcher {
  readonly #queue: Waiting[] = [];
  #draining = false;
  /** How long the fastest run took for each of its tokens: others also waited for a turn, which the runtime lets pass before it runs. */
  #msPerToken = Infinity;
  /** How long a turn of the loop took after the last run. */
  #turnMs = 0;

  /**
   * @param classifier asked for once a batch, so that the first batch may wait for the model to load.
   * @param maxTokens of a batch of several names, padding included, while the queue is not mostly full; a longer name runs alone.
   */
  constructor(
    private readonly classifier: () => Promise<Classifier>,
    private readonly maxTokens = MAX_TOKENS,
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
      await this.#next();
      const beganAtMs = performance.now();
      for (let turn = 0; turn < TURNS_BETWEEN; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      this.#turnMs = (performance.now() - beganAtMs) / TURNS_BETWEEN;
    }
    this.#draining = false;
    this.#turnMs = 0;
  }

  /** Takes the next batch off the queue and answers it. */
  async #next(): Promise<void> {
    let classifier: Classifier;
    try {
      classifier = await this.classifier();
    } catch (error) {
      // Nobody who waits can be answered: the next name asks for the model again.
      reject(this.#queue.splice(0), error);
      return;
    }
    const stopwatch = new Stopwatch();
    const beganAtMs = performance.now();
    const { waiting, rows } = stopwatch.timeSync('encode', () => this.#gather(classifier));
    try {
      const ranFromMs = performance.now();
      const labels = await classifier.label(rows, stopwatch);
      const ranMs = stopwatch.durations.get('run') ?? performance.now() - ranFromMs;
      this.#msPerToken = Math.min(this.#msPerToken, ranMs / tokensOf(rows));
      share(stopwatch, waiting, beganAtMs);
      waiting.forEach(({ resolve }, index) => {
        resolve(labels[index]!);
      });
    } catch (error) {
      reject(waiting, error);
    }
  }

  /** How many tokens take as long as the last turn of the loop. */
  #overloadLimit(): number {
    const asLong = Math.min(this.#turnMs / this.#msPerToken, this.maxTokens * LONG_TURN_FACTOR);
    return Math.max(this.maxTokens, asLong);
  }

  /** As many from the head of the queue as fit, at least one. */
  #gather(classifier: Classifier): Batch {
    const rows: (readonly number[])[] = [];
    const limit = this.#queue.length < this.maxQueue * MOSTLY_FULL ? this.maxTokens : this.#overloadLimit();
    let width = 0;
    for (const { normalName } of this.#queue) {
      const row = classifier.encode(normalName);
      width = Math.max(width, row.length);
      if (rows.length > 0 && (rows.length + 1) * width > limit) {
        break;
      }
      rows.push(row);
    }
    return { rows, waiting: this.#queue.splice(0, rows.length) };
  }
}

function tokensOf(rows: readonly (readonly number[])[]): number {
  return rows.length * Math.max(...rows.map((row) => row.length));
}

function reject(waiting: readonly Waiting[], error: unknown): void {
  for (const one of waiting) {
    one.reject(error);
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
