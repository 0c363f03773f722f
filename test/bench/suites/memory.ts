/**
 * The largest memory of each packaged function after 10,000 names, with Firestore's client.
 */
import type { FunctionTarget } from '../../../shared/platform/config';
import { anEvent, AS_DEPLOYED, type Context, type Server, startPackage } from '../context';
import { interleaved, type Measurement, peakMb, type Suite } from '../measure';
import { statusOf } from '../processes';

const NAMES = 10_000;
const BATCH = 100;
const AT_ONCE = 16;

export async function memory(context: Context): Promise<Suite> {
  const measures = {
    lookupIngredient: () => measured(context, 'lookupIngredient', lookUpAll),
    classifyIngredient: () => measured(context, 'classifyIngredient', submitAll),
  };
  return {
    title: 'Memory',
    how: `The largest memory that the process ever held (VmHWM), once ${NAMES.toLocaleString('en-US')} different names were labelled and kept in the Firestore emulator: looked up in batches of ${BATCH}, or submitted ${AT_ONCE} at once.`,
    columns: [
      { key: 'startedMb', title: 'after the first answer, MB' },
      { key: 'peakMb', title: `after ${NAMES} names, MB` },
    ],
    // Each takes most of a minute, and the same memory to a few MB.
    rows: context.firestore === undefined ? [] : await interleaved(measures, Math.max(1, Math.round(context.runs / 5))),
    plot: { kind: 'bars', y: 'peakMb' },
    missing: context.firestore === undefined ? ['both functions: they need the Firestore emulator'] : [],
  };
}

async function measured(
  context: Context,
  target: FunctionTarget,
  work: (url: string) => Promise<void>,
): Promise<Measurement> {
  const server: Server = await startPackage(context, target, { env: AS_DEPLOYED });
  try {
    const startedMb = peakMb(server.pid);
    await connected(server);
    await work(server.url);
    return { startedMb, peakMb: peakMb(server.pid) };
  } finally {
    await server.stop();
  }
}

const nameOf = (index: number): string => `paprika number ${index}`;

/** What is answered before the store is there is not kept. */
async function connected({ lines }: Server): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!lines.some((line) => line.includes('"cold start"') && line.includes('"store"'))) {
    if (performance.now() > deadline) {
      throw new Error('The store did not connect.');
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function lookUpAll(url: string): Promise<void> {
  for (let start = 0; start < NAMES; start += BATCH) {
    const names = Array.from({ length: BATCH }, (_, index) => nameOf(start + index));
    await expected(statusOf(`${url}/v1/ingredients:batch`, JSON.stringify({ names })));
  }
}

async function submitAll(url: string): Promise<void> {
  let next = 0;
  const submitter = async (): Promise<void> => {
    while (next < NAMES) {
      next += 1;
      await expected(statusOf(url, anEvent(nameOf(next))));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, submitter));
}

async function expected(asked: Promise<number>): Promise<void> {
  const status = await asked;
  if (status >= 300) {
    throw new Error(`An answer was ${status}.`);
  }
}
