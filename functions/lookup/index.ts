/**
 * Registers `lookupIngredient`, the HTTP function, and carries requests from the server to the routes and back.
 *
 * What the framework does to a request of an HTTP function, this one needs none of, and it takes longer than an answer from memory: the
 * guard calls it without, and it takes of a request and a response what Node's own have.
 */
import type { ServerResponse } from 'node:http';

import { http } from '@google-cloud/functions-framework';

import { RateLimitedError } from '../../shared/platform/errors';
import { errorFields, traceFields } from '../../shared/platform/logger';
import { serverTiming, type StageFields, stageFields, Stopwatch } from '../../shared/platform/timing';
import { type Dependencies, getDependencies } from '../dependencies';
import type { GuardedRequest } from '../guard';
import { setHeaders } from '../safe-headers';
import type { Answered, HttpAnswer, HttpRequest, Trail } from './http';
import { problemAnswer } from './http';
import { problemOf } from './problem';
import { callerOf } from './rate-limit';
import { route } from './routes';

http('lookupIngredient', serveLookup);

/** Answers a request whose body the guard has read; in the same turn where memory has the answer. */
export function serveLookup(request: GuardedRequest, response: ServerResponse): void {
  const dependencies = getDependencies();
  const began = performance.now();
  const trail: Trail = { stopwatch: new Stopwatch() };
  const asked = toRequest(request, dependencies.config.service !== undefined, trail);
  const answer = answerOrProblem(asked, dependencies);
  const finish = (ready: HttpAnswer): void => {
    trail.stopwatch.add('total', performance.now() - began);
    const timings = stageFields(trail.stopwatch.durations);
    logRequest(asked, ready, timings, dependencies);
    // A request that took long may have been handed back meanwhile, at shutdown.
    if (!response.headersSent) {
      send(asked, ready, timings, response, dependencies);
    }
  };
  if (answer instanceof Promise) {
    answer.then(finish).catch((error: unknown) => {
      dependencies.logger.error('request failed', errorFields(error));
      response.destroy();
    });
  } else {
    finish(answer);
  }
}

function answerOrProblem(asked: HttpRequest, dependencies: Dependencies): Answered {
  try {
    const answer = route(asked, dependencies);
    return answer instanceof Promise ? answer.catch(refused) : answer;
  } catch (error) {
    return refused(error);
  }

  function refused(error: unknown): HttpAnswer {
    const { logger, config } = dependencies;
    const refusal = problemOf(error);
    if (refusal.status >= 500) {
      logger.error('request failed', { ...errorFields(error), ...traceFields(asked.header, config.projectId) });
    }
    return problemAnswer(refusal, error instanceof RateLimitedError ? error.retryAfterS : undefined);
  }
}

function logRequest(
  asked: HttpRequest,
  answer: HttpAnswer,
  timings: StageFields,
  { logger, config }: Dependencies,
): void {
  const { total, ...stages } = timings;
  logger.info('request', {
    method: asked.method,
    route: asked.trail?.route,
    status: answer.status,
    [answer.status < 400 ? 'layer' : 'code']: answer.note,
    ...asked.trail?.answered,
    durationMs: total,
    stages,
    ...traceFields(asked.header, config.projectId),
  });
}

function send(
  asked: HttpRequest,
  { status, headers, body }: HttpAnswer,
  timings: StageFields,
  response: ServerResponse,
  { limiter }: Dependencies,
): void {
  response.statusCode = status;
  // What is left to one caller is nothing that a cache may hand to another.
  if (headers['Cache-Control'] === 'no-store') {
    setHeaders(response, limiter.headers(asked.caller));
  }
  setHeaders(response, headers);
  response.setHeader('Server-Timing', serverTiming(timings));
  response.end(body);
}

function toRequest(request: GuardedRequest, isBehindPlatform: boolean, trail: Trail): HttpRequest {
  const [path, query] = splitUrl(request.url ?? '/');
  const header = (name: string): string | undefined => request.headers[name]?.toString();
  return {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    header,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    trail,
    caller: callerOf(isBehindPlatform ? header('x-forwarded-for') : undefined, request.socket.remoteAddress),
  };
}

function splitUrl(url: string): [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}
