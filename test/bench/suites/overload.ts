/**
 * More names than the queue holds, for long: what does not fit is refused, and memory stays as it is.
 */
import { type Context, startPackage } from '../context';
import { median, residentMb, type Suite } from '../measure';
import { loadOn } from '../processes';

const CONNECTIONS = 1_024;
const REQUESTS = 1_000_000;
const SAMPLE_EVERY_MS = 100;
const FULL_RUNS = 15;
const TENTHS = 10;

export async function overload(context: Context): Promise<Suite> {
  // A quick look takes a part of it.
  const amount = Math.round(REQUESTS * Math.min(1, context.runs / FULL_RUNS) ** 2);
  const server = await startPackage(context, 'lookupIngredient', { env: { FIRESTORE_EMULATOR_HOST: '127.0.0.1:9' } });
  try {
    const samples: number[] = [];
    const watching = setInterval(() => samples.push(residentMb(server.pid)), SAMPLE_EVERY_MS);
    const measured = await loadOn(server.url, CONNECTIONS, 'distinct', { amount }).finally(() => {
      clearInterval(watching);
    });
    const tenth = (index: number): number =>
      median(
        samples.slice(
          Math.floor((index * samples.length) / TENTHS),
          Math.ceil(((index + 1) * samples.length) / TENTHS),
        ),
      );
    return {
      title: 'Overload',
      how: `${amount.toLocaleString('en-US')} requests for new names over ${CONNECTIONS} connections, twice as many as the queue holds; the packaged lookup without a store. Memory is what the process holds (VmRSS), the median of the second and of the last tenth of the time.`,
      columns: [
        { key: 'requests', title: 'requests' },
        { key: 'refusedShare', title: 'share refused (429)' },
        { key: 'failed', title: 'other failures' },
        { key: 'p50Ms', title: 'p50, ms' },
        { key: 'p99Ms', title: 'p99, ms' },
        { key: 'beganMb', title: 'memory after a tenth, MB' },
        { key: 'endedMb', title: 'memory at the end, MB' },
      ],
      rows: [
        {
          name: 'overload',
          values: {
            requests: amount,
            refusedShare: measured['overloaded']! / amount,
            failed: measured['refused']! - measured['overloaded']! + measured['errors']!,
            p50Ms: measured['p50Ms']!,
            p99Ms: measured['p99Ms']!,
            beganMb: tenth(1),
            endedMb: tenth(TENTHS - 1),
          },
        },
      ],
      plot: { kind: 'bars', y: 'endedMb' },
      missing: [],
    };
  } finally {
    await server.stop();
  }
}
