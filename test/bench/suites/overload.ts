/**
 * More names than the queue holds, for long: what does not fit is refused, and memory stays as it is.
 */
import { type Context, NO_STORE, startPackage } from '../context';
import { type Measurement, median, residentMb, type Row, type Suite } from '../measure';
import { loadOn } from '../processes';

const CONNECTIONS = 1_024;
const REQUESTS = 1_000_000;
const SAMPLE_EVERY_MS = 100;
const FULL_RUNS = 15;
const TENTHS = 10;

export async function overload(context: Context): Promise<Suite> {
  // A quick look takes a part of it.
  const amount = Math.round(REQUESTS * Math.min(1, context.runs / FULL_RUNS) ** 2);
  const rows: Row[] = [{ name: 'without a store', values: await measured(context, NO_STORE, amount) }];
  if (context.firestore !== undefined) {
    // Each answer is kept: the memory cache is full before the first tenth is over.
    const settings = { MEMORY_CACHE_ENTRIES: '100' };
    rows.push({ name: 'with the store', values: await measured(context, settings, amount / TENTHS) });
  }
  return {
    title: 'Overload',
    how: `New names over ${CONNECTIONS} connections, twice as many as the queue holds, none of which waits after a refusal; the packaged lookup, once. Memory is what the process holds (VmRSS), the median of the second and of the last tenth of the time.`,
    columns: [
      { key: 'requests', title: 'requests' },
      { key: 'refusedShare', title: 'share refused (429)' },
      { key: 'failed', title: 'other failures' },
      { key: 'refusalP99Ms', title: 'p99 of a refusal, ms' },
      { key: 'p99Ms', title: 'p99 of all, ms' },
      { key: 'beganMb', title: 'memory after a tenth, MB' },
      { key: 'endedMb', title: 'memory at the end, MB' },
    ],
    rows,
    plot: { kind: 'bars', y: 'endedMb' },
    missing: context.firestore === undefined ? ['with the store: it needs the Firestore emulator'] : [],
  };
}

async function measured(context: Context, env: Readonly<Record<string, string>>, amount: number): Promise<Measurement> {
  const server = await startPackage(context, 'lookupIngredient', { env });
  try {
    const samples: number[] = [];
    const watching = setInterval(() => samples.push(residentMb(server.pid)), SAMPLE_EVERY_MS);
    const load = await loadOn(server.url, CONNECTIONS, 'distinct', { amount: Math.round(amount) }).finally(() => {
      clearInterval(watching);
    });
    const tenth = (index: number): number => {
      const size = samples.length / TENTHS;
      return median(samples.slice(Math.floor(index * size), Math.ceil((index + 1) * size)));
    };
    return {
      requests: Math.round(amount),
      refusedShare: load['overloaded']! / amount,
      failed: load['failed']!,
      refusalP99Ms: load['refusalP99Ms']!,
      p99Ms: load['p99Ms']!,
      beganMb: tenth(1),
      endedMb: tenth(TENTHS - 1),
    };
  } finally {
    await server.stop();
  }
}
