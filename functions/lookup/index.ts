/**
 * Registers `lookupIngredient`, the HTTP function, and carries requests from the server to the routes and back.
 */
import { http, type Request, type Response } from '@google-cloud/functions-framework';

import { RateLimitedError } from '../../shared/platform/errors';
import { errorFields, traceFields } from '../../shared/platform/logger';
import { serverTiming, stageFields, Stopwatch } from '../../shared/platform/timing';
import { getDependencies } from '../dependencies';
import type { HttpAnswer, HttpRequest, Trail } from './http';
import { problemAnswer } from './http';
import { problemOf } from './problem';
import { callerOf } from './rate-limit';
import { route } from './routes';

http('lookupIngredient', async (request: Request, response: Response) => {
  const dependencies = getDependencies();
  const { logger, config, limiter } = dependencies;
  const stopwatch = new Stopwatch();
  const trail: Trail = { stopwatch };
  const asked = toRequest(request, config.service !== undefined, trail);
  const answer = await stopwatch.time('total', () => answerOrProblem(asked));
  const { total, ...stages } = stageFields(stopwatch.durations);
  logger.info('request', {
    method: asked.method,
    route: trail.route,
    status: answer.status,
    [answer.status < 400 ? 'layer' : 'code']: answer.note,
    ...trail.answered,
    durationMs: total,
    stages,
    ...traceFields(asked.header, config.projectId),
  });
  const headers = {
    // What is left to one caller is nothing that a cache may hand to another.
    ...(answer.headers['Cache-Control'] === 'no-store' ? limiter.headers(asked.caller) : {}),
    ...answer.headers,
    'Server-Timing': serverTiming(stopwatch.durations),
  };
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, value);
  }
  response.end(answer.body);

  async function answerOrProblem(wanted: HttpRequest): Promise<HttpAnswer> {
    try {
      return await route(wanted, dependencies);
    } catch (error) {
      const refusal = problemOf(error);
      if (refusal.status >= 500) {
        logger.error('request failed', { ...errorFields(error), ...traceFields(wanted.header, config.projectId) });
      }
      return problemAnswer(refusal, error instanceof RateLimitedError ? error.retryAfterS : undefined);
    }
  }
});

function toRequest(request: Request, isBehindPlatform: boolean, trail: Trail): HttpRequest {
  const [path, query] = splitUrl(request.originalUrl);
  const forwardedFor = isBehindPlatform ? request.get('x-forwarded-for') : undefined;
  return {
    method: request.method,
    path,
    query: new URLSearchParams(query),
    header: (name) => request.get(name),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    trail,
    caller: callerOf(forwardedFor, request.socket.remoteAddress),
  };
}

function splitUrl(url: string): [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}
