/**
 * Why a call failed, with a code to match and a sentence that says what to change.
 */
import type { Problem } from './types';

/** The service refused, or could not be understood. `code` is the problem's (docs/errors.md), or one of these two. */
export class IngredientApiError extends Error {
  override readonly name: string = 'IngredientApiError';
  /** The HTTP status; 0 where there was no whole response. */
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** How long the service asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    problem: Problem,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(problem.detail, 'cause' in options ? { cause: options.cause } : undefined);
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** As an entry of a batch has it. */
  get problem(): Problem {
    return { title: this.title, status: this.status, code: this.code, detail: this.message };
  }
}

/** No response came: the address is wrong, the service is down, or there is no connection. */
export function networkError(url: string, cause: unknown): IngredientApiError {
  const detail = `${new URL(url).origin} could not be reached: check the address and the connection.`;
  return noConnection(detail, cause);
}

/** A response came, and its body not to the end. */
export function cutOffError(cause: unknown): IngredientApiError {
  return noConnection('The answer was cut off: check the connection, and ask again.', cause);
}

function noConnection(detail: string, cause: unknown): IngredientApiError {
  return new IngredientApiError({ title: 'No connection', status: 0, code: 'NETWORK', detail }, { cause });
}

/** The error of a response that is not 2xx; what no problem describes came from something between here and the service. */
export async function errorOfResponse(response: Response): Promise<IngredientApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const waitMs = retryAfterMs(response.headers.get('Retry-After'), Date.now());
  return new IngredientApiError(isProblem(body) ? body : unexpected(response), { retryAfterMs: waitMs });
}

/** The problem of a response that is not what this client knows. */
export function unexpected({ status, url }: Pick<Response, 'status' | 'url'>): Problem {
  const detail = `The answer (HTTP ${status}) is not one of the ingredient classifier: check the address ${url}.`;
  return { title: 'Unexpected response', status, code: 'UNEXPECTED_RESPONSE', detail };
}

/**
 * The wait that a `Retry-After` header asks for, in milliseconds: it holds seconds or a date (RFC 9110, section 10.2.3).
 *
 * @param now milliseconds since 1970, for the date.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) {
    return undefined;
  }
  if (/^\s*\d+\s*$/.test(header)) {
    return Number(header) * 1000;
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function isProblem(value: unknown): value is Problem {
  const candidate = value as Problem | null | undefined;
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    typeof candidate.code === 'string' &&
    typeof candidate.detail === 'string' &&
    typeof candidate.status === 'number'
  );
}
