/**
 * Names that are asked for at the same moment: ten different ones share runs of the model, ten equal ones share an answer.
 */
import http from 'node:http';

import { type Context, NO_STORE, startPackage } from '../context';
import { interleaved, type Measurement, median, type Suite } from '../measure';
import { answered } from '../processes';

const ROUNDS = 30;
/** Requests before the first round: code that has just started runs several times slower. */
const WARM_UP = 300;

const NAMES = {
  'one name': (round: number) => [nameOf(round, 0)],
  'ten different names': (round: number) => Array.from({ length: 10 }, (_, index) => nameOf(round, index)),
  'ten equal names': (round: number) => Array<string>(10).fill(nameOf(round, 0)),
} as const;

// Nine tokens each, as the other benchmarks have.
const WORDS = ['red', 'white', 'rice', 'oil', 'milk', 'corn', 'fish', 'beef', 'lime', 'salt'];
const nameOf = (round: number, index: number): string =>
  `${WORDS[index]!} ${WORDS[round % 10]!} and ${WORDS[Math.floor(round / 10) % 10]!}`;

export async function together(context: Context): Promise<Suite> {
  const rows = Object.entries(NAMES).map(([name, names]) => [name, () => measured(context, names)] as const);
  return {
    title: 'Together',
    how: `New names asked for at once over connections that are kept, until the last is answered; the packaged lookup without a store, medians of ${ROUNDS} rounds a process, after ${WARM_UP} requests.`,
    columns: [{ key: 'ms', title: 'ms' }],
    rows: await interleaved(Object.fromEntries(rows), context.runs),
    plot: { kind: 'bars', y: 'ms' },
    missing: [],
  };
}

async function measured(context: Context, names: (round: number) => readonly string[]): Promise<Measurement> {
  // Nothing is kept without a store: every name is new.
  const server = await startPackage(context, 'lookupIngredient', { env: NO_STORE });
  const agent = new http.Agent({ keepAlive: true });
  try {
    const durations: number[] = [];
    const warmUp = WARM_UP / names(0).length;
    for (let round = 0; round < warmUp + ROUNDS; round += 1) {
      const began = performance.now();
      await Promise.all(
        names(round).map((name) =>
          answered(`${server.url}/v1/ingredients/${encodeURIComponent(name)}`, undefined, agent),
        ),
      );
      if (round >= warmUp) {
        durations.push(performance.now() - began);
      }
    }
    return { ms: median(durations) };
  } finally {
    agent.destroy();
    await server.stop();
  }
}
