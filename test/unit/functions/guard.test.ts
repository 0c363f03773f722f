import http from 'node:http';
import net, { type AddressInfo } from 'node:net';

import { guard, type GuardedRequest, guardServers, type Kind } from '../../../functions/guard';

interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

const servers: http.Server[] = [];

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    ),
  );
});

async function listen(server: http.Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A guarded server that tells what it was handed. */
async function start(kind: Kind) {
  const handed: GuardedRequest[] = [];
  const server = http.createServer((request: GuardedRequest, response) => {
    handed.push(request);
    response.end('handed on');
  });
  const port = await listen(guard(server, kind));
  return { handed, port, send: (path: string, sent: Sent = {}) => send(port, path, sent) };
}

/** fetch would clean the path up. */
async function send(port: number, path: string, { method = 'GET', headers = {}, body }: Sent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
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

/** Writes bytes as they are, and returns what came back until the server ended the connection. */
async function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.write(bytes);
    });
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on('end', () => {
      resolve(text);
    });
    socket.on('error', reject);
  });
}

const codeOf = ({ body }: Reply): unknown => (JSON.parse(body) as { code: unknown }).code;

describe('guard', () => {
  it("hands a request on with its body read, where the framework's parsers look for it", async () => {
    const { handed, send } = await start('http');

    const reply = await send('/v1/ingredients:batch', { method: 'POST', body: '{"names": ["crème"]}' });

    expect([reply.status, reply.body]).toEqual([200, 'handed on']);
    expect(handed[0]?._body).toBe(true);
    expect(handed[0]?.rawBody?.toString()).toBe('{"names": ["crème"]}');
    expect(handed[0]?.body).toBe(handed[0]?.rawBody);
  });

  it('hands a request without a body on with an empty one', async () => {
    const { handed, send } = await start('http');

    await send('/v1/ingredients?name=salt');

    expect(handed[0]?.rawBody).toHaveLength(0);
  });

  it.each(['/v1/ingredients/%E0%A4%A', '/v1/ingredients/%', '/v1/ingredients?name=%ff', '/v1/ingredients?name=50%'])(
    'has 400 for the path %s',
    async (path) => {
      const { handed, send } = await start('http');

      const reply = await send(path);

      expect([reply.status, codeOf(reply)]).toEqual([400, 'BAD_URL']);
      expect(reply.headers['content-type']).toBe('application/problem+json');
      expect(reply.headers['cache-control']).toBe('no-store');
      expect(handed).toEqual([]);
    },
  );

  it.each(['/favicon.ico', '/robots.txt', '/favicon.ico?v=2'])('has 404 for %s', async (path) => {
    const { send } = await start('http');

    const reply = await send(path);

    expect([reply.status, codeOf(reply)]).toEqual([404, 'NOT_FOUND']);
  });

  it.each(['gzip', 'deflate', 'foo'])('has 415 for a body in %s', async (encoding) => {
    const { send } = await start('http');

    const reply = await send('/v1/ingredients:batch', {
      method: 'POST',
      headers: { 'Content-Encoding': encoding },
      body: 'x',
    });

    expect([reply.status, codeOf(reply)]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('takes a body that says it is not encoded', async () => {
    const { send } = await start('http');

    const reply = await send('/', { method: 'POST', headers: { 'Content-Encoding': 'identity' }, body: 'x' });

    expect(reply.status).toBe(200);
  });

  describe('limits', () => {
    // 512 kB for a batch, 16 kB elsewhere
    it.each([
      ['/v1/ingredients:batch', 512_000],
      ['/v1/ingredients:batch?x=1', 512_000],
      ['/v1/ingredients', 16_000],
    ])('takes a body for %s of just %d bytes', async (path, bytes) => {
      const { handed, send } = await start('http');

      const reply = await send(path, { method: 'POST', body: Buffer.alloc(bytes, 'a') });

      expect(reply.status).toBe(200);
      expect(handed[0]?.rawBody).toHaveLength(bytes);
    });

    it.each([
      ['/v1/ingredients:batch', 512_001],
      ['/v1/ingredients', 16_001],
    ])('refuses a body for %s whose Content-Length is %d before it comes', async (path, bytes) => {
      const { handed, port } = await start('http');

      const reply = await sendRaw(port, `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes}\r\n\r\n`);

      expect(reply).toMatch(/^HTTP\/1\.1 413 /);
      expect(reply).toMatch(/^connection: close\r$/im);
      expect(reply).toContain('"code":"BODY_TOO_LARGE"');
      expect(handed).toEqual([]);
    });

    it('refuses a chunked body at the first byte beyond, though it never ends', async () => {
      const { handed, port } = await start('http');
      // 0x3e81 is 16,001; the chunk that would end the body does not come
      const chunk = `3e81\r\n${'a'.repeat(16_001)}\r\n`;

      const reply = await sendRaw(port, `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`);

      expect(reply).toMatch(/^HTTP\/1\.1 413 /);
      expect(reply).toContain('"code":"BODY_TOO_LARGE"');
      expect(handed).toEqual([]);
    });

    it('takes a chunked body within the limit', async () => {
      const { handed, send } = await start('http');

      await send('/', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' }, body: 'a'.repeat(16_000) });

      expect(handed[0]?.rawBody).toHaveLength(16_000);
    });

    it('forgets a client that is gone before its body is whole', async () => {
      const { handed, port, send } = await start('http');
      const socket = net.connect(port, '127.0.0.1');
      await new Promise<void>((resolve) => {
        socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc', () => {
          resolve();
        });
      });
      socket.destroy();

      const reply = await send('/');

      expect(reply.status).toBe(200);
      expect(handed).toHaveLength(1);
    });
  });

  describe('of an event function', () => {
    it.each([
      'application/json',
      'application/json; charset=utf-8',
      'application/cloudevents+json',
      'application/JSON',
    ])('hands JSON of the type %s on as a value, with its bytes', async (type) => {
      const { handed, send } = await start('event');

      await send('/', { method: 'POST', headers: { 'Content-Type': type }, body: '{"message": {"data": "é"}}' });

      expect(handed[0]?.body).toEqual({ message: { data: 'é' } });
      expect(handed[0]?.rawBody?.toString()).toBe('{"message": {"data": "é"}}');
    });

    it.each(['', '{"message": ', 'salt'])('has 400 for the JSON %p', async (body) => {
      const { handed, send } = await start('event');

      const reply = await send('/', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });

      expect([reply.status, codeOf(reply)]).toEqual([400, 'BAD_JSON']);
      expect(handed).toEqual([]);
    });

    it('has 400 for JSON that is not UTF-8', async () => {
      const { send } = await start('event');

      const reply = await send('/', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: Buffer.from([0x22, 0xff, 0x22]),
      });

      expect(codeOf(reply)).toBe('BAD_JSON');
    });

    it('leaves data of another type as bytes', async () => {
      const { handed, send } = await start('event');

      await send('/', { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{"a": 1}' });

      expect(handed[0]?.body).toEqual(Buffer.from('{"a": 1}'));
    });

    it('has 405 for GET', async () => {
      const { send } = await start('event');

      const reply = await send('/');

      expect([reply.status, reply.headers.allow, codeOf(reply)]).toEqual([405, 'POST', 'METHOD_NOT_ALLOWED']);
    });

    it('takes a message of a megabyte', async () => {
      const { handed, send } = await start('event');
      const body = JSON.stringify({ message: { data: 'a'.repeat(1_000_000) } });

      const reply = await send('/', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });

      expect(reply.status).toBe(200);
      expect(handed[0]?.rawBody).toHaveLength(body.length);
    });
  });
});

describe('guardServers', () => {
  const original = http.createServer;

  afterEach(() => {
    http.createServer = original;
  });

  it('guards every server that is made after it', async () => {
    guardServers('http');
    const port = await listen(http.createServer((_request, response) => response.end('handed on')));

    const replies = [await send(port, '/%', {}), await send(port, '/', {})];

    expect(replies.map(({ status }) => status)).toEqual([400, 200]);
  });
});
