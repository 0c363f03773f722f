/**
 * The packaged lookup over HTTP, at rising load from a second process; and how soon it answers for its health meanwhile.
 */
import { setTimeout as delay } from 'node:timers/promises';

import {
  type Context,
  FRAMEWORK_HELLO,
  LOOKUP_PATH,
  NO_STORE,
  type Server,
  startPackage,
  startServer,
} from '../context';
import { interleaved, type Measurement, quantile, type Suite } from '../measure';
import { askForHealth, loadOn } from '../processes';

const CONNECTIONS = [1, 8, 32, 128];
const SECONDS = 3;
const IDLE = 'nothing but /health';

export async function httpLoad(context: Context): Promise<Suite> {
  const servers: Record<string, [server: Server, path: string, names: 'same' | 'distinct']> = {
    "framework's hello": [await startServer(FRAMEWORK_HELLO), '/', 'same'],
    hit: [
      await startPackage(context, 'lookupIngredient', { env: { MEMORY_CACHE_TTL_MS: '3600000' } }),
      LOOKUP_PATH,
      'same',
    ],
    miss: [await startPackage(context, 'lookupIngredient', { env: NO_STORE }), '', 'distinct'],
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
    const health = new Map<string, number[]>();
    const keep = (row: string, durations: readonly number[]): void => {
      health.set(row, [...(health.get(row) ?? []), ...durations]);
    };
    const rounds = Math.max(1, Math.round(context.runs / 5));
    const loads = CONNECTIONS.flatMap((connections) =>
      Object.entries(servers).map(([name, [{ url }, target, names]]): [string, () => Promise<Measurement>] => [
        `${name}, ${connections} at once`,
        async () => {
          const { healthMs, load } = await loaded(url, target, connections, names);
          keep(`${name}, ${connections} at once`, healthMs);
          return { connections, ...load };
        },
      ]),
    );
    // After the loads of its round: what has just started answers later.
    const idle = async (): Promise<Measurement> => {
      keep(IDLE, await idleHealth(servers['miss']![0].url));
      return {};
    };
    return {
      title: 'HTTP',
      how: `The packaged lookup on this machine's Node, asked by autocannon for ${SECONDS} s at a time, ${rounds} times, on one process a kind of answer. A hit is in memory; \`store\` is read from the Firestore emulator each time; a miss is a new name each time, labelled without a store. \`/health\` is asked by a third process, over a new connection every 10 ms of it; its p99 is of all that together, and the last row has that of a function that nobody else asks.`,
      columns: [
        { key: 'connections', title: 'at once' },
        { key: 'rps', title: 'requests a second' },
        { key: 'p50Ms', title: 'p50, ms' },
        { key: 'p99Ms', title: 'p99, ms' },
        { key: 'healthP99Ms', title: '/health p99, ms' },
      ],
      rows: (await interleaved({ ...Object.fromEntries(loads), [IDLE]: idle }, rounds)).map(({ name, values }) => ({
        name,
        values: { ...values, healthP99Ms: quantile(health.get(name)!, 0.99) },
      })),
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

async function idleHealth(url: string): Promise<readonly number[]> {
  const health = askForHealth(new URL(url).port);
  health.begin();
  await delay(SECONDS * 1000);
  health.end();
  return health.durations;
}

async function loaded(
  url: string,
  target: string,
  connections: number,
  names: 'same' | 'distinct',
): Promise<{ readonly load: Measurement; readonly healthMs: readonly number[] }> {
  const health = askForHealth(new URL(url).port);
  const load = await loadOn(`${url}${target}`, connections, names, { seconds: SECONDS }, () => {
    health.begin();
  }).finally(() => {
    health.end();
  });
  if (load['overloaded']! + load['failed']! > 0) {
    throw new Error(`${load['overloaded']!} answers were refused, and ${load['failed']!} failed.`);
  }
  return { load, healthMs: await health.durations };
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
