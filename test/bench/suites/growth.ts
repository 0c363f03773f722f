/**
 * How cost grows with its input: nothing may grow faster.
 */
import path from 'node:path';

import { ROOT } from '../../support/fixtures';
import type { Context } from '../context';
import { exponent, type Row, repeated, type Suite } from '../measure';
import { runRow } from '../processes';

// Of each case, a process.
const ROUNDS = '2';

const SERIES: Readonly<Record<string, string>> = {
  length: 'a name, by its characters',
  word: 'a name of one word, by its letters',
  load: 'names together, by their number',
  cache: 'a read from memory, by the entries there',
};

export async function growth(context: Context): Promise<Suite> {
  const program = path.join(ROOT, 'dist/test/bench/rows/growth.js');
  const env = { MODEL_DIR: path.join(context.folder, 'model-artifacts') };
  const measured = await repeated(() => runRow([process.execPath, program, ROUNDS], { env }), context.runs);
  const points = Object.entries(measured)
    .filter(([key]) => key.includes('|'))
    .map(([key, y]) => {
      const [series, x] = key.split('|') as [string, string];
      return { series, x: Number(x), y };
    });
  const pointsOf = (series: string) => points.filter((point) => point.series === series).sort((a, b) => a.x - b.x);
  const rows = points.map(({ series, x, y }): Row => ({
    name: `${SERIES[series]!}: ${x}`,
    values: { x, ms: y, exponent: null, last: null },
  }));
  const slopes = Object.entries(SERIES).map(([series, title]): Row => ({
    name: `${title}: growth`,
    values: { x: null, ms: null, exponent: exponent(pointsOf(series)), last: exponent(pointsOf(series).slice(-2)) },
  }));
  return {
    title: 'Growth',
    how: 'Medians of as many processes as there are runs, and the slope of their logarithms: at 1 a cost grows as its input does, at 0 not at all. Names together go through the queue, as those of many requests or of a batch do.',
    columns: [
      { key: 'x', title: 'size' },
      { key: 'ms', title: 'ms' },
      { key: 'exponent', title: 'slope' },
      { key: 'last', title: 'slope at the end' },
    ],
    rows: [...rows, ...slopes],
    plot: { kind: 'lines', x: 'x', y: 'ms', series: ({ name }) => name.split(':')[0]!, isLogarithmic: true },
    missing: [],
  };
}
