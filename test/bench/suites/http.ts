/**
 * The packaged lookup over HTTP, at rising load from a second process; and how soon it answers for its health meanwhile.
 */
import { type Context, FRAMEWORK_HELLO, LOOKUP_PATH, type Server, startPackage, startServer } from '../context';
import { interleaved, type Measurement, quantile, type Suite } from '../measure';
import { loadOn, statusOf } from '../processes';

const CONNECTIONS = [1, 8, 32, 128];
const SECONDS = 2;
const HEALTH_EVERY_MS = 10;

export async function httpLoad(context: Context): Promise<Suite> {
  const noStore = { FIRESTORE_EMULATOR_HOST: '127.0.0.1:9' };
  const servers: Record<string, [server: Server, path: string, names: 'same' | 'distinct']> = {
    "framework's hello": [await startServer(FRAMEWORK_HELLO), '/', 'same'],
    hit: [
      await startPackage(context, 'lookupIngredient', { env: { MEMORY_CACHE_TTL_MS: '3600000' } }),
      LOOKUP_PATH,
      'same',
    ],
    miss: [await startPackage(context, 'lookupIngredient', { env: noStore }), '', 'distinct'],
  };
  const missing: string[] = [];
  if (context.firestore === undefined) {
    missing.push(
      'a hit, which is in memory once the store has answered, and `store`: they need the Firestore emulator',
    );
    delete servers['hit'];
  } else {
    servers['store'] = [
      await startPackage(context, 'lookupIngredient', { env: { MEMORY_CACHE_ENTRIES: '0' } }),
      LOOKUP_PATH,
      'same',
    ];
    // Until the client has connected, answers are not kept.
    await Promise.all(['hit', 'store'].map((name) => untilCached(servers[name]![0])));
  }
  try {
    const rows = CONNECTIONS.flatMap((connections) =>
      Object.entries(servers).map(([name, [{ url }, target, names]]): [string, () => Promise<Measurement>] => [
        `${name}, ${connections} at once`,
        async () => ({ connections, ...(await loaded(url, target, connections, names)) }),
      ]),
    );
    return {
      title: 'HTTP',
      how: `The packaged lookup on this machine's Node, asked by autocannon for ${SECONDS} s at a time. A hit is in memory; \`store\` is read from the Firestore emulator each time; a miss is a new name each time, labelled without a store. \`/health\` is asked every ${HEALTH_EVERY_MS} ms beside it.`,
      columns: [
        { key: 'connections', title: 'at once' },
        { key: 'rps', title: 'requests a second' },
        { key: 'p50Ms', title: 'p50, ms' },
        { key: 'p99Ms', title: 'p99, ms' },
        { key: 'refused', title: 'refused' },
        { key: 'healthP99Ms', title: '/health p99, ms' },
      ],
      rows: await interleaved(Object.fromEntries(rows), Math.max(1, Math.round(context.runs / 5))),
      plot: {
        kind: 'lines',
        x: 'connections',
        y: 'rps',
        series: ({ name }) => name.split(',')[0]!,
        isLogarithmic: true,
      },
      missing,
    };
  } finally {
    await Promise.all(Object.values(servers).map(([server]) => server.stop()));
  }
}

async function loaded(
  url: string,
  target: string,
  connections: number,
  names: 'same' | 'distinct',
): Promise<Measurement> {
  const load = loadOn(`${url}${target}`, connections, names, { seconds: SECONDS });
  let isOver = false;
  const watching = healthTimes(url, () => isOver);
  const measured = await load.finally(() => {
    isOver = true;
  });
  return { ...measured, healthP99Ms: quantile(await watching, 0.99) };
}

/** How long each answer of `/health` took. */
async function healthTimes(url: string, isOver: () => boolean): Promise<number[]> {
  const durations: number[] = [];
  while (!isOver()) {
    const began = performance.now();
    await statusOf(`${url}/health`);
    durations.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, HEALTH_EVERY_MS));
  }
  return durations;
}

async function untilCached({ url }: Server): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const response = await fetch(`${url}${LOOKUP_PATH}`);
    await response.arrayBuffer();
    if (response.headers.get('cache-status')?.includes('hit') === true) {
      return;
    }
    if (performance.now() > deadline) {
      throw new Error('The store did not connect.');
    }
  }
}
