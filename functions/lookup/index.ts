/**
 * Registers `lookupIngredient`, the HTTP function, and carries requests from the server to the routes and back.
 */
import { http, type Request, type Response } from '@google-cloud/functions-framework';

import { errorFields, traceFields } from '../../shared/platform/logger';
import { serverTiming, Stopwatch } from '../../shared/platform/timing';
import { getDependencies } from '../dependencies';
import { acceptsJson, type HttpAnswer, type HttpRequest, problemAnswer } from './http';
import { problem, problemOf, PROBLEMS } from './problem';
import { route } from './routes';

http('lookupIngredient', async (request: Request, response: Response) => {
  const dependencies = getDependencies();
  const { logger, config } = dependencies;
  const stopwatch = new Stopwatch();
  const asked = toRequest(request);
  const answer = await stopwatch.time('total', () => answerOrProblem(asked));
  const trace = traceFields(asked.header, config.projectId);
  const durationMs = Number((stopwatch.durations.get('total') ?? 0).toFixed(2));
  logger.info('request', { method: asked.method, status: answer.status, note: answer.note, durationMs, ...trace });
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) {
    response.setHeader(name, value);
  }
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Server-Timing', serverTiming(stopwatch.durations));
  response.end(answer.body);

  async function answerOrProblem(wanted: HttpRequest): Promise<HttpAnswer> {
    try {
      if (!acceptsJson(wanted.header('accept'))) {
        return problemAnswer(problem(PROBLEMS.notAcceptable));
      }
      return await route(wanted, dependencies);
    } catch (error) {
      const refusal = problemOf(error);
      if (refusal.status >= 500) {
        logger.error('request failed', { ...errorFields(error), ...traceFields(wanted.header, config.projectId) });
      }
      return problemAnswer(refusal);
    }
  }
});

function toRequest(request: Request): HttpRequest {
  const [path, query] = splitUrl(request.originalUrl);
  return {
    method: request.method,
    path,
    query: new URLSearchParams(query),
    header: (name) => request.get(name),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
}

function splitUrl(url: string): [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}
