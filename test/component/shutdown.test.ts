/**
 * SIGTERM to a whole function under load, in a process of its own: what the platform does to an instance that it no longer needs.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { functionProcess, type FunctionProcess } from '../support/function-process';
import { eventually, freePort } from '../support/owned-process';

const LIMIT_MS = 8_000;
const CLIENTS = 16;

let silent: Server;
const sockets: Socket[] = [];
const running: FunctionProcess[] = [];

beforeAll(async () => {
  // A Firestore that takes connections and never answers.
  silent = createServer((socket) => sockets.push(socket.on('error', () => socket.destroy())));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await Promise.all(running.map(({ process }) => process.stop()));
  sockets.forEach((socket) => socket.destroy());
  silent.close();
});

async function start(target: 'lookupIngredient' | 'classifyIngredient', host: string): Promise<FunctionProcess> {
  const settings = { FIRESTORE_EMULATOR_HOST: host, GOOGLE_CLOUD_PROJECT: 'shutdown', LOG_LEVEL: 'DEBUG' };
  const started = await functionProcess(target, settings);
  running.push(started);
  return started;
}

interface Exit {
  readonly status: number | NodeJS.Signals | null;
  readonly afterMs: number;
}

async function terminate({ process }: FunctionProcess): Promise<Exit> {
  const began = performance.now();
  process.kill('SIGTERM');
  const status = await process.ended;
  return { status, afterMs: performance.now() - began };
}

/** Asks again and again until nothing listens any more; each answer as its status, a connection that broke as `broken`. */
async function askUntilGone(url: string, seen: (number | 'broken')[]): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(`${url}/v1/ingredients/${encodeURIComponent(`salt ${Math.random()}`)}`);
      await response.arrayBuffer();
      seen.push(response.status);
    } catch (error) {
      const { code } = (error as { cause: NodeJS.ErrnoException }).cause;
      if (code === 'ECONNREFUSED') {
        return;
      }
      seen.push('broken');
    }
  }
}

describe('lookupIngredient at SIGTERM', () => {
  it('answers all that it took, takes nothing more, and ends with 0', async () => {
    const lookup = await start('lookupIngredient', `127.0.0.1:${await freePort()}`);
    await eventually('the model', async () => ((await fetch(`${lookup.url}/health`)).ok ? true : undefined));
    const seen: (number | 'broken')[] = [];
    const clients = Array.from({ length: CLIENTS }, () => askUntilGone(lookup.url, seen));
    await eventually('a load', () => (seen.length > 2 * CLIENTS ? true : undefined));

    const exit = await terminate(lookup);
    await Promise.all(clients);

    expect(exit.status).toBe(0);
    expect(exit.afterMs).toBeLessThan(LIMIT_MS);
    // 503 and a broken connection are for requests that came after the signal: both say that nothing was done.
    expect(seen.filter((status) => ![200, 503, 'broken'].includes(status))).toEqual([]);
    const line = lookup.process.log.find(({ message }) => message === 'shutdown');
    expect(line).toMatchObject({ signal: 'SIGTERM', handedBack: 0 });
    expect(line!['finished']).toBeGreaterThan(0);
  });
});

describe('classifyIngredient at SIGTERM', () => {
  it('hands events back that wait for a Firestore that is silent, and ends with 0 within 8 s', async () => {
    const classify = await start('classifyIngredient', `127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const events = Array.from({ length: CLIENTS }, (_, index) => classify.push({ name: `salt ${index}` }));
    const taken = (): number => classify.process.log.filter(({ message }) => message === 'event data').length;
    await eventually('the events', () => (taken() === CLIENTS && sockets.length > 0 ? true : undefined));

    const exit = await terminate(classify);

    const responses = await Promise.all(events);
    const bodies = (await Promise.all(responses.map((response) => response.json()))) as { code: string }[];
    expect(exit.status).toBe(0);
    expect(exit.afterMs).toBeLessThan(LIMIT_MS);
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([503]));
    expect(new Set(bodies.map(({ code }) => code))).toEqual(new Set(['SHUTTING_DOWN']));
    expect(classify.process.log).toContainEqual(expect.objectContaining({ message: 'shutdown', handedBack: CLIENTS }));
  });
});
