import http from 'node:http';
import net, { type AddressInfo } from 'node:net';

import { guard } from '../../../functions/guard';
import { SAFE_HEADERS } from '../../../functions/safe-headers';
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

/** A guarded server that answers with the target of each request, later where the target says so. */
async function start(): Promise<number> {
  const server = http.createServer((request, response) => {
    setTimeout(
      () => {
        response.end(`<${request.url} with ${String((request as { rawBody?: Buffer }).rawBody)}>`);
      },
      request.url === '/slow' ? 100 : 0,
    );
  });
  servers.push(guard(server, 'http'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const request = (line: string, ...headers: string[]): string => [line, ...headers, '', ''].join('\r\n');
const get = (target: string, ...headers: string[]): string => request(`GET ${target} HTTP/1.1`, 'Host: x', ...headers);
const statuses = (text: string): string[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d+)|>HTTP\/1\.1 (\d+)/gm)].map(([, first, later]) => first ?? later!);

function expectProblem(reply: string, status: number, code: string): void {
  const [head, body = ''] = reply.split('\r\n\r\n', 2) as [string, string?];
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toMatch(/^content-type: application\/problem\+json\r?$/im);
  expect(JSON.parse(body)).toMatchObject({ status, code });
  for (const [name, value] of Object.entries(SAFE_HEADERS)) {
    expect(head.toLowerCase().split('\r\n')).toContain(`${name}: ${value}`.toLowerCase());
  }
}

describe('the header Host', () => {
  it.each([
    ['is missing', request('GET / HTTP/1.1', 'Connection: close')],
    ['is empty', request('GET / HTTP/1.1', 'Host:', 'Connection: close')],
    ['is there twice', get('/', 'Host: y', 'Connection: close')],
    ['is none', request('GET / HTTP/1.1', 'Host: a/b', 'Connection: close')],
  ])('has 400 with a problem where it %s', async (_what, bytes) => {
    expectProblem(await sendRaw(await start(), bytes), 400, 'BAD_REQUEST');
  });

  it('may be missing in HTTP/1.0', async () => {
    expect(await sendRaw(await start(), request('GET / HTTP/1.0'))).toContain('</ with >');
  });
});

describe('the header Expect', () => {
  it('has 417 with a problem where it asks for what nobody knows', async () => {
    expectProblem(await sendRaw(await start(), get('/', 'Expect: salt')), 417, 'EXPECTATION_FAILED');
  });

  it('has the body asked for where it is in order', async () => {
    const port = await start();
    const head = request(
      'POST / HTTP/1.1',
      'Host: x',
      'Content-Length: 4',
      'Expect: 100-continue',
      'Connection: close',
    );

    const reply = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = net.connect(port, '127.0.0.1', () => socket.write(head));
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text === 'HTTP/1.1 100 Continue\r\n\r\n') {
          socket.write('salt');
        }
      });
      socket.on('end', () => {
        resolve(text);
      });
      socket.on('error', reject);
    });

    expect(reply).toContain('</ with salt>');
  });

  it('has 413 before the body is sent where it would be too large', async () => {
    const head = request('POST / HTTP/1.1', 'Host: x', 'Content-Length: 16001', 'Expect: 100-continue');

    expectProblem(await sendRaw(await start(), head), 413, 'BODY_TOO_LARGE');
  });
});

describe('the target', () => {
  it.each([
    ['http://x/v1/labels', '/v1/labels'],
    ['HTTPS://x:8080/v1/ingredients?name=a', '/v1/ingredients?name=a'],
    ['http://x', '/'],
    ['http://x?name=a', '/?name=a'],
  ])('in absolute form %s is %s', async (target, path) => {
    expect(await sendRaw(await start(), get(target, 'Connection: close'))).toContain(`<${path} with >`);
  });

  it('of CONNECT has 405 with a problem', async () => {
    const reply = await sendRaw(await start(), request('CONNECT x:443 HTTP/1.1', 'Host: x'));

    expectProblem(reply, 405, 'METHOD_NOT_ALLOWED');
    expect(reply).toContain('Allow: GET, HEAD\r\n');
  });
});

describe('garbage behind good requests', () => {
  it('is refused after their answers, in the same packet', async () => {
    const reply = await sendRaw(await start(), `${get('/slow')}${get('/fast')}salt\r\n\r\n`);

    expect(statuses(reply)).toEqual(['200', '200', '400']);
    expect(reply).toMatch(/<\/slow with >[^]*<\/fast with >[^]*"code":"BAD_REQUEST"/);
  });

  it('is refused once, however much of it comes', async () => {
    const port = await start();

    const reply = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.write(`${get('/slow')}salt\r\n\r\n`);
        setTimeout(() => socket.write('more salt\r\n\r\n'), 20);
      });
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('close', () => {
        resolve(text);
      });
      socket.on('error', reject);
    });

    expect(statuses(reply)).toEqual(['200', '400']);
  });

  it('in the body of a request is all that this request is answered', async () => {
    const broken = request('POST / HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked');

    const reply = await sendRaw(await start(), `${get('/fast')}${broken}salt\r\n`);

    expect(statuses(reply)).toEqual(['200', '400']);
  });
});
