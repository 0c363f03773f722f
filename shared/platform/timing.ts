/**
 * Durations of stages from the monotonic clock, in milliseconds.
 */

export type Durations = ReadonlyMap<string, number>;

/** Milliseconds of each stage, to two places. */
export type StageFields = Readonly<Record<string, number>>;

/** Collects how long each named stage took; a stage that runs more than once adds up. */
export class Stopwatch {
  readonly #durations = new Map<string, number>();

  get durations(): Durations {
    return this.#durations;
  }

  add(stage: string, durationMs: number): void {
    this.#durations.set(stage, (this.#durations.get(stage) ?? 0) + durationMs);
  }

  /** Keeps the longest duration of a stage whose runs overlap. */
  longest(stage: string, durationMs: number): void {
    this.#durations.set(stage, Math.max(this.#durations.get(stage) ?? 0, durationMs));
  }

  /** Runs `work` and adds its duration to `stage`, also where it throws. */
  async time<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.add(stage, performance.now() - began);
    }
  }

  /** As `time`, for synchronous work. */
  timeSync<T>(stage: string, work: () => T): T {
    const began = performance.now();
    try {
      return work();
    } finally {
      this.add(stage, performance.now() - began);
    }
  }
}

/** The durations as log fields, to two places: `{ "run": 1.52 }`. */
export function stageFields(durations: Durations): StageFields {
  const fields: Record<string, number> = {};
  for (const [stage, ms] of durations) {
    fields[stage] = rounded(ms);
  }
  return fields;
}

/** The value of a `Server-Timing` header (W3C) of the same fields. */
export function serverTiming(fields: StageFields): string {
  let value = '';
  for (const stage in fields) {
    value += `${value === '' ? '' : ', '}${stage};dur=${fields[stage]}`;
  }
  return value;
}

/** Milliseconds to two places: what is finer is noise. */
export function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
