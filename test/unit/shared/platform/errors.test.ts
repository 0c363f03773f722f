import * as errors from '../../../../shared/platform/errors';

describe('ServiceError', () => {
  it.each([
    [new errors.InvalidNameError('x'), false],
    [new errors.InvalidMessageError('x'), false],
    [new errors.ConfigError([]), false],
    [new errors.ModelArtifactError('x'), false],
    [new errors.ModelUnavailableError('x'), true],
    [new errors.OverloadedError('x'), true],
    [new errors.StoreUnavailableError('x'), true],
  ])('says of %s whether trying again can help', (error, retryable) => {
    expect(error.retryable).toBe(retryable);
    expect(error).toBeInstanceOf(errors.ServiceError);
  });

  it('keeps its cause', () => {
    const cause = new Error('DEADLINE_EXCEEDED');

    const error = new errors.StoreUnavailableError('late', { cause });

    expect(error.cause).toBe(cause);
  });
});

describe('ConfigError', () => {
  it('lists every problem, one a line', () => {
    const error = new errors.ConfigError(['A is wrong.', 'B is wrong.']);

    expect(error.message).toBe('The settings are wrong:\n- A is wrong.\n- B is wrong.');
  });
});
