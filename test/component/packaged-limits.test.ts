/**
 * The limits of the packaged functions, over raw sockets: what is too large or malformed is answered as a problem before any parser of the
 * framework, and costs no memory.
 */
import net from 'node:net';

import type { FunctionTarget } from '../../shared/platform/config';
import { type PackagedFunction, startPackaged } from '../support/packaged';
import { sendRaw } from '../support/raw';
import { rssOf } from '../support/rss';

const TARGETS = ['lookupIngredient', 'classifyIngredient'] as const satisfies readonly FunctionTarget[];
const HUNDRED_MB = 100_000_000;
const CHUNK = Buffer.alloc(0x10000, ' ');
const MAX_GROWTH_BYTES = 5_000_000;
const PATHS = { lookupIngredient: '/v1/ingredients:batch', classifyIngredient: '/' } as const;

jest.setTimeout(120_000);

/** Sends a chunked body as fast as it is taken; resolves to what came back when the connection has ended. */
async function sendEndless(port: string, path: string, watch: () => void): Promise<string> {
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
  return new Promise((resolve) => {
    let reply = '';
    let sent = 0;
    const socket = net.connect(Number(port), '127.0.0.1', () => {
      socket.write(head);
      send();
    });
    const send = (): void => {
      watch();
      while (sent < HUNDRED_MB && !socket.destroyed) {
        sent += CHUNK.length;
        socket.write(`${CHUNK.length.toString(16)}\r\n`);
        socket.write(CHUNK);
        if (!socket.write('\r\n')) {
          socket.once('drain', send);
          return;
        }
      }
    };
    socket.on('data', (chunk: Buffer) => (reply += chunk.toString()));
    // The server takes no more: to a client that goes on sending this is a reset.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      watch();
      resolve(reply);
    });
  });
}

describe.each(TARGETS)('the packaged %s', (target) => {
  let packaged: PackagedFunction;
  let port: string;

  beforeAll(async () => {
    packaged = await startPackaged(target);
    port = new URL(packaged.url).port;
  });

  afterAll(() => packaged.process.stop());

  it('refuses a chunked body of 100 MB, and grows by less than 5 MB', async () => {
    const path = PATHS[target];
    // What a first request makes the process load and compile is no part of the body.
    for (let i = 0; i < 20; i += 1) {
      await sendRaw(port, `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n`);
      await sendEndlessOnce(path);
    }
    const before = rssOf(packaged.process.pid);
    let most = before;

    const reply = await sendEndless(port, path, () => {
      most = Math.max(most, rssOf(packaged.process.pid));
    });

    expect(reply).toMatch(/^HTTP\/1\.1 413 /);
    expect(reply).toContain('"code":"BODY_TOO_LARGE"');
    expect(most - before).toBeLessThan(MAX_GROWTH_BYTES);
  });

  it.each([
    ['no request', 'salt\r\n\r\n', 400, 'BAD_REQUEST'],
    ['no host', 'POST / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'BAD_REQUEST'],
    ['another expectation', 'POST / HTTP/1.1\r\nHost: a\r\nExpect: salt\r\n\r\n', 417, 'EXPECTATION_FAILED'],
    ['headers of 20 kB', `POST / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'BAD_REQUEST'],
    ['a path that is not UTF-8', 'POST /%E0%A4%A HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400, 'BAD_URL'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'BAD_REQUEST',
    ],
    ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'METHOD_NOT_ALLOWED'],
  ])('answers %s with a problem, without a stack or a version', async (_what, bytes, status, code) => {
    const reply = await sendRaw(port, bytes);
    const [head, body = ''] = reply.split('\r\n\r\n', 2) as [string, string?];

    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/^content-type: application\/problem\+json\r?$/im);
    expect(JSON.parse(body)).toMatchObject({ status, code });
    expect(reply).not.toMatch(/node_modules|\.[cm]?js|x-powered-by|^server:/im);
  });

  /** As the request that is measured, cut after a megabyte or three. */
  async function sendEndlessOnce(path: string): Promise<void> {
    const bytes = target === 'classifyIngredient' ? 3_000_000 : 600_000;
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
    await sendRaw(
      port,
      Buffer.concat([Buffer.from(`${head}${bytes.toString(16)}\r\n`), Buffer.alloc(bytes, ' ')]),
    ).catch(() => undefined);
  }
});

describe('a request that does not come to its end', () => {
  const functions: PackagedFunction[] = [];

  beforeAll(async () => {
    functions.push(...(await Promise.all(TARGETS.map((target) => startPackaged(target)))));
  });

  afterAll(() => Promise.all(functions.map((running) => running.process.stop())));

  // All at once: each waits for the limit of the server that it came to.
  it('has 408 with a problem, in its head and in its body, from both functions', async () => {
    const halves = [
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: appl',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"message"',
    ];
    const ports = functions.map(({ url }) => new URL(url).port);

    const replies = await Promise.all(ports.flatMap((port) => halves.map((half) => sendRaw(port, half))));

    expect(replies).toHaveLength(4);
    for (const reply of replies) {
      const [head, body = ''] = reply.split('\r\n\r\n', 2) as [string, string?];
      expect(head).toMatch(/^HTTP\/1\.1 408 /);
      expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'BAD_REQUEST' });
    }
  });
});
