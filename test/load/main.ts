/**
 * `npm run load -- [--seconds N] [--connections N] [--p99-ms N]`: the packaged lookup function at saturation, from this process, with
 * Firestore's emulator behind it. Every answer is checked. Prints the figures as a table and JSON, and ends with 1 where an answer was wrong,
 * where there was a 5xx that is no refused overload, where too many were refused, where memory grew, or where the slowest 1 % took too long.
 *
 * The memory cache is small, and full before the first figure: what grows then is a leak. The emulator that FIRESTORE_EMULATOR_HOST names is
 * used, or one is started.
 */
import http from 'node:http';
import { parseArgs } from 'node:util';

import { acquire, aProjectId } from '../support/emulators';
import { removePackage, startPackaged } from '../support/packaged';
import { type PlainReply, plainRequest } from '../support/plain-request';
import { rssOf } from '../support/rss';
import { KINDS, type Load, Mix } from './mix';
import { figuresOf, type Limits, memoryOf, problemsOf, type Run, type Tally } from './verdict';

const WARM_UP_S = 10;
const SAMPLE_MS = 500;
const MAX_WRONG = 20;
const CACHE_ENTRIES = 400;
const DEADLINE_MS = 1_000;
const MB = 1 << 20;
// Above what varies by itself: the heap by a tenth, and a p99 on a machine that does other things too.
const LIMITS: Omit<Limits, 'p99Ms'> = { refusedShare: 0.01, memoryGrowth: 0.15, p99Turns: 10, storeMs: DEADLINE_MS };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '600' },
      connections: { type: 'string', default: '64' },
      'p99-ms': { type: 'string' },
    },
  });
  const emulator = await acquire('firestore');
  if ('missing' in emulator) {
    process.stderr.write(`Error: the Firestore emulator is needed: ${emulator.missing}.\n`);
    return 1;
  }
  const server = await startPackaged('lookupIngredient', {
    env: {
      ...{ FIRESTORE_EMULATOR_HOST: emulator.host, GOOGLE_CLOUD_PROJECT: aProjectId('load') },
      ...{ RATE_LIMIT_PER_MINUTE: '0', LOG_LEVEL: 'ERROR', LOOKUP_CACHE_DEADLINE_MS: String(DEADLINE_MS) },
      MEMORY_CACHE_ENTRIES: String(CACHE_ENTRIES),
    },
  });
  try {
    const port = new URL(server.url).port;
    const run = await measure(port, server.process.pid, Number(values.seconds), Number(values.connections));
    const p99Ms = values['p99-ms'];
    return report(run, { ...LIMITS, p99Ms: p99Ms === undefined ? undefined : Number(p99Ms) });
  } finally {
    await server.process.stop();
    await emulator.release();
    await removePackage();
  }
}

async function measure(port: string, pid: number, seconds: number, connections: number): Promise<Run> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const ask = (load: Load): Promise<PlainReply> => plainRequest(port, load.target, { ...load, agent });
  const mix = new Mix();
  await mix.learn(ask);
  for (let asked = 0; asked < CACHE_ENTRIES; asked += 1) {
    await ask(mix.make('miss'));
  }
  await saturate(ask, mix, connections, WARM_UP_S, newTallies(), []);

  const tallies = newTallies();
  const wrong: string[] = [];
  const rssMb: number[] = [];
  const sampling = setInterval(() => rssMb.push(rssOf(pid) / MB), SAMPLE_MS);
  await saturate(ask, mix, connections, seconds, tallies, wrong);
  clearInterval(sampling);
  agent.destroy();
  return { seconds, connections, tallies, wrong, rssMb };
}

function newTallies(): Run['tallies'] {
  return new Map(KINDS.map((kind): [typeof kind, Tally] => [kind, { latenciesMs: [], refused: 0, faults: 0 }]));
}

/** Keeps every connection busy until the time is up. */
async function saturate(
  ask: (load: Load) => Promise<PlainReply>,
  mix: Mix,
  connections: number,
  seconds: number,
  tallies: Run['tallies'],
  wrong: string[],
): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  const connection = async (): Promise<void> => {
    while (performance.now() < until && wrong.length < MAX_WRONG) {
      const load = mix.next();
      const tally = tallies.get(load.kind)!;
      const began = performance.now();
      const reply = await ask(load).catch((error: unknown): PlainReply => ({
        status: 0,
        headers: {},
        body: String(error),
      }));
      tally.latenciesMs.push(performance.now() - began);
      if (isRefusal(reply)) {
        tally.refused += 1;
        continue;
      }
      tally.faults += reply.status === 0 || reply.status >= 500 ? 1 : 0;
      const problem = load.check(reply);
      if (problem !== undefined) {
        wrong.push(`${load.method} ${load.target}: ${problem}: ${reply.status} ${reply.body.slice(0, 300)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
}

/** The contract's answer to more than an instance can do. */
function isRefusal({ status, headers, body }: PlainReply): boolean {
  return (status === 429 || status === 503) && headers['retry-after'] !== undefined && body.includes('"OVERLOADED"');
}

function report(run: Run, limits: Limits): number {
  const { seconds, connections, wrong } = run;
  const kinds = figuresOf(run);
  const problems = problemsOf(run, limits);
  console.table(kinds);
  const figures = { seconds, connections, wrong: wrong.length, memory: memoryOf(run), kinds, problems };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  wrong.forEach((line) => process.stderr.write(`WRONG ${line}\n`));
  problems.forEach((line) => process.stderr.write(`FAILED ${line}\n`));
  return problems.length === 0 ? 0 : 1;
}

void main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
