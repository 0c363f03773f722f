import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { Drain } from '../../../functions/shutdown';
import { Gate } from '../../support/fakes';
import { eventually } from '../../support/owned-process';

let server: http.Server;
let drain: Drain;
let url: string;
let gate: Gate;
let begun: number;

beforeEach(async () => {
  gate = new Gate();
  begun = 0;
  server = http.createServer((_request, response) => {
    begun += 1;
    void gate.opened.then(() => response.end('done'));
  });
  drain = new Drain(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Requests that the server has begun to work on. */
async function inFlight(count: number): Promise<Promise<Response>[]> {
  const requests = Array.from({ length: count }, () => fetch(url));
  await eventually('the requests', () => (begun === count ? true : undefined));
  return requests;
}

describe('Drain', () => {
  it('waits for what is in flight, and closes each connection with its answer', async () => {
    const requests = await inFlight(3);

    const drained = drain.drain(10_000);
    gate.open();

    const responses = await Promise.all(requests);
    expect(await drained).toEqual({ finished: 3, handedBack: 0 });
    expect(await Promise.all(responses.map((response) => response.text()))).toEqual(['done', 'done', 'done']);
    expect(responses.map(({ headers }) => headers.get('connection'))).toEqual(['close', 'close', 'close']);
  });

  it('hands back what is not done in time with 503 and a problem', async () => {
    const [request] = await inFlight(1);

    const drained = await drain.drain(20);

    const response = await request!;
    expect(drained).toEqual({ finished: 0, handedBack: 1 });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.json()).toMatchObject({ status: 503, code: 'SHUTTING_DOWN' });
  });

  it('lets what is written after that go nowhere: the answer is given, and nothing throws', async () => {
    server.removeAllListeners('request');
    const ended = new Promise<void>((resolve, reject) => {
      server.on('request', (_request, response) => {
        begun += 1;
        gate.opened
          .then(() => {
            // what Express does to answer with 204
            response.statusCode = 204;
            response.setHeader('Content-Type', 'text/plain');
            response.removeHeader('Content-Type');
            response.writeHead(204);
            response.write('done');
            response.end('done');
          })
          .then(resolve, reject);
      });
    });
    drain = new Drain(server);
    const [request] = await inFlight(1);

    await drain.drain(20);
    gate.open();

    await expect(ended).resolves.toBeUndefined();
    expect((await request!).status).toBe(503);
  });

  it('refuses what comes on a connection that was open already, and takes no new ones', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<http.IncomingMessage> =>
      new Promise((resolve, reject) => {
        http
          .get(url, { agent }, (response) => {
            resolve(response.resume());
          })
          .once('error', reject);
      });
    gate.open();
    await ask();
    // Idle connections are closed at once: this one still has a request on its way.
    server.closeIdleConnections = (): void => undefined;

    await drain.drain(1_000);
    const late = await ask();
    agent.destroy();

    expect([late.statusCode, late.headers.connection]).toEqual([503, 'close']);
    await expect(fetch(url)).rejects.toThrow();
    expect(begun).toBe(1);
  });

  it('ends at once where nothing is in flight', async () => {
    expect(await drain.drain(10_000)).toEqual({ finished: 0, handedBack: 0 });
  });
});
