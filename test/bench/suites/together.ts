/**
 * Names that are asked for at the same moment: ten different ones share runs of the model, ten equal ones share an answer.
 */
import path from 'node:path';

import { ROOT } from '../../support/fixtures';
import { type Context, NO_STORE, startPackage } from '../context';
import { interleaved, type Measurement, type Suite } from '../measure';
import { runRow } from '../processes';

const ROWS = {
  'one name': 'one',
  'ten different names': 'different',
  'ten equal names': 'equal',
  'ten different names, one batch': 'batch',
} as const;

export async function together(context: Context): Promise<Suite> {
  const rows = Object.entries(ROWS).map(([name, names]) => [name, () => measured(context, names)] as const);
  return {
    title: 'Together',
    how: 'New names asked for at once by a second process, over connections that are kept, a request each or one batch, until the last is answered; the packaged lookup without a store, medians of 100 rounds a process, after 4,000 names.',
    columns: [{ key: 'ms', title: 'ms' }],
    rows: await interleaved(Object.fromEntries(rows), context.runs),
    plot: { kind: 'bars', y: 'ms' },
    missing: [],
  };
}

async function measured(context: Context, names: string): Promise<Measurement> {
  // Nothing is kept without a store: every name is new to it.
  const server = await startPackage(context, 'lookupIngredient', { env: NO_STORE });
  try {
    const program = path.join(ROOT, 'dist/test/bench/rows/together.js');
    const { ms } = await runRow([process.execPath, program, new URL(server.url).port, names]);
    return { ms: ms! };
  } finally {
    await server.stop();
  }
}
