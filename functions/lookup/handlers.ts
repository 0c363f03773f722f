/**
 * One name, a batch, the label set, health.
 */
import { type Answer, TASKS } from '../../shared/ingredient/answer';
import { type IngredientName, parseName } from '../../shared/ingredient/name';
import type { CacheOutcome, Labeller, Lookup } from '../../shared/labeller';
import type { Manifest } from '../../shared/model/artifacts';
import type { Config } from '../../shared/platform/config';
import { InvalidNameError } from '../../shared/platform/errors';
import { decodeJsonIfAny } from '../../shared/platform/json';
import { entityTag, type HttpAnswer, type HttpRequest, jsonAnswer, matchesTag, problemAnswer } from './http';
import { type Problem, problem, problemOf, PROBLEMS } from './problem';
import { validateBatch, validationDetail } from './schemas';

export interface LookupDependencies {
  readonly config: Pick<Config, 'cacheMaxAgeS'>;
  readonly labeller: Labeller;
  readonly manifest: () => Promise<Manifest>;
  /** Resolves when the model can answer. */
  readonly classifier: () => Promise<unknown>;
}

export type RoutedRequest = HttpRequest & {
  /** The path's parameter, decoded. */
  readonly parameter: string;
};

export type LookupHandler = (request: RoutedRequest, dependencies: LookupDependencies) => Promise<HttpAnswer>;

/** `GET /v1/ingredients?name=…` */
export const getByQuery: LookupHandler = async (request, dependencies) => {
  const names = request.query.getAll('name');
  if (names.length !== 1) {
    return problemAnswer(
      problem(PROBLEMS.badRequest, 'Give the query parameter "name" once: /v1/ingredients?name=smoked%20paprika.'),
    );
  }
  return lookupOne(names[0]!, request, dependencies);
};

/** `GET /v1/ingredients/{name}` */
export const getByPath: LookupHandler = async (request, dependencies) =>
  lookupOne(request.parameter, request, dependencies);

async function lookupOne(
  text: string,
  request: HttpRequest,
  { labeller, config }: LookupDependencies,
): Promise<HttpAnswer> {
  const [result] = await labeller.lookup([parseName(text)]);
  if (result === undefined || result instanceof Error) {
    return problemAnswer(problemOf(result));
  }
  const { answer, cache } = result;
  const body = JSON.stringify(answer);
  const tag = entityTag(body);
  const late = cache.store === 'timeout' || cache.store === 'error';
  const headers = {
    'Cache-Control': late ? 'no-store' : `public, max-age=${config.cacheMaxAgeS}`,
    'Cache-Status': cacheStatus(cache),
    ETag: tag,
  };
  if (matchesTag(request.header('if-none-match'), tag)) {
    return { status: 304, headers, body: '', note: cache.layer };
  }
  return { status: 200, headers: { 'Content-Type': 'application/json', ...headers }, body, note: cache.layer };
}

/** `POST /v1/ingredients:batch` */
export const postBatch: LookupHandler = async (request, { labeller }) => {
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(request.header('content-type') ?? '')) {
    return problemAnswer(problem(PROBLEMS.unsupportedType));
  }
  const value = decodeJsonIfAny(request.body);
  if (value === undefined) {
    return problemAnswer(problem(PROBLEMS.badJson));
  }
  if (!validateBatch(value)) {
    return problemAnswer(problem(PROBLEMS.badRequest, validationDetail(validateBatch.errors)));
  }
  const parsed = value.names.map(parseOrProblem);
  const names = parsed.filter((entry): entry is IngredientName => !('status' in entry));
  const results = names.length === 0 ? [] : await labeller.lookup(names);
  let next = 0;
  const entries = parsed.map((entry) => ('status' in entry ? { error: entry } : toEntry(results[next++])));
  return jsonAnswer(200, { results: entries }, { 'Cache-Control': 'no-store' }, 'batch');
};

function toEntry(result: Lookup | Error | undefined): Answer | { error: Problem } {
  return result === undefined || result instanceof Error ? { error: problemOf(result) } : result.answer;
}

function parseOrProblem(name: unknown): IngredientName | Problem {
  try {
    if (typeof name !== 'string') {
      throw new InvalidNameError('The name is not a string.');
    }
    return parseName(name);
  } catch (error) {
    return problemOf(error);
  }
}

/** `GET /v1/labels` */
export const getLabels: LookupHandler = async (_request, { manifest, config }) => {
  const { version, tasks } = await manifest();
  const described = TASKS.map((task) => [
    task,
    tasks[task].labels.map((label) => ({ label, description: tasks[task].descriptions[label] ?? '' })),
  ]);
  const headers = { 'Cache-Control': `public, max-age=${config.cacheMaxAgeS}` };
  return jsonAnswer(200, { model: version, ...Object.fromEntries(described) }, headers, 'labels');
};

// An instance that is still loading must say so at once, not hold the probe.
const HEALTH_WAIT_MS = 5;

/** `GET /health` */
export const getHealth: LookupHandler = async (_request, { classifier }) => {
  const waiting = new Promise<'waiting'>((resolve) => setTimeout(resolve, HEALTH_WAIT_MS, 'waiting'));
  const state = await Promise.race([classifier().then(() => 'ready' as const), waiting]).catch(() => 'failed' as const);
  if (state === 'ready') {
    return jsonAnswer(200, { status: 'ok' }, { 'Cache-Control': 'no-store' }, 'health');
  }
  return problemAnswer({
    title: 'The model is not ready',
    status: 503,
    code: 'MODEL_UNAVAILABLE',
    detail: 'The model is not ready: try again in a second.',
  });
};

/** Which caches were asked, the nearest to the origin first (RFC 9211). */
export function cacheStatus({ layer, store, stored, remembered }: CacheOutcome): string {
  const memory = layer === 'memory' ? 'memory; hit' : `memory; fwd=miss${remembered ? '; stored' : ''}`;
  if (layer === 'memory') {
    return memory;
  }
  if (layer === 'store') {
    return `store; hit, ${memory}`;
  }
  if (store === 'timeout' || store === 'error') {
    return `store; fwd=miss; detail=store-${store}, ${memory}`;
  }
  return `store; fwd=${store ?? 'miss'}${stored ? '; stored' : ''}, ${memory}`;
}
