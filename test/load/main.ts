/**
 * `npm run load -- [--seconds N] [--connections N]`: the packaged lookup function at saturation, from this process, with Firestore's emulator
 * behind it. Every answer is checked. Prints the figures as a table and JSON, and ends with 1 where an answer was wrong.
 *
 * The emulator must be running: FIRESTORE_EMULATOR_HOST names it.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';

import { aProjectId } from '../support/emulators';
import { removePackage, startPackaged } from '../support/packaged';
import { type Kind, KINDS, type Load, Mix } from './mix';

interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface Tally {
  readonly latenciesMs: number[];
  readonly statuses: Map<number, number>;
}

const WARM_UP_S = 5;
const SAMPLE_MS = 1_000;
const MAX_WRONG = 20;
// The contract's answers to more than an instance can do.
const REFUSALS = [429, 503];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '600' }, connections: { type: 'string', default: '64' } },
  });
  const emulator = process.env['FIRESTORE_EMULATOR_HOST'];
  if (emulator === undefined) {
    process.stderr.write('Error: start the Firestore emulator and name it in FIRESTORE_EMULATOR_HOST.\n');
    return 1;
  }
  const server = await startPackaged('lookupIngredient', {
    env: {
      ...{ FIRESTORE_EMULATOR_HOST: emulator, GOOGLE_CLOUD_PROJECT: aProjectId('load') },
      ...{ RATE_LIMIT_PER_MINUTE: '0', LOG_LEVEL: 'ERROR', LOOKUP_CACHE_DEADLINE_MS: '1000' },
    },
  });
  try {
    return await run(server.url, server.process.pid, Number(values.seconds), Number(values.connections));
  } finally {
    await server.process.stop();
    await removePackage();
  }
}

async function run(url: string, pid: number, seconds: number, connections: number): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const mix = new Mix();
  await mix.learn((load) => send(url, agent, load));
  await saturate(url, agent, mix, connections, WARM_UP_S, new Map(), []);

  const tallies = new Map<Kind, Tally>(KINDS.map((kind) => [kind, { latenciesMs: [], statuses: new Map() }]));
  const wrong: string[] = [];
  const rssMb: number[] = [];
  const sampling = setInterval(() => rssMb.push(rssOf(pid)), SAMPLE_MS);
  await saturate(url, agent, mix, connections, seconds, tallies, wrong);
  clearInterval(sampling);
  agent.destroy();

  report(tallies, wrong, rssMb, seconds, connections);
  return wrong.length === 0 ? 0 : 1;
}

/** Keeps every connection busy until the time is up. */
async function saturate(
  url: string,
  agent: http.Agent,
  mix: Mix,
  connections: number,
  seconds: number,
  tallies: ReadonlyMap<Kind, Tally>,
  wrong: string[],
): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  const connection = async (): Promise<void> => {
    while (performance.now() < until && wrong.length < MAX_WRONG) {
      const load = mix.next();
      const began = performance.now();
      const reply = await send(url, agent, load).catch((error: unknown): Reply => ({
        status: 0,
        headers: {},
        body: String(error),
      }));
      const tally = tallies.get(load.kind);
      tally?.latenciesMs.push(performance.now() - began);
      tally?.statuses.set(reply.status, (tally.statuses.get(reply.status) ?? 0) + 1);
      const isRefused = REFUSALS.includes(reply.status) && reply.headers['retry-after'] !== undefined;
      const problem = isRefused ? undefined : load.check(reply);
      if (problem !== undefined) {
        wrong.push(`${load.method} ${load.target}: ${problem}: ${reply.status} ${reply.body.slice(0, 300)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
}

async function send(url: string, agent: http.Agent, { method, target, headers, body }: Load): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}${target}`, { method, headers: { ...headers }, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

function rssOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}

function report(
  tallies: ReadonlyMap<Kind, Tally>,
  wrong: readonly string[],
  rssMb: readonly number[],
  seconds: number,
  connections: number,
): void {
  const kinds = [...tallies].map(([kind, { latenciesMs, statuses }]) => {
    const sorted = Float64Array.from(latenciesMs).sort();
    const at = (share: number): number => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1));
    const refused = REFUSALS.reduce((sum, status) => sum + (statuses.get(status) ?? 0), 0);
    const faults =
      [...statuses].filter(([status]) => status === 0 || status >= 500).length - (statuses.has(503) ? 1 : 0);
    return {
      ...{ kind, requests: sorted.length, perSecond: Math.round(sorted.length / seconds), refused, faults },
      ...{ p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) },
    };
  });
  const quarter = Math.max(1, Math.floor(rssMb.length / 4));
  const mean = (values: readonly number[]): number =>
    Math.round(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length));
  const memory = {
    firstQuarterMb: mean(rssMb.slice(0, quarter)),
    lastQuarterMb: mean(rssMb.slice(-quarter)),
    mostMb: Math.max(...rssMb),
  };
  console.table(kinds);
  process.stdout.write(`${JSON.stringify({ seconds, connections, wrong: wrong.length, memory, kinds })}\n`);
  wrong.forEach((line) => process.stderr.write(`WRONG ${line}\n`));
}

void main().then((status) => {
  process.exitCode = status;
});
