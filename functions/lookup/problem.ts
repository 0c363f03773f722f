/**
 * A failure → application/problem+json (RFC 9457). `code` is what clients match; `detail` says what to change.
 */
import type { ServerResponse } from 'node:http';

import {
  ForbiddenError,
  InvalidNameError,
  InvalidRequestError,
  IssuerUnavailableError,
  ModelUnavailableError,
  OverloadedError,
  RateLimitedError,
  ReviewConflictError,
  ServiceError,
  UnauthenticatedError,
} from '../../shared/platform/errors';
import { SAFE_HEADERS, setHeaders } from '../safe-headers';

export const PROBLEM_TYPE = 'application/problem+json';

export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

/** Problems that are no failure of ours; docs/errors.md lists them. */
export const PROBLEMS = {
  badUrl: [
    400,
    'BAD_URL',
    'The URL is malformed',
    'The path holds a percent-encoding that is not UTF-8: encode the name again.',
  ],
  badJson: [
    400,
    'BAD_JSON',
    'The body is not JSON',
    'The body is not JSON in UTF-8: check its brackets, quotes and encoding.',
  ],
  badRequest: [400, 'BAD_REQUEST', 'The request is malformed', 'The request is malformed.'],
  notFound: [
    404,
    'NOT_FOUND',
    'There is nothing here',
    'There is nothing at this path: GET /v1/ingredients/{name} asks for one name, with a slash in it as %2F.',
  ],
  methodNotAllowed: [
    405,
    'METHOD_NOT_ALLOWED',
    'The method is not allowed here',
    'Use one of the methods in the header Allow.',
  ],
  notAcceptable: [
    406,
    'NOT_ACCEPTABLE',
    'The answer has another type',
    'Answers are application/json: accept that type.',
  ],
  noReview: [
    404,
    'NO_REVIEW',
    'Nobody has reviewed this name',
    'Nobody has reviewed this name: PUT the labels to be the first.',
  ],
  preconditionFailed: [
    412,
    'PRECONDITION_FAILED',
    'The review is another one',
    'The review is not the one that the request was made for: read it again, and send the change with its new ETag.',
  ],
  expectationFailed: [
    417,
    'EXPECTATION_FAILED',
    'The expectation cannot be met',
    'Leave the header Expect out, or send 100-continue.',
  ],
  tooLarge: [413, 'BODY_TOO_LARGE', 'The body is too large', 'The body is too large: send less at a time.'],
  unsupportedType: [
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    'The body has another type',
    'Send the body as application/json in UTF-8.',
  ],
  unsupportedEncoding: [
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    'The body is encoded',
    'Send the body without a Content-Encoding.',
  ],
  modelUnavailable: [
    503,
    'MODEL_UNAVAILABLE',
    'The model is not ready',
    'The model is not ready: try again in a second.',
  ],
  shuttingDown: [
    503,
    'SHUTTING_DOWN',
    'The instance is shutting down',
    'This instance is shutting down: send the request again.',
  ],
  internal: [
    500,
    'INTERNAL',
    'Something went wrong here',
    'This is a fault of the service: try again, and report it if it stays.',
  ],
} as const satisfies Record<string, readonly [number, string, string, string]>;

export type ProblemKind = (typeof PROBLEMS)[keyof typeof PROBLEMS];

/** A problem, with a detail of its own where the case has more to say. */
export function problem([status, code, title, fallback]: ProblemKind, detail: string = fallback): Problem {
  return { title, status, code, detail };
}

/** Titles and statuses of the errors whose message is for the caller. */
const OUTSPOKEN = [
  [InvalidNameError, 400, 'The name is not valid'],
  [InvalidRequestError, 400, 'The request is malformed'],
  [UnauthenticatedError, 401, 'There is no good token'],
  [ForbiddenError, 403, 'You may not do this'],
  [ReviewConflictError, 409, 'Somebody else changed it'],
  [OverloadedError, 429, 'Too many names at once'],
  [RateLimitedError, 429, 'Too many names in a minute'],
  [IssuerUnavailableError, 503, 'Tokens cannot be checked now'],
] as const;

/** What a caller may know of an error; everything that was not raised on purpose is internal. */
export function problemOf(error: unknown): Problem {
  const [, status, title] = OUTSPOKEN.find(([kind]) => error instanceof kind) ?? [];
  if (error instanceof ServiceError && status !== undefined) {
    return { title, status, code: error.code, detail: error.message };
  }
  if (error instanceof ModelUnavailableError) {
    return problem(PROBLEMS.modelUnavailable);
  }
  if (error instanceof ServiceError && error.retryable) {
    return { title: 'Not available now', status: 503, code: error.code, detail: 'Try again in a second.' };
  }
  return problem(PROBLEMS.internal);
}

/** The headers of a problem: 429 and 503 say when to come again, 401 what to bring. */
export function problemHeaders({ status }: Problem, retryAfterS = 1): Readonly<Record<string, string>> {
  const retry = status === 429 || status === 503 ? { 'Retry-After': String(retryAfterS) } : {};
  const challenge = status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {};
  return { 'Content-Type': PROBLEM_TYPE, 'Cache-Control': 'no-store', ...retry, ...challenge };
}

const codes = new WeakMap<ServerResponse, string>();

/** The code of the problem that a request was answered with; undefined where it was answered otherwise, or is not yet. */
export function writtenCode(response: ServerResponse): string | undefined {
  return codes.get(response);
}

/** Answers with a problem, also where nothing has set the headers that every answer has. */
export function writeProblem(response: ServerResponse, refusal: Problem): void {
  codes.set(response, refusal.code);
  response.statusCode = refusal.status;
  setHeaders(response, SAFE_HEADERS);
  setHeaders(response, problemHeaders(refusal));
  response.end(JSON.stringify(refusal));
}
