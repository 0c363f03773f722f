import { retryAfterMs } from '../../../client/errors';

// RFC 9110, section 10.2.3, has both forms; the date is its example.
const THEN = Date.UTC(1999, 11, 31, 23, 59, 59);

describe('retryAfterMs', () => {
  it.each([
    ['seconds', '120', 120_000],
    ['no wait', '0', 0],
    ['a date to come', 'Fri, 31 Dec 1999 23:59:59 GMT', 9_000],
    ['a date that has passed', 'Fri, 31 Dec 1999 23:59:40 GMT', 0],
    ['something else', 'soon', undefined],
    ['nothing', null, undefined],
  ])('reads %s', (_what, header, expected) => {
    expect(retryAfterMs(header, THEN - 9_000)).toBe(expected);
  });
});
