/**
 * Every failure that we raise on purpose. `code` is what clients and alerts match; docs/errors.md explains each.
 */

export abstract class ServiceError extends Error {
  abstract readonly code: string;
  /** True: Pub/Sub redelivers, HTTP answers 429 or 503. False: the message goes to `rejected`, HTTP answers 4xx or 500. */
  abstract readonly retryable: boolean;
}

/** What a caller sent can never succeed; the message says what to change. */
export abstract class InvalidInputError extends ServiceError {
  readonly retryable = false;
}

/** A text that cannot be an ingredient's name. */
export class InvalidNameError extends InvalidInputError {
  override readonly name = 'InvalidNameError';
  readonly code = 'INVALID_NAME';
}

/** An HTTP request whose query or body lacks something or has the wrong shape. */
export class InvalidRequestError extends InvalidInputError {
  override readonly name = 'InvalidRequestError';
  readonly code = 'BAD_REQUEST';
}

/** An event whose data is not a submission: wrong base64, wrong JSON, or fields of the wrong kind. */
export class InvalidMessageError extends InvalidInputError {
  override readonly name = 'InvalidMessageError';
  readonly code = 'INVALID_MESSAGE';
}

/** A setting in the environment is wrong; lists all that is wrong. */
export class ConfigError extends ServiceError {
  override readonly name = 'ConfigError';
  readonly code = 'INVALID_CONFIG';
  readonly retryable = false;

  constructor(readonly problems: readonly string[]) {
    super(`The settings are wrong:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  }
}

/** A model file is missing or not what the manifest says: such a revision must never take traffic. */
export class ModelArtifactError extends ServiceError {
  override readonly name = 'ModelArtifactError';
  readonly code = 'MODEL_ARTIFACT';
  readonly retryable = false;
}

/** The model could not be loaded or run, for a reason that may pass. */
export class ModelUnavailableError extends ServiceError {
  override readonly name = 'ModelUnavailableError';
  readonly code = 'MODEL_UNAVAILABLE';
  readonly retryable = true;
}

/** More names wait for the model than it can answer in time. */
export class OverloadedError extends ServiceError {
  override readonly name = 'OverloadedError';
  readonly code = 'OVERLOADED';
  readonly retryable = true;
}

/** Firestore could not be read or written in time. */
export class StoreUnavailableError extends ServiceError {
  override readonly name = 'StoreUnavailableError';
  readonly code = 'STORE_UNAVAILABLE';
  readonly retryable = true;
}

/** An event asks for another model's answer than the one that this instance has: one that runs another model can do it. */
export class ModelWithdrawnError extends ServiceError {
  override readonly name = 'ModelWithdrawnError';
  readonly code = 'MODEL_WITHDRAWN';
  readonly retryable = true;
}

/** Two people changed one review at the same time, and the database chose the other. */
export class ReviewConflictError extends ServiceError {
  override readonly name = 'ReviewConflictError';
  readonly code = 'REVIEW_CONFLICT';
  readonly retryable = true;

  constructor(options?: ErrorOptions) {
    super('Somebody else changed this review at the same time: read it again, then send the change again.', options);
  }
}

/** A request that needs a person's token came without a good one. */
export class UnauthenticatedError extends InvalidInputError {
  override readonly name = 'UnauthenticatedError';
  readonly code = 'UNAUTHENTICATED';
}

/** Whoever asks may not do so. */
export class ForbiddenError extends InvalidInputError {
  override readonly name = 'ForbiddenError';
  readonly code = 'FORBIDDEN';
}

/** The keys of a token's issuer could not be had, so that nobody can say whether it is good. */
export class IssuerUnavailableError extends ServiceError {
  override readonly name = 'IssuerUnavailableError';
  readonly code = 'ISSUER_UNAVAILABLE';
  readonly retryable = true;
}

/** A caller asked for more names than it may in this time. */
export class RateLimitedError extends ServiceError {
  override readonly name = 'RateLimitedError';
  readonly code = 'RATE_LIMITED';
  readonly retryable = true;

  /** @param retryAfterS whole seconds until the request would be let through. */
  constructor(
    message: string,
    readonly retryAfterS: number,
  ) {
    super(message);
  }
}
