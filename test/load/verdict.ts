/**
 * What a run at saturation must keep to, from its own figures.
 */
import type { Kind } from './mix';

/** The answers to one kind of request. */
export interface Tally {
  readonly latenciesMs: number[];
  /** Told to come again: the contract's answer to more than an instance can do. */
  refused: number;
  /** No answer, and every 5xx but such a refusal. */
  faults: number;
}

export interface Run {
  readonly seconds: number;
  readonly connections: number;
  readonly tallies: ReadonlyMap<Kind, Tally>;
  /** Answers that are not what they must be, a line each. */
  readonly wrong: readonly string[];
  /** What the function held in memory, in the order of time. */
  readonly rssMb: readonly number[];
}

export interface Limits {
  /** Of all requests. */
  readonly refusedShare: number;
  /** Of the mean of the last quarter over that of the first one. */
  readonly memoryGrowth: number;
  /** Of a kind's p99 to the time that a request has in its turn, which is connections by throughput (Little's law). */
  readonly p99Turns: number;
  /** How long a new name may wait for the store besides, in milliseconds: the function's own deadline. */
  readonly storeMs: number;
  /** Of every kind, in milliseconds, where it is given. */
  readonly p99Ms: number | undefined;
}

export interface Figures {
  readonly kind: Kind;
  readonly requests: number;
  readonly perSecond: number;
  readonly refused: number;
  readonly faults: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** The figures of each kind that was asked. */
export function figuresOf({ tallies, seconds }: Pick<Run, 'tallies' | 'seconds'>): Figures[] {
  return [...tallies].map(([kind, { latenciesMs, refused, faults }]) => {
    const sorted = Float64Array.from(latenciesMs).sort();
    const at = (share: number): number => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1));
    return {
      ...{ kind, requests: sorted.length, perSecond: Math.round(sorted.length / seconds), refused, faults },
      ...{ p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) },
    };
  });
}

export interface Memory {
  readonly firstQuarterMb: number;
  readonly lastQuarterMb: number;
  readonly mostMb: number;
}

export function memoryOf({ rssMb }: Pick<Run, 'rssMb'>): Memory {
  const quarter = Math.max(1, Math.floor(rssMb.length / 4));
  const mean = (values: readonly number[]): number =>
    Math.round(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length));
  return {
    firstQuarterMb: mean(rssMb.slice(0, quarter)),
    lastQuarterMb: mean(rssMb.slice(-quarter)),
    mostMb: Math.round(Math.max(0, ...rssMb)),
  };
}

/** What the run did not keep to; empty where it was good. */
export function problemsOf(run: Run, limits: Limits): string[] {
  const kinds = figuresOf(run);
  const sum = (of: (figures: Figures) => number): number => kinds.reduce((total, figures) => total + of(figures), 0);
  const requests = sum((figures) => figures.requests);
  const refused = sum((figures) => figures.refused);
  const faults = sum((figures) => figures.faults);
  const { firstQuarterMb, lastQuarterMb } = memoryOf(run);
  const turnMs = (run.connections * run.seconds * 1_000) / Math.max(1, requests);
  const slow = kinds.flatMap(({ kind, p99Ms }) => {
    const waitMs = limits.p99Turns * turnMs + (kind === 'miss' ? limits.storeMs : 0);
    const mostMs = Math.min(waitMs, limits.p99Ms ?? Infinity);
    return p99Ms > mostMs ? [`the p99 of ${kind} is ${p99Ms} ms, above ${Math.round(mostMs)} ms`] : [];
  });
  return [
    ...(kinds.some((figures) => figures.requests === 0) ? ['a kind of request was never asked'] : []),
    ...(run.wrong.length > 0 ? [`${run.wrong.length} answers were wrong`] : []),
    ...(faults > 0 ? [`${faults} requests had no answer, or 5xx that is no refusal`] : []),
    ...(refused > limits.refusedShare * requests ? [`${refused} of ${requests} requests were refused`] : []),
    ...(lastQuarterMb > firstQuarterMb * (1 + limits.memoryGrowth)
      ? [`memory grew from ${firstQuarterMb} to ${lastQuarterMb} MB`]
      : []),
    ...slow,
  ];
}
