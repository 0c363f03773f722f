/**
 * The table of method, path and handler; 404, 405 and openapi.json follow from it.
 *
 * A path may have one parameter in braces: it is one segment, decoded, so that "50%2F50%20butter" is one name.
 */
import type { Config } from '../../shared/platform/config';
import { isPreflight, preflight } from './cors';
import type { LookupDependencies, LookupHandler } from './handlers';
import * as handlers from './handlers';
import type { Answered, HttpAnswer, HttpRequest } from './http';
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

/** The routes of a path without a parameter. */
const FIXED = new Map<string, readonly Route[]>();
/** Routes of one path, with what stands before and after its parameter. */
const PATTERNS: { readonly prefix: string; readonly suffix: string; readonly routes: Route[] }[] = [];
for (const [pattern, routes] of byPath(ROUTES)) {
  const [prefix = '', suffix] = pattern.split(/\{\w+\}/, 2);
  if (suffix === undefined) {
    FIXED.set(pattern, routes);
  } else {
    PATTERNS.push({ prefix, suffix, routes });
  }
}

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const grouped = new Map<string, Route[]>();
  for (const one of routes) {
    grouped.set(one.path, [...(grouped.get(one.path) ?? []), one]);
  }
  return grouped;
}

/** Answers a request by its route. @throws what its handler throws, which problemOf makes a problem of; so does what it rejects with. */
export function route(request: HttpRequest, dependencies: LookupDependencies): Answered {
  if (dependencies.config.requireIdToken && request.path !== OPEN_PATH && !isPreflight(request)) {
    return dependencies.verifyToken(request).then(() => routed(request, dependencies));
  }
  return routed(request, dependencies);
}

function routed(request: HttpRequest, dependencies: LookupDependencies): Answered {
  const { config } = dependencies;
  const { routes, parameter } = match(request.path);
  // HEAD is GET without the body, which the server leaves out by itself.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const isOn = (candidate: Route): boolean => candidate.isOn?.(config) ?? true;
  const found = routes.find((candidate) => candidate.method === method && isOn(candidate));
  if (found === undefined) {
    return refusal(request, routes.filter(isOn), config);
  }
  if (request.trail !== undefined) {
    request.trail.route = found.path;
  }
  if (!accepts(request.header('accept'), found.type ?? 'application/json')) {
    return problemAnswer(problem(PROBLEMS.notAcceptable));
  }
  const handle = (reviewer: string): Answered => found.handler({ ...request, parameter, reviewer }, dependencies);
  return found.forReviewers === true ? dependencies.authorize(request).then(handle) : handle('');
}

/** Of a request that none of the routes of its path is for. */
function refusal(
  request: HttpRequest,
  routes: readonly Route[],
  { corsOrigins }: Pick<Config, 'corsOrigins'>,
): HttpAnswer {
  if (routes.length === 0) {
    return problemAnswer(problem(PROBLEMS.notFound));
  }
  const allowed = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const answer = problemAnswer(problem(PROBLEMS.methodNotAllowed));
  const refused = { ...answer, headers: { ...answer.headers, Allow: allowed.join(', ') } };
  return preflight(request, corsOrigins, allowed) ?? refused;
}

/** The routes of a path, and its parameter where their pattern has one; none where there is nothing at the path. */
function match(path: string): { readonly routes: readonly Route[]; readonly parameter: string | undefined } {
  const fixed = FIXED.get(path);
  if (fixed !== undefined) {
    return { routes: fixed, parameter: undefined };
  }
  for (const { prefix, suffix, routes } of PATTERNS) {
    if (path.startsWith(prefix) && path.endsWith(suffix)) {
      const segment = path.slice(prefix.length, path.length - suffix.length);
      if (segment !== '' && !segment.includes('/')) {
        return { routes, parameter: decodeURIComponent(segment) };
      }
    }
  }
  return { routes: [], parameter: undefined };
}
