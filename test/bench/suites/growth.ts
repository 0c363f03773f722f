/**
 * How cost grows with its input: nothing may grow faster.
 */
import path from 'node:path';

import { ROOT } from '../../support/fixtures';
import type { Context } from '../context';
import { exponent, type Row, type Suite } from '../measure';
import { runRow } from '../processes';

const SERIES: Readonly<Record<string, string>> = {
  length: 'a name, by its characters',
  batch: 'a batch, by its names',
  cache: 'a read from memory, by the entries there',
};

export async function growth(context: Context): Promise<Suite> {
  const program = path.join(ROOT, 'dist/test/bench/rows/growth.js');
  const env = { MODEL_DIR: path.join(context.folder, 'model-artifacts') };
  const measured = await runRow([process.execPath, program, String(context.runs)], { env });
  const points = Object.entries(measured)
    .filter(([key]) => key.includes('|'))
    .map(([key, y]) => {
      const [series, x] = key.split('|') as [string, string];
      return { series, x: Number(x), y };
    });
  const exponentOf = (series: string): number => exponent(points.filter((point) => point.series === series));
  const rows = points.map(({ series, x, y }): Row => ({
    name: `${SERIES[series]!}: ${x}`,
    values: { x, ms: y, exponent: null },
  }));
  const slopes = Object.entries(SERIES).map(([series, title]): Row => ({
    name: `${title}: growth`,
    values: { x: null, ms: null, exponent: exponentOf(series) },
  }));
  return {
    title: 'Growth',
    how: 'Medians, and the slope of their logarithms: at 1 a cost grows as its input does, at 0 not at all.',
    columns: [
      { key: 'x', title: 'size' },
      { key: 'ms', title: 'ms' },
      { key: 'exponent', title: 'slope' },
    ],
    rows: [...rows, ...slopes],
    plot: { kind: 'lines', x: 'x', y: 'ms', series: ({ name }) => name.split(':')[0]!, isLogarithmic: true },
    missing: [],
  };
}
