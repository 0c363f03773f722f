/**
 * One name, a batch, the label set, health.
 */
import { type Answer, type Labels, TASKS } from '../../shared/ingredient/answer';
import { type IngredientName, parseName } from '../../shared/ingredient/name';
import type { CacheOutcome, Labeller, Lookup } from '../../shared/labeller';
import type { Manifest } from '../../shared/model/artifacts';
import { type WordParts, wordsOf } from '../../shared/model/explain';
import type { Config } from '../../shared/platform/config';
import { InvalidNameError } from '../../shared/platform/errors';
import type { AnswerStore } from '../../shared/store/answer-store';
import { readBody } from './body';
import {
  type Answered,
  cacheControl,
  conditional,
  type HttpAnswer,
  type HttpRequest,
  jsonAnswer,
  problemAnswer,
} from './http';
import { onlyValue, wantsExplanation } from './parameters';
import { type Problem, problem, problemOf, PROBLEMS } from './problem';
import type { Authorize, VerifyToken } from './token';

export interface LookupDependencies {
  readonly config: Pick<Config, 'cacheMaxAgeS' | 'corsOrigins' | 'playground' | 'requireIdToken'>;
  readonly labeller: Labeller;
  readonly manifest: () => Promise<Manifest>;
  /** Resolves when the model can answer. */
  readonly classifier: () => Promise<unknown>;
  readonly explainer: { explain(normalName: string, labels: Labels): Promise<WordParts[]> };
  readonly taught: () => Promise<{ nearest(normalName: string): string[] } | undefined>;
  readonly store: () => Promise<AnswerStore>;
  /** Who may ask at all, where REQUIRE_ID_TOKEN is set. */
  readonly verifyToken: VerifyToken;
  /** Who may review. */
  readonly authorize: Authorize;
  /** Counts names against the caller's limit. @throws {RateLimitedError} where it is reached. */
  readonly charge: (request: HttpRequest, names: number) => void;
}

export type RoutedRequest = HttpRequest & {
  /** The path's parameter, decoded; undefined where its pattern has none. */
  readonly parameter: string | undefined;
  /** Who asks, where the route is for reviewers alone. */
  readonly reviewer: string;
};

export type LookupHandler = (request: RoutedRequest, dependencies: LookupDependencies) => Answered;

/** `GET /v1/ingredients?name=…` and `GET /v1/ingredients/{name}` */
export const getOne: LookupHandler = (request, dependencies) => {
  const name = parseName(
    request.parameter ?? onlyValue(request.query, 'name', '/v1/ingredients?name=smoked%20paprika'),
  );
  if (request.query.has('explain')) {
    return explainedOrNot(request, name, dependencies);
  }
  dependencies.charge(request, 1);
  const remembered = dependencies.labeller.recall(name);
  if (remembered !== undefined) {
    return answerOne(request, remembered, dependencies);
  }
  return dependencies.labeller
    .lookup([name], request.trail?.stopwatch)
    .then(([result]) => answerOne(request, result, dependencies));
};

async function explainedOrNot(
  request: RoutedRequest,
  name: IngredientName,
  dependencies: LookupDependencies,
): Promise<HttpAnswer> {
  const { labeller, charge } = dependencies;
  const isExplained = await wantsExplanation(request.query);
  // An explanation asks the model once more for each word.
  charge(request, isExplained ? 2 + wordsOf(name.normalName).length : 1);
  const [result] = await labeller.lookup([name], request.trail?.stopwatch);
  const why =
    isExplained && result !== undefined && 'answer' in result
      ? { why: await explanation(name, result.answer, dependencies) }
      : {};
  return answerOne(request, result, dependencies, why);
}

async function explanation({ normalName }: IngredientName, answer: Answer, parts: LookupDependencies) {
  // A person's labels rest on no word.
  const words = answer.origin === 'model' ? await parts.explainer.explain(normalName, answer) : [];
  const names = await parts.taught();
  return { words, ...(names === undefined ? {} : { nearest: names.nearest(normalName) }) };
}

/** @param more what stands in the body behind the answer. */
function answerOne(
  request: RoutedRequest,
  result: Lookup | Error | undefined,
  { config }: Pick<LookupDependencies, 'config'>,
  more: object = {},
): HttpAnswer {
  note(request, [result]);
  if (result === undefined || result instanceof Error) {
    return problemAnswer(problemOf(result));
  }
  const { answer, cache } = result;
  const late = cache.store === 'timeout' || cache.store === 'error';
  const headers = {
    'Cache-Control': late ? 'no-store' : cacheControl(config),
    'Cache-Status': cacheStatus(cache),
  };
  return conditional(request, JSON.stringify({ ...answer, ...more }), headers, cache.layer);
}

/** `POST /v1/ingredients:batch` */
export const postBatch: LookupHandler = async (request, { labeller, charge }) => {
  const body = await readBody('Batch', request);
  if ('refusal' in body) {
    return problemAnswer(body.refusal);
  }
  const { value } = body;
  charge(request, value.names.length);
  const parsed = value.names.map(parseOrProblem);
  const names = parsed.filter((entry): entry is IngredientName => !('status' in entry));
  const results = names.length === 0 ? [] : await labeller.lookup(names, request.trail?.stopwatch);
  note(request, results);
  let next = 0;
  const entries = parsed.map((entry) => ('status' in entry ? { error: entry } : toEntry(results[next++])));
  return jsonAnswer(200, { results: entries }, { 'Cache-Control': 'no-store' }, 'batch');
};

/** For the log: how many names were answered, and how many of the answers ask for a person. */
function note({ trail }: HttpRequest, results: readonly (Lookup | Error | undefined)[]): void {
  if (trail === undefined) {
    return;
  }
  const answers = results.flatMap((result) => (result === undefined || result instanceof Error ? [] : [result.answer]));
  const needsReview = answers.filter((answer) => answer.needsReview.length > 0).length;
  const [only] = answers;
  trail.answered = {
    names: results.length,
    needsReview,
    ...(results.length === 1 && only !== undefined ? { origin: only.origin } : {}),
  };
}

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
export const getLabels: LookupHandler = async (request, { manifest, config }) => {
  const { version, tasks } = await manifest();
  const described = TASKS.map((task) => [
    task,
    tasks[task].labels.map((label) => ({ label, description: tasks[task].descriptions[label] ?? '' })),
  ]);
  const body = JSON.stringify({ model: version, ...Object.fromEntries(described) });
  return conditional(request, body, { 'Cache-Control': cacheControl(config) }, 'labels');
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
  return problemAnswer(problem(PROBLEMS.modelUnavailable));
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
