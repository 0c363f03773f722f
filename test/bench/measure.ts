/**
 * What every benchmark stands on: rows that take turns, medians, and the numbers of a process.
 */
import { peakRssOf, type Pid, rssOf } from '../support/rss';

/** One row of a table; null where this machine cannot measure it. */
export interface Row {
  readonly name: string;
  readonly values: Readonly<Record<string, number | null>>;
}

export interface Column {
  readonly key: string;
  readonly title: string;
}

export interface Plot {
  readonly kind: 'bars' | 'lines';
  /** The column drawn: bars by row, or the height of a line's points. */
  readonly y: string;
  /** The column along the axis of a line. */
  readonly x?: string;
  /** The line that a row is a point of. */
  readonly series?: (row: Row) => string;
  readonly isLogarithmic?: boolean;
}

export interface Suite {
  readonly title: string;
  /** What was measured and how, a sentence or two. */
  readonly how: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly plot: Plot;
  /** Rows that are not there, and why. */
  readonly missing: readonly string[];
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export type Measurement = Readonly<Record<string, number>>;

/** A row that is a program of its own, started anew each round. */
export async function repeated(measure: () => Promise<Measurement>, rounds: number): Promise<Measurement> {
  const runs: Measurement[] = [];
  for (let round = 0; round < rounds; round += 1) {
    runs.push(await measure());
  }
  return medians(runs);
}

/** Measures each row once a round, one after the other, so that what disturbs the machine disturbs all; medians by key. */
export async function interleaved(
  rows: Readonly<Record<string, () => Promise<Measurement>>>,
  rounds: number,
): Promise<Row[]> {
  const measured = new Map<string, Measurement[]>(Object.keys(rows).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of Object.entries(rows)) {
      measured.get(name)!.push(await measure());
    }
  }
  return [...measured].map(([name, runs]) => ({ name, values: medians(runs) }));
}

function medians(runs: readonly Measurement[]): Measurement {
  const keys = Object.keys(runs[0] ?? {});
  return Object.fromEntries(keys.map((key) => [key, median(runs.map((run) => run[key]!))]));
}

/** The largest memory that a process ever held (VmHWM), in MB of a million bytes; Linux alone. */
export function peakMb(pid: Pid = 'self'): number {
  return peakRssOf(pid) / 1e6;
}

/** What it holds now (VmRSS). */
export function residentMb(pid: number): number {
  return rssOf(pid) / 1e6;
}

/** The slope of log y over log x: 1 grows as its input does, 2 as its square. */
export function exponent(points: readonly { readonly x: number; readonly y: number }[]): number {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mx = mean(logs.map(([x]) => x));
  const my = mean(logs.map(([, y]) => y));
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}
