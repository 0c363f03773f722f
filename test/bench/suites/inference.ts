/**
 * Inference without a server: by the length of a name, and by the size of a batch.
 */
import path from 'node:path';

import { ROOT } from '../../support/fixtures';
import type { Context } from '../context';
import { repeated, type Row, type Suite } from '../measure';
import { runRow } from '../processes';

// Each case 40 times a process, in turns.
const ROUNDS = '2';

export async function inference(context: Context): Promise<Suite> {
  const program = path.join(ROOT, 'dist/test/bench/rows/inference.js');
  const env = { MODEL_DIR: path.join(context.folder, 'model-artifacts') };
  const measured = await repeated(() => runRow([process.execPath, program, ROUNDS], { env }), context.runs);
  const rows = new Map<string, Record<string, number>>();
  for (const [key, value] of Object.entries(measured)) {
    const [name, column] = key.split('|') as [string, string?];
    if (column !== undefined) {
      rows.set(name, { ...rows.get(name), [column]: value });
    }
  }
  return {
    title: 'Inference',
    how: 'One thread, medians of as many processes as there are runs. `run` is the bare session on ready tensors; a whole answer also normalises, tokenises and decodes.',
    columns: [
      { key: 'tokens', title: 'tokens' },
      { key: 'run', title: 'run, ms' },
      { key: 'whole', title: 'whole answer, ms' },
      { key: 'perName', title: 'a name, ms' },
      { key: 'ratio', title: 'whole : run' },
    ],
    rows: [...rows].map(([name, values]): Row => ({ name, values: { ...values, ratio: ratioOf(values) } })),
    plot: { kind: 'bars', y: 'whole', isLogarithmic: true },
    missing: [],
  };
}

function ratioOf({ run, whole }: Readonly<Record<string, number>>): number | null {
  return run === undefined || whole === undefined ? null : whole / run;
}
