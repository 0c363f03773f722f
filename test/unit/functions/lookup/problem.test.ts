import { problem, problemOf, PROBLEMS } from '../../../../functions/lookup/problem';
import * as errors from '../../../../shared/platform/errors';

describe('problemOf', () => {
  it.each([
    [new errors.InvalidNameError('x'), 400, 'INVALID_NAME'],
    [new errors.OverloadedError('x'), 429, 'OVERLOADED'],
    [new errors.ModelUnavailableError('x'), 503, 'MODEL_UNAVAILABLE'],
    [new errors.StoreUnavailableError('x'), 503, 'STORE_UNAVAILABLE'],
    [new errors.ConfigError(['x']), 500, 'INTERNAL'],
    [new errors.ModelArtifactError('x'), 500, 'INTERNAL'],
    [new TypeError('x'), 500, 'INTERNAL'],
    [undefined, 500, 'INTERNAL'],
  ])('of %p is %d %s', (error, status, code) => {
    expect(problemOf(error)).toMatchObject({ status, code });
  });

  it('says what to change of a name', () => {
    const { detail } = problemOf(
      new errors.InvalidNameError('The name is empty: send at least one visible character.'),
    );

    expect(detail).toBe('The name is empty: send at least one visible character.');
  });

  it.each([
    new TypeError('secret /srv/app.js'),
    new errors.ModelUnavailableError('The model /secret/model.onnx could not be loaded.'),
    new errors.StoreUnavailableError('secret', { cause: new Error('secret') }),
    new errors.ModelArtifactError('/secret/vocab.txt cannot be read'),
  ])('keeps what is inside to itself: %p', (error) => {
    expect(JSON.stringify(problemOf(error))).not.toContain('secret');
  });
});

describe('problem', () => {
  it('has the detail of its kind where the case has none of its own', () => {
    expect(problem(PROBLEMS.notAcceptable)).toEqual({
      title: 'The answer has another type',
      status: 406,
      code: 'NOT_ACCEPTABLE',
      detail: 'Answers are application/json: accept that type.',
    });
    expect(problem(PROBLEMS.notAcceptable, 'Only JSON.').detail).toBe('Only JSON.');
  });
});
