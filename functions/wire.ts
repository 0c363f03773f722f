/**
 * What Node reads of a connection, where it would answer by itself without a body, or lose an answer.
 *
 * A missing Host, an expectation that nobody knows and a tunnel get problems as every other error does. An answer that is on its way is
 * sent before the refusal of what came behind it. A target in absolute form is the same as its path (RFC 9112, section 3.2.2).
 */
import http from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { type Problem, PROBLEM_TYPE, PROBLEMS, problem, writeProblem } from './lookup/problem';
import { SAFE_HEADERS } from './safe-headers';

/** How long a request may take to come, and how often that is looked at: a slow one must not hold a connection for minutes. */
export const WIRE_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
} as const satisfies http.ServerOptions;

// A client that is still sending reads the answer only if its bytes are not refused at once.
const LINGER_MS = 1000;
const SCHEME_AND_AUTHORITY = /^https?:\/\/[^/?#]*/i;
const HOST = /^[^\s/?#@\\]+$/;

interface Exchange {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
}

const exchanges = new WeakMap<Duplex, Set<Exchange>>();
const refused = new WeakSet<Duplex>();
const waitingToContinue = new WeakSet<http.IncomingMessage>();

/** Listens on a server for what Node hands out only where somebody listens. */
export function mendWire(server: http.Server): http.Server {
  // Node would answer by itself; hostProblem looks at it.
  Object.assign(server, { requireHostHeader: false });
  server.on('clientError', refuseBytes);
  server.prependListener('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    follow({ request, response });
    toOriginForm(request);
  });
  server.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) => {
    waitingToContinue.add(request);
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (_request: http.IncomingMessage, response: http.ServerResponse) => {
    // Its body may follow or not: nobody can say where the next request begins.
    response.setHeader('Connection', 'close');
    writeProblem(response, problem(PROBLEMS.expectationFailed));
  });
  server.on('connect', (_request: http.IncomingMessage, socket: Duplex) => {
    writeRaw(socket, problem(PROBLEMS.methodNotAllowed, 'This is no proxy: CONNECT is not served.'), [
      'Allow: GET, HEAD',
    ]);
  });
  return server;
}

/** Asks for a body whose client waits for it, now that its head is in order. */
export function continueBody(request: http.IncomingMessage, response: http.ServerResponse): void {
  if (waitingToContinue.delete(request)) {
    response.writeContinue();
  }
}

/** True where a body follows the head (RFC 9112, section 6.3). */
export function hasBody({ headers }: http.IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** True where the body is on its way, or will be. */
export function mayStillSend(request: http.IncomingMessage): boolean {
  return hasBody(request) && !request.complete;
}

/** What is wrong with the header Host (RFC 9112, section 3.2), or undefined. */
export function hostProblem({ httpVersion, headers, rawHeaders }: http.IncomingMessage): Problem | undefined {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    count += name.length === 4 && name.toLowerCase() === 'host' ? 1 : 0;
  }
  const isGood = count === 0 ? httpVersion === '1.0' : count === 1 && HOST.test(headers.host ?? '');
  return isGood ? undefined : problem(PROBLEMS.badRequest, 'Send the header Host once, with the name of the host.');
}

function follow(exchange: Exchange): void {
  const { socket } = exchange.request;
  const open = exchanges.get(socket) ?? new Set();
  exchanges.set(socket, open.add(exchange));
  exchange.response.once('close', () => {
    open.delete(exchange);
  });
}

function toOriginForm(request: http.IncomingMessage): void {
  const url = request.url ?? '';
  const [origin] = SCHEME_AND_AUTHORITY.exec(url) ?? [];
  if (origin !== undefined) {
    const rest = url.slice(origin.length);
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
  }
}

/** Answers what Node could not read as a request, or not in time; after the answers to the requests before it. */
export function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    if (!socket.writableEnded) {
      socket.destroy();
    }
    return;
  }
  if (refused.has(socket)) {
    return; // more of what was refused
  }
  refused.add(socket);
  // What is not complete is the request that cannot be read: nobody answers it but this.
  const before = [...(exchanges.get(socket) ?? [])].filter(({ request }) => request.complete);
  const answered = before.map(({ response }) => new Promise((resolve) => response.once('close', resolve)));
  void Promise.all(answered).then(() => {
    writeRaw(socket, problemOfBytes(error.code));
  });
}

/** Writes an answer without a request, and ends the connection. */
function writeRaw(socket: Duplex, refusal: Problem, headers: readonly string[] = []): void {
  if (!socket.writable || socket.writableEnded) {
    return;
  }
  const body = JSON.stringify(refusal);
  const head = [
    `HTTP/1.1 ${refusal.status} ${http.STATUS_CODES[refusal.status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    ...Object.entries(SAFE_HEADERS).map(([name, value]) => `${name}: ${value}`),
    ...headers,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  destroyLater(socket);
}

/**
 * Lets a connection whose client still sends end with our side of it first: closed whole, the client's system throws away what it has
 * not read of the answer (RFC 9112, section 9.6).
 */
export function endSoftly(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    destroyLater(socket);
  };
}

function destroyLater(socket: Duplex): void {
  const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => {
    clearTimeout(linger);
  });
}

function problemOfBytes(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW': {
      const detail = `The URL and the headers together are larger than ${http.maxHeaderSize} bytes: shorten them.`;
      return { ...problem(PROBLEMS.badRequest, detail), status: 431 };
    }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return problem(PROBLEMS.tooLarge);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { ...problem(PROBLEMS.badRequest, 'The request did not come in time: send it again.'), status: 408 };
    default:
      return problem(PROBLEMS.badRequest, 'The request is not HTTP/1.1: percent-encode what its URL holds.');
  }
}
