/**
 * How long an instance took from the start of its process until it could answer, by stage: one line in its log.
 *
 * Stages follow one another: `node` boots, `load` reads and runs the code, `listen` begins to take requests. Then `model` and `store` load,
 * in the order of loading.ts; where one waits for something outside the process, the other goes on.
 */
import { performance as clock } from 'node:perf_hooks';

import type { FunctionTarget } from '../shared/platform/config';
import type { Logger } from '../shared/platform/logger';
import { rounded, stageFields, Stopwatch } from '../shared/platform/timing';

export class ColdStart {
  readonly #stopwatch = new Stopwatch();
  #loadedAtMs = 0;
  #readyAtMs = 0;

  /** The code has run; requests are taken in the next turn of the event loop. */
  loaded(): void {
    const { bootstrapComplete } = clock.nodeTiming;
    this.#loadedAtMs = clock.now();
    this.#stopwatch.add('node', bootstrapComplete);
    this.#stopwatch.add('load', this.#loadedAtMs - bootstrapComplete);
  }

  listening(): void {
    this.#stopwatch.add('listen', clock.now() - this.#loadedAtMs);
  }

  /** Times a stage that succeeds; what is needed for an answer counts for the total. */
  async time<T>(stage: 'model' | 'store', isNeeded: boolean, work: () => Promise<T>): Promise<T> {
    const began = clock.now();
    const result = await work();
    this.#stopwatch.add(stage, clock.now() - began);
    if (isNeeded) {
      this.#readyAtMs = Math.max(this.#readyAtMs, clock.now());
    }
    return result;
  }

  /** Writes the line. @param parts the stages of loading the model. */
  log(logger: Logger, target: FunctionTarget | undefined, model: string, parts: Stopwatch): void {
    logger.info('cold start', {
      target,
      model,
      // The clock of performance.now() began with the process.
      totalMs: rounded(this.#readyAtMs),
      stages: stageFields(this.#stopwatch.durations),
      modelStages: stageFields(parts.durations),
    });
  }
}
