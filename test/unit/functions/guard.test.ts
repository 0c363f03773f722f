import http from 'node:http';
import net, { type AddressInfo } from 'node:net';

import { guard, type GuardedRequest, guardServers, type Kind } from '../../../functions/guard';
import { type PlainReply, plainRequest, type PlainRequest } from '../../support/plain-request';
import { sendRaw } from '../../support/raw';

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
  return { handed, port, send: (path: string, sent: PlainRequest = {}) => plainRequest(port, path, sent) };
}

const codeOf = ({ body }: PlainReply): unknown => (JSON.parse(body) as { code: unknown }).code;

describe('guard', () => {
  it("hands a request on with its body read, where the framework's parsers look for it", async () => {
    const { handed, send } = await start('http');

    const reply = await send('/v1/ingredients:batch', { method: 'POST', body: '{"names": ["crème"]}' });

    expect([reply.status, reply.body]).toEqual([200, 'handed on']);
    expect(handed[0]?._body).toBe(true);
    expect(handed[0]?.rawBody?.toString()).toBe('{"names": ["crème"]}');
    expect(handed[0]?.body).toBe(handed[0]?.rawBody);
  });

  it('gives what it admits to a function in the place of the framework, and refuses the rest itself', async () => {
    const asked: string[] = [];
    const framework = http.createServer((_request, response) => response.end('the framework'));
    const port = await listen(
      guard(framework, 'http', {
        answer: (request, response) => {
          asked.push(`${request.url} ${request.rawBody?.toString()}`);
          response.end('the function');
        },
      }),
    );

    const replies = [
      await plainRequest(port, '/a'),
      await plainRequest(port, '/b', { method: 'POST', body: 'text' }),
      await plainRequest(port, '/%'),
    ];

    expect(asked).toEqual(['/a ', '/b text']);
    expect(replies.map(({ body }) => body.slice(0, 12))).toEqual(['the function', 'the function', '{"title":"Th']);
    expect(replies[2]?.headers['x-content-type-options']).toBe('nosniff');
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

  it.each([
    ['Content-Length: 5\r\n\r\nhello', 'close'],
    ['Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 'close'],
    ['Content-Length: 0\r\n\r\n', undefined],
    ['\r\n', undefined],
  ])('ends the connection of what it refuses only where a body is left unread: %j', async (rest, expected) => {
    const { port } = await start('http');
    // the second request ends the connection that the first one may leave open
    const text = await sendRaw(
      port,
      `POST /% HTTP/1.1\r\nHost: x\r\n${rest}GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );

    const [first, second] = text.split(/(?=HTTP\/1\.1 )/);
    expect(first).toMatch(/^HTTP\/1\.1 400 /);
    expect(/^connection: (close)\r$/im.exec(first!)?.[1]).toBe(expected);
    expect(second?.slice(0, 12)).toBe(expected === undefined ? 'HTTP/1.1 200' : undefined);
  });

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

  describe('what Node cannot read as a request', () => {
    /** Status line, headers, body. */
    function parse(text: string): { status: string; head: string; problem: Record<string, unknown> } {
      const [head, body] = text.split('\r\n\r\n', 2) as [string, string];
      expect(head).toMatch(/^content-type: application\/problem\+json\r?$/im);
      expect(head).toMatch(/^connection: close\r?$/im);
      expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
      return { status: head.slice(0, head.indexOf('\r')), head, problem: JSON.parse(body) as Record<string, unknown> };
    }

    it.each(['http', 'event'] as const)('is a problem for the %s function too', async (kind) => {
      const { port, handed } = await start(kind);

      const { status, problem } = parse(await sendRaw(port, 'salt\r\n\r\n'));

      expect(status).toBe('HTTP/1.1 400 Bad Request');
      expect(problem).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
      expect(handed).toEqual([]);
    });

    it.each(['crème', 'cr\u0001me'])('has 400 for raw bytes in the path: %j', async (name) => {
      const { port } = await start('http');

      const reply = await sendRaw(port, `GET /v1/ingredients/${name} HTTP/1.1\r\nHost: x\r\n\r\n`);

      expect(parse(reply).problem).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    });

    it.each([20_000, 1_000_000])('has 431 for a URL of %d bytes', async (bytes) => {
      const { port } = await start('http');

      const reply = await sendRaw(port, `GET /${'a'.repeat(bytes)} HTTP/1.1\r\nHost: x\r\n\r\n`);

      const { status, problem } = parse(reply);
      expect(status).toBe('HTTP/1.1 431 Request Header Fields Too Large');
      expect(problem).toMatchObject({ status: 431, code: 'BAD_REQUEST' });
      expect(problem['detail']).toContain('larger than 16384 bytes');
    });

    it('has 408 for a request that does not come to its end', async () => {
      const server = http.createServer({ headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 20 });
      const port = await listen(guard(server, 'http'));

      const { status, problem } = parse(await sendRaw(port, 'GET / HTTP/1.1\r\nHost:'));

      expect(status).toBe('HTTP/1.1 408 Request Timeout');
      expect(problem).toMatchObject({ status: 408, code: 'BAD_REQUEST' });
    });

    it('has 400 for a body whose chunks are malformed, and hands nothing on', async () => {
      const { port, handed } = await start('http');

      const reply = await sendRaw(port, 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nsalt\r\n');

      expect(parse(reply).problem).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
      expect(handed).toEqual([]);
    });

    it('comes after the answers to the requests before it', async () => {
      const { port } = await start('http');
      const socket = net.connect(port, '127.0.0.1');
      const text = await new Promise<string>((resolve, reject) => {
        let received = '';
        socket.on('data', (chunk: Buffer) => {
          received += chunk.toString();
          if (received.endsWith('handed on')) {
            socket.write('salt\r\n\r\n');
          }
        });
        socket.on('end', () => {
          resolve(received);
        });
        socket.on('error', reject);
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      });

      expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200']);
      expect(text).toContain('handed onHTTP/1.1 400 Bad Request\r\n');
    });
  });

  describe('a fault of ours', () => {
    const fault = new TypeError('x is not a function');

    it('costs one request: the answer is a problem, and the next is handed on', async () => {
      const logged = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
      const server = http.createServer((request, response) => {
        if (request.url === '/fault') {
          throw fault;
        }
        response.end('handed on');
      });
      const port = await listen(guard(server, 'http'));

      const replies = [await plainRequest(port, '/fault'), await plainRequest(port, '/')];

      const text = logged.mock.calls.map(([line]) => String(line)).join('');
      logged.mockRestore();
      expect(replies.map(({ status }) => status)).toEqual([500, 200]);
      expect(codeOf(replies[0]!)).toBe('INTERNAL');
      expect(text).toContain('x is not a function');
    });

    it('ends the connection of an answer that has begun', async () => {
      const logged = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
      const server = http.createServer((_request, response) => {
        response.writeHead(200, { 'Content-Length': 100 }).write('half');
        throw fault;
      });
      const port = await listen(guard(server, 'http'));

      await expect(plainRequest(port, '/')).rejects.toThrow();

      logged.mockRestore();
    });
  });

  describe('what the framework answers by itself', () => {
    it.each([
      ['HTML with a stack trace', 500, 'text/html; charset=utf-8', 500, 'INTERNAL'],
      ['what was thrown', 503, 'text/html', 503, 'INTERNAL'],
      ['HTML for a request', 404, 'text/html', 404, 'NOT_FOUND'],
      ['HTML for another request', 418, 'text/html', 418, 'BAD_REQUEST'],
    ])('is a problem in the place of %s', async (_what, status, type, expected, code) => {
      const text = 'TypeError\n    at file.js:1:1';
      const server = http.createServer((_request, response) => {
        response.statusCode = status;
        response.setHeader('Content-Type', type);
        response.setHeader('Content-Length', text.length);
        response.end(text);
      });
      const port = await listen(guard(server, 'http'));

      const reply = await plainRequest(port, '/');

      expect([reply.status, codeOf(reply)]).toEqual([expected, code]);
      expect(JSON.parse(reply.body)).toMatchObject({ status: expected });
      expect(reply.headers['content-type']).toBe('application/problem+json');
      expect(reply.body).not.toContain('file.js');
    });

    it('stays as it is where it is no error, or a problem already', async () => {
      const server = http.createServer((request, response) => {
        const isProblem = request.url === '/problem';
        response.statusCode = isProblem ? 429 : 200;
        response.setHeader('Content-Type', isProblem ? 'application/problem+json' : 'text/html');
        response.end(isProblem ? '{"code":"OVERLOADED"}' : '<p>salt</p>');
      });
      const port = await listen(guard(server, 'http'));

      const replies = [await plainRequest(port, '/'), await plainRequest(port, '/problem')];

      expect(replies.map(({ status, body }) => [status, body])).toEqual([
        [200, '<p>salt</p>'],
        [429, '{"code":"OVERLOADED"}'],
      ]);
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

      await send('/', { method: 'POST', headers: { 'Content-Type': type }, body: '{"data": {"name": "é"}}' });

      expect(handed[0]?.body).toEqual({ data: { name: 'é' } });
      expect(handed[0]?.rawBody?.toString()).toBe('{"data": {"name": "é"}}');
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

    it.each(['null', '5', '[]', '"salt"', 'true'])('has 400 for JSON that is no object: %s', async (body) => {
      const { handed, send } = await start('event');

      const reply = await send('/', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });

      expect([reply.status, codeOf(reply)]).toEqual([400, 'BAD_REQUEST']);
      expect(handed).toEqual([]);
    });

    it.each<[string, Record<string, string>, string]>([
      ['text of no type', {}, 'salt'],
      ['text of another type', { 'Content-Type': 'text/plain' }, 'salt'],
      [
        'JSON of another type from a page of the web',
        { 'Content-Type': 'text/plain', Origin: 'https://a.example' },
        '{}',
      ],
    ])('has 415 for %s', async (_what, headers, body) => {
      const { handed, send } = await start('event');

      const reply = await send('/', { method: 'POST', headers, body });

      expect([reply.status, codeOf(reply)]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
      expect(handed).toEqual([]);
    });

    it.each<[string, Record<string, string>]>([
      ['no type', {}],
      ['another type', { 'Content-Type': 'text/plain' }],
    ])('takes a JSON object of %s, as an unwrapped push may have it', async (_what, headers) => {
      const { handed, send } = await start('event');

      await send('/', { method: 'POST', headers, body: '{"name": "salt"}' });

      expect(handed[0]?.body).toEqual({ name: 'salt' });
    });

    it('makes a CloudEvent of a wrapped push, and of an unwrapped one whatever its bytes are', async () => {
      const { handed, send } = await start('event');
      const path = '/projects/p/topics/t';
      const message = { data: 'c2FsdA==', messageId: '7' };

      await send(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ message, deliveryAttempt: 3 }),
      });
      await send(path, { method: 'POST', headers: { 'X-Goog-PubSub-Message-Id': '7' }, body: 'salt' });

      expect(handed.map(({ body }) => body)).toEqual([
        expect.objectContaining({
          id: '7',
          source: '//pubsub.googleapis.com/projects/p/topics/t',
          data: { message, deliveryAttempt: 3 },
        }),
        expect.objectContaining({ id: '7', data: { message: { ...message, attributes: {} } } }),
      ]);
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
    const prepared: http.Server[] = [];
    guardServers('http', (server) => prepared.push(server));
    const made = http.createServer((_request, response) => response.end('handed on'));
    const port = await listen(made);

    const replies = [await plainRequest(port, '/%'), await plainRequest(port, '/')];

    expect(replies.map(({ status }) => status)).toEqual([400, 200]);
    expect(prepared).toEqual([made]);
  });

  it('makes servers that end a request which does not come in time', () => {
    guardServers('event', () => undefined);

    const made = http.createServer(() => undefined);

    servers.push(made);
    expect(made).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000 });
  });
});
