/**
 * SIGTERM to a whole function under load, in a process of its own: what the platform does to an instance that it no longer needs.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { FileStore } from '../../local/file-store';
import { parseName } from '../../shared/ingredient/name';
import { buildTarget } from '../support/built-target';
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

type Seen = number | 'broken';

/** Sends one request after the other until nothing listens any more; each answer by the id of its request, `broken` where none came. */
async function sendUntilGone(send: (id: string) => Promise<Response>, seen: Map<string, Seen>): Promise<void> {
  for (;;) {
    const id = randomBytes(16).toString('hex');
    try {
      const response = await send(id);
      await response.arrayBuffer();
      seen.set(id, response.status);
    } catch (error) {
      const { code } = (error as { cause: NodeJS.ErrnoException }).cause;
      if (code === 'ECONNREFUSED') {
        return;
      }
      seen.set(id, 'broken');
    }
  }
}

/** Sends from many clients, ends the function under that load, and waits until all clients have seen it. */
async function terminateUnderLoad(running: FunctionProcess, send: (id: string) => Promise<Response>) {
  const seen = new Map<string, Seen>();
  const clients = Array.from({ length: CLIENTS }, () => sendUntilGone(send, seen));
  await eventually('a load', () => (seen.size > 2 * CLIENTS ? true : undefined));
  const exit = await terminate(running);
  await Promise.all(clients);
  return { exit, seen };
}

const withStatus = (seen: ReadonlyMap<string, Seen>, wanted: Seen): string[] =>
  [...seen].filter(([, status]) => status === wanted).map(([id]) => id);

describe('lookupIngredient at SIGTERM', () => {
  it('answers all that it took, takes nothing more, and ends with 0', async () => {
    const lookup = await start('lookupIngredient', `127.0.0.1:${await freePort()}`);
    await eventually('the model', async () => ((await fetch(`${lookup.url}/health`)).ok ? true : undefined));

    // Names so long that the function is slower than its clients: some wait for their answers at any time, and so at the signal.
    const { exit, seen } = await terminateUnderLoad(lookup, (id) =>
      fetch(`${lookup.url}/v1/ingredients/salt%20${id.repeat(3)}`, {
        headers: { traceparent: `00-${id}-b7ad6b7169203331-01` },
      }),
    );

    expect(exit.status).toBe(0);
    expect(exit.afterMs).toBeLessThan(LIMIT_MS);
    // 503 and a broken connection are for requests that came after the signal: both say that nothing was done.
    expect([...seen.values()].filter((status) => ![200, 503, 'broken'].includes(status))).toEqual([]);
    // What it worked at has its line, and reached its client whole.
    const worked = lookup.process.log.filter(
      ({ message, route }) => message === 'request' && route === '/v1/ingredients/{name}',
    );
    const traces = worked.map((line) => String(line['logging.googleapis.com/trace']).split('/').at(-1)!);
    expect(traces.sort()).toEqual(withStatus(seen, 200).sort());
    const line = lookup.process.log.find(({ message }) => message === 'shutdown');
    expect(line).toMatchObject({ signal: 'SIGTERM', handedBack: 0 });
    expect(line!['finished']).toBeGreaterThan(0);
  });
});

describe('classifyIngredient with a slow store at SIGTERM', () => {
  let source: string;
  let folder: string;

  beforeAll(async () => {
    source = await buildTarget('test/support/file-store-target.ts');
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'shutdown-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  afterAll(() => rm(source, { recursive: true }));

  async function startSlow(settings: Record<string, string>): Promise<FunctionProcess> {
    const environment = { STORE_FOLDER: folder, GOOGLE_CLOUD_PROJECT: 'shutdown', LOG_LEVEL: 'DEBUG', ...settings };
    const started = await functionProcess('classifyIngredient', environment, source);
    running.push(started);
    return started;
  }

  it('keeps what it acknowledges, and hands back all else', async () => {
    const classify = await startSlow({ SAVE_MS: '50' });

    const { exit, seen } = await terminateUnderLoad(classify, (id) => classify.push({ name: `salt ${id}` }, id));

    const store = await FileStore.open(folder);
    const acknowledged = withStatus(seen, 204).map((id) => parseName(`salt ${id}`).key);
    const kept = await store.get(acknowledged);
    await store.close();
    expect(exit.status).toBe(0);
    expect([...seen.values()].filter((status) => ![204, 503, 'broken'].includes(status))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(CLIENTS);
    expect([...kept.keys()].sort()).toEqual(acknowledged.sort());
    expect(classify.process.log.find(({ message }) => message === 'shutdown')).toMatchObject({ handedBack: 0 });
  });

  it('ends with 0 and all its lines where an event comes to its end after it was handed back', async () => {
    // The store answers 0.3 s after the events were handed back, while it is closed already.
    const classify = await startSlow({ SAVE_AFTER_SIGNAL_MS: '6300', CLOSE_MS: '900' });
    const events = ['1', '2'].map((id) => classify.push({ name: `salt ${id}` }, id));
    const taken = (): number => classify.process.log.filter(({ message }) => message === 'event data').length;
    await eventually('the events', () => (taken() === events.length ? true : undefined));
    await eventually('the model', () =>
      classify.process.log.some(({ message }) => message === 'cold start') ? true : undefined,
    );

    const exit = await terminate(classify);

    const responses = await Promise.all(events);
    const store = await FileStore.open(folder);
    const kept = await store.get(['salt 1', 'salt 2'].map((name) => parseName(name).key));
    await store.close();
    expect(exit.status).toBe(0);
    expect(responses.map(({ status }) => status)).toEqual([503, 503]);
    expect(classify.process.output).not.toMatch(/exception|rejection/i);
    // They have come to their end, and it is the answer that the log tells of: once.
    expect(kept.size).toBe(2);
    const lines = classify.process.log.filter(({ message }) => message === 'event');
    expect(lines.map(({ messageId, outcome, code }) => [messageId, outcome, code]).sort()).toEqual([
      ['1', 'failed', 'SHUTTING_DOWN'],
      ['2', 'failed', 'SHUTTING_DOWN'],
    ]);
    expect(classify.process.log).toContainEqual(expect.objectContaining({ message: 'shutdown', handedBack: 2 }));
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
