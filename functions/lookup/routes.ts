/**
 * The table of method, path and handler; 404 and 405 follow from it.
 *
 * A path's last part may be a parameter in braces: it is one segment, decoded, so that "50%2F50%20butter" is one name.
 */
import type { LookupDependencies, LookupHandler } from './handlers';
import * as handlers from './handlers';
import type { HttpAnswer, HttpRequest } from './http';
import { problemAnswer } from './http';
import { problem, PROBLEMS } from './problem';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly handler: LookupHandler;
}

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1/ingredients', handler: handlers.getByQuery },
  { method: 'GET', path: '/v1/ingredients/{name}', handler: handlers.getByPath },
  { method: 'POST', path: '/v1/ingredients:batch', handler: handlers.postBatch },
  { method: 'GET', path: '/v1/labels', handler: handlers.getLabels },
  { method: 'GET', path: '/health', handler: handlers.getHealth },
];

/** Answers a request by its route; every error becomes a problem. */
export async function route(request: HttpRequest, dependencies: LookupDependencies): Promise<HttpAnswer> {
  const matches = ROUTES.map((candidate) => ({ candidate, parameter: match(candidate.path, request.path) })).filter(
    ({ parameter }) => parameter !== undefined,
  );
  if (matches.length === 0) {
    return problemAnswer(problem(PROBLEMS.notFound));
  }
  // HEAD is GET without the body, which the server leaves out by itself.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const found = matches.find(({ candidate }) => candidate.method === method);
  if (found === undefined) {
    const allowed = matches.flatMap(({ candidate }) =>
      candidate.method === 'GET' ? ['GET', 'HEAD'] : [candidate.method],
    );
    const answer = problemAnswer(problem(PROBLEMS.methodNotAllowed));
    return { ...answer, headers: { ...answer.headers, Allow: allowed.join(', ') } };
  }
  return found.candidate.handler({ ...request, parameter: found.parameter ?? '' }, dependencies);
}

/** The parameter of a path that matches (empty where the pattern has none), or undefined. */
function match(pattern: string, path: string): string | undefined {
  const brace = pattern.indexOf('{');
  if (brace === -1) {
    return path === pattern ? '' : undefined;
  }
  const prefix = pattern.slice(0, brace);
  const rest = path.slice(prefix.length);
  return path.startsWith(prefix) && rest !== '' && !rest.includes('/') ? decodeURIComponent(rest) : undefined;
}
