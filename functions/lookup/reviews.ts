/**
 * `GET`, `PUT` and `DELETE` of a person's review of a name, for those who may review.
 */
import { type IngredientName, parseName } from '../../shared/ingredient/name';
import { type CurrentReview, currentReview, type ReviewOutcome } from '../../shared/store/review';
import { readBody } from './body';
import type { LookupDependencies, LookupHandler, RoutedRequest } from './handlers';
import { allowsChange, type HttpAnswer, jsonAnswer, matchesTag, problemAnswer } from './http';
import { onlyValue } from './parameters';
import { problem, PROBLEMS } from './problem';

const HEADERS = { 'Cache-Control': 'no-store' };

export const getReview: LookupHandler = async (request, { store, charge }) => {
  charge(request, 1);
  const { key } = nameOf(request);
  const review = currentReview((await (await store()).get([key])).get(key));
  if (review === null) {
    return problemAnswer(problem(PROBLEMS.noReview));
  }
  if (!allowsChange(request.header('if-match'), tagOf(review))) {
    return problemAnswer(problem(PROBLEMS.preconditionFailed));
  }
  if (matchesTag(request.header('if-none-match'), tagOf(review))) {
    return { status: 304, headers: { ...HEADERS, ETag: tagOf(review) }, body: '', note: 'review' };
  }
  return reviewAnswer(200, review);
};

export const putReview: LookupHandler = async (request, dependencies) => {
  dependencies.charge(request, 1);
  const name = nameOf(request);
  const body = await readBody('Review', request);
  if ('refusal' in body) {
    return problemAnswer(body.refusal);
  }
  const { ingredient, source, categories } = body.value;
  const result = await change(name, { ingredient, source, categories }, request, dependencies);
  if ('record' in result) {
    return reviewAnswer(result.outcome === 'created' ? 201 : 200, currentReview(result.record)!);
  }
  return problemAnswer(problem(PROBLEMS.preconditionFailed));
};

export const deleteReview: LookupHandler = async (request, dependencies) => {
  dependencies.charge(request, 1);
  const { outcome } = await change(nameOf(request), null, request, dependencies);
  switch (outcome) {
    case 'refused':
      return problemAnswer(problem(PROBLEMS.preconditionFailed));
    case 'absent':
      return problemAnswer(problem(PROBLEMS.noReview));
    default:
      return { status: 204, headers: HEADERS, body: '', note: 'review' };
  }
};

async function change(
  name: IngredientName,
  labels: CurrentReview['labels'] | null,
  request: RoutedRequest,
  { labeller }: LookupDependencies,
): Promise<ReviewOutcome> {
  const holds = (current: CurrentReview | null): boolean => {
    const tag = current === null ? null : tagOf(current);
    const noneMatch = request.header('if-none-match');
    return (
      allowsChange(request.header('if-match'), tag) &&
      (tag === null || noneMatch === undefined || !matchesTag(noneMatch, tag))
    );
  };
  return labeller.review(name, { labels, reviewer: request.reviewer, holds });
}

function nameOf({ parameter, query }: RoutedRequest): IngredientName {
  return parseName(parameter ?? onlyValue(query, 'name', '/v1/review?name=smoked%20paprika'));
}

/** Strong: a revision has the labels that it came with, and no later one has its number. */
function tagOf({ revision }: CurrentReview): string {
  return `"r${revision}"`;
}

function reviewAnswer(status: number, review: CurrentReview): HttpAnswer {
  return jsonAnswer(status, review.labels, { ...HEADERS, ETag: tagOf(review) }, 'review');
}
