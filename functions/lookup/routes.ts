/**
 * The table of method, path and handler; 404, 405 and openapi.json follow from it.
 *
 * A path may have one parameter in braces: it is one segment, decoded, so that "50%2F50%20butter" is one name.
 */
import type { Config } from '../../shared/platform/config';
import { isPreflight, preflight } from './cors';
import type { LookupDependencies, LookupHandler } from './handlers';
import * as handlers from './handlers';
import type { HttpAnswer, HttpRequest } from './http';
import { accepts, problemAnswer } from './http';
import { getList } from './list';
import { getOpenApi } from './openapi';
import { getPlayground, PLAYGROUND_TYPES } from './playground';
import { problem, PROBLEMS } from './problem';
import { deleteReview, getReview, putReview } from './reviews';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly handler: LookupHandler;
  /** Only for those who may review. */
  readonly forReviewers?: true;
  /** The type of its answers, where it is not JSON. What is no JSON is a page, and no part of the API. */
  readonly type?: string;
  /** False where the settings turn the route off; it is not there then. */
  readonly isOn?: (config: Pick<Config, 'playground'>) => boolean;
}

const review = (path: string): Route[] => [
  { method: 'GET', path, handler: getReview, forReviewers: true },
  { method: 'PUT', path, handler: putReview, forReviewers: true },
  { method: 'DELETE', path, handler: deleteReview, forReviewers: true },
];

const page = Object.entries(PLAYGROUND_TYPES).map(([path, type]): Route => ({
  method: 'GET',
  path,
  handler: getPlayground,
  type,
  isOn: ({ playground }) => playground,
}));

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1/ingredients', handler: handlers.getOne },
  { method: 'GET', path: '/v1/ingredients/{name}', handler: handlers.getOne },
  { method: 'POST', path: '/v1/ingredients:batch', handler: handlers.postBatch },
  { method: 'GET', path: '/v1/ingredients:list', handler: getList },
  ...review('/v1/ingredients/{name}/review'),
  ...review('/v1/review'),
  { method: 'GET', path: '/v1/labels', handler: handlers.getLabels },
  { method: 'GET', path: '/health', handler: handlers.getHealth },
  { method: 'GET', path: '/openapi.json', handler: getOpenApi },
  ...page,
];

// Probes send no token.
const OPEN_PATH = '/health';

/** Answers a request by its route. @throws what its handler throws, which problemOf makes a problem of. */
export async function route(request: HttpRequest, dependencies: LookupDependencies): Promise<HttpAnswer> {
  const { config } = dependencies;
  if (config.requireIdToken && request.path !== OPEN_PATH && !isPreflight(request)) {
    await dependencies.verifyToken(request);
  }
  const matches = ROUTES.filter(({ isOn }) => isOn?.(config) ?? true)
    .map((candidate) => ({ candidate, match: match(candidate.path, request.path) }))
    .filter(({ match: found }) => found !== undefined);
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
    const refusal = { ...answer, headers: { ...answer.headers, Allow: allowed.join(', ') } };
    return preflight(request, config.corsOrigins, allowed) ?? refusal;
  }
  const { candidate, match: matched } = found;
  if (request.trail !== undefined) {
    request.trail.route = candidate.path;
  }
  if (!accepts(request.header('accept'), candidate.type ?? 'application/json')) {
    return problemAnswer(problem(PROBLEMS.notAcceptable));
  }
  const reviewer = candidate.forReviewers === true ? await dependencies.authorize(request) : '';
  return candidate.handler({ ...request, parameter: matched?.parameter, reviewer }, dependencies);
}

/** The parameter of a path that matches, where its pattern has one; undefined where the path does not match. */
function match(pattern: string, path: string): { readonly parameter: string | undefined } | undefined {
  const [prefix = '', suffix] = pattern.split(/\{\w+\}/, 2);
  if (suffix === undefined) {
    return path === pattern ? { parameter: undefined } : undefined;
  }
  if (!path.startsWith(prefix) || !path.endsWith(suffix)) {
    return undefined;
  }
  const segment = path.slice(prefix.length, path.length - suffix.length);
  return segment !== '' && !segment.includes('/') ? { parameter: decodeURIComponent(segment) } : undefined;
}
