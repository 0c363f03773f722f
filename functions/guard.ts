/**
 * What stands before the Functions Framework's own parsers, for both functions.
 *
 * The framework answers malformed input by itself, in HTML and with a stack trace outside production, and reads bodies of up to a
 * gigabyte. This guard listens in its place: it reads the body within a limit, answers what is malformed as problem+json, and hands the
 * request on with its body read, which the framework's parsers then leave alone. What the framework, or Node, still answers by itself
 * to an error leaves as problem+json too. A function that needs nothing of what the framework makes of a request gets it at once.
 */
import http from 'node:http';

import { decodeJsonIfAny, isRecord } from '../shared/platform/json';
import { createLogger, errorFields } from '../shared/platform/logger';
import { fromUnwrapped, fromWrapped, isUnwrapped } from './classify/push';
import { corsHeaders } from './lookup/cors';
import { type Problem, PROBLEM_TYPE, PROBLEMS, problem, writeProblem, type ProblemKind } from './lookup/problem';
import { SAFE_HEADERS, setHeaders } from './safe-headers';
import { continueBody, endSoftly, hasBody, hostProblem, mayStillSend, mendWire, WIRE_LIMITS } from './wire';

export type Kind = 'http' | 'event';

/** The body as the guard read it, where the framework's parsers put theirs. */
export interface GuardedRequest extends http.IncomingMessage {
  _body?: boolean;
  body?: unknown;
  rawBody?: Buffer;
}

const BATCH_LIMIT_BYTES = 512_000;
const LIMIT_BYTES = 16_000;
// Pub/Sub's messages have at most 10 MB, a third more in base64, and an envelope.
const EVENT_LIMIT_BYTES = 14_500_000;
// A body that does not say how long it is is held in memory until it is found to be too long. Pub/Sub says it.
const UNTOLD_LIMIT_BYTES = 2_000_000;
const BATCH_PATH = '/v1/ingredients:batch';
const NO_BODY = Buffer.alloc(0);
const CLOUD_EVENT_JSON = /^application\/(cloudevents\+)?json\s*(;|$)/i;

/** Answers a request that was admitted. */
export type Answer = (request: GuardedRequest, response: http.ServerResponse) => void;

export interface GuardOptions {
  /** Whose pages may read every answer, what the guard refuses too: without its reason a page could not say what to change. */
  readonly corsOrigins?: readonly string[];
  /** Called in the place of the server's listeners, which are the framework's. */
  readonly answer?: Answer;
}

/**
 * Guards every server that is made in this process from now on: the framework makes its own after it loaded the functions.
 *
 * @param prepare called with each server, once it is guarded.
 * @param options as of `guard`.
 */
export function guardServers(kind: Kind, prepare: (server: http.Server) => void, options?: GuardOptions): void {
  const createServer = http.createServer.bind(http);
  // The framework gives its listener alone.
  http.createServer = ((listener: http.RequestListener) => {
    const server = guard(createServer(WIRE_LIMITS, listener), kind, options);
    prepare(server);
    return server;
  }) as typeof http.createServer;
}

/** Puts the guard before a server's listeners, or before `options.answer` in their place. */
export function guard(server: http.Server, kind: Kind, options: GuardOptions = {}): http.Server {
  const { corsOrigins = [], answer = listenersOf(server) } = options;
  server.removeAllListeners('request');
  mendWire(server);
  server.on('request', (request: GuardedRequest, response: http.ServerResponse) => {
    setHeaders(response, SAFE_HEADERS);
    setHeaders(response, corsHeaders(request.headers.origin, corsOrigins));
    const handOn = (admitted: boolean): void => {
      // What was handed back while its body came, at shutdown, is somebody else's work.
      if (admitted && !response.writableEnded) {
        answer(request, response);
      }
    };
    const fault = (error: unknown): void => {
      answerForFault(response, error);
    };
    try {
      const admitted = admit(request, response, kind);
      if (typeof admitted === 'boolean') {
        handOn(admitted);
      } else {
        admitted.then(handOn).catch(fault);
      }
    } catch (error) {
      fault(error);
    }
  });
  return server;
}

/** A fault of ours costs one request: unhandled, it would end the process with all others. */
function answerForFault(response: http.ServerResponse, error: unknown): void {
  createLogger('ERROR').error('request failed', errorFields(error));
  if (response.headersSent) {
    response.destroy();
  } else {
    writeProblem(response, problem(PROBLEMS.internal));
  }
}

/** The framework, whose answers to errors leave as problems. */
function listenersOf(server: http.Server): Answer {
  const listeners = server.listeners('request') as http.RequestListener[];
  return (request, response) => {
    answerInProblems(response);
    for (const listener of listeners) {
      listener.call(server, request, response);
    }
  };
}

/** Reads and checks a request; false where it was answered or its client is gone. What has no body is admitted without a promise. */
function admit(request: GuardedRequest, response: http.ServerResponse, kind: Kind): boolean | Promise<boolean> {
  const path = (request.url ?? '/').split('?', 1)[0]!;
  const refuse = (refusal: Problem): false => {
    // The rest of a body that was refused is not read: the connection ends with the answer.
    if (mayStillSend(request)) {
      response.setHeader('Connection', 'close');
      endSoftly(request.socket);
    }
    writeProblem(response, refusal);
    return false;
  };
  const wrongHost = hostProblem(request);
  if (wrongHost !== undefined) {
    return refuse(wrongHost);
  }
  if (!isDecodable(request.url ?? '/')) {
    return refuse(problem(PROBLEMS.badUrl));
  }
  if (kind === 'http' && (path === '/favicon.ico' || path === '/robots.txt')) {
    return refuse(problem(PROBLEMS.notFound));
  }
  if (kind === 'event' && request.method !== 'POST') {
    response.setHeader('Allow', 'POST');
    return refuse(problem(PROBLEMS.methodNotAllowed, 'Events come with POST.'));
  }
  if (request.headers['content-encoding'] !== undefined && request.headers['content-encoding'] !== 'identity') {
    return refuse(problem(PROBLEMS.unsupportedEncoding));
  }
  const limit = limitOf(request, path, kind);
  if (!hasBody(request)) {
    continueBody(request, response);
    return admitBody(NO_BODY);
  }
  return readBody(request, response, limit).then(admitBody);

  function admitBody(body: Buffer | 'too large' | 'gone'): boolean {
    if (body === 'gone') {
      return false;
    }
    if (body === 'too large') {
      return refuse(problem(PROBLEMS.tooLarge, `The body is larger than ${limit} bytes: send less at a time.`));
    }
    request.rawBody = body;
    request.body = body;
    request._body = true;
    return kind === 'event' ? admitEvent(request, body, path, refuse) : true;
  }
}

function limitOf({ headers }: http.IncomingMessage, path: string, kind: Kind): number {
  if (kind === 'event') {
    return headers['content-length'] === undefined ? UNTOLD_LIMIT_BYTES : EVENT_LIMIT_BYTES;
  }
  return path === BATCH_PATH ? BATCH_LIMIT_BYTES : LIMIT_BYTES;
}

/** Makes of every way in the one object that the framework hands on as it is. */
function admitEvent(request: GuardedRequest, body: Buffer, path: string, refuse: (refusal: Problem) => false): boolean {
  const { headers } = request;
  if (isUnwrapped(headers)) {
    request.body = fromUnwrapped(headers, body, path);
    return true;
  }
  const isLabelled = CLOUD_EVENT_JSON.test(headers['content-type'] ?? '');
  const json = decodeJsonIfAny(body);
  // Pub/Sub may send JSON without its type. A page of the web may send only that without asking first, and says where it comes from.
  if (!isLabelled && (json === undefined || headers.origin !== undefined)) {
    return refuse(problem(PROBLEMS.unsupportedType));
  }
  if (json === undefined) {
    return refuse(problem(PROBLEMS.badJson));
  }
  if (!isRecord(json)) {
    return refuse(problem(PROBLEMS.badRequest, 'An event is a JSON object: a CloudEvent, or a push of Pub/Sub.'));
  }
  request.body = fromWrapped(headers, json, path);
  return true;
}

/** Our own problem for a status that the framework answers with. */
const FOREIGN: Readonly<Record<number, ProblemKind>> = {
  404: PROBLEMS.notFound,
  405: PROBLEMS.methodNotAllowed,
  413: PROBLEMS.tooLarge,
  415: PROBLEMS.unsupportedType,
};

/** Puts a problem in the place of any other body of an error: the framework's are HTML, or say what was thrown. */
function answerInProblems(response: http.ServerResponse): void {
  const end = response.end.bind(response);
  response.end = ((...parameters: Parameters<typeof end>) => {
    response.end = end;
    const isForeign = response.statusCode >= 400 && response.getHeader('Content-Type') !== PROBLEM_TYPE;
    if (!isForeign || response.headersSent) {
      return end(...parameters);
    }
    response.removeHeader('Content-Length');
    const kind = FOREIGN[response.statusCode] ?? (response.statusCode < 500 ? PROBLEMS.badRequest : PROBLEMS.internal);
    writeProblem(response, { ...problem(kind), status: response.statusCode });
    return response;
  }) as typeof response.end;
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Reads a body of at most `limit` bytes; stops at the first byte beyond. */
async function readBody(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  limit: number,
): Promise<Buffer | 'too large' | 'gone'> {
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    return 'too large';
  }
  continueBody(request, response);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        request.pause();
        request.removeAllListeners('data');
        resolve('too large');
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    request.on('close', () => {
      resolve('gone');
    });
    request.on('error', () => {
      resolve('gone');
    });
  });
}
