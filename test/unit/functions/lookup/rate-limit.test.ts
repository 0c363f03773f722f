import { callerOf, RateLimiter } from '../../../../functions/lookup/rate-limit';

function arrange(perMinute: number, maxCallers?: number) {
  const clock = { ms: 0 };
  return { clock, limiter: new RateLimiter(perMinute, () => clock.ms, maxCallers) };
}

const names = (limiter: RateLimiter, caller: string): number =>
  Number(/r=(\d+)/.exec(limiter.headers(caller)['RateLimit'] ?? '')?.[1]);

/** What it throws. */
function refusal(take: () => void): unknown {
  try {
    take();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('RateLimiter', () => {
  it('lets a caller have a minute’s names at once, and then as many as come in', () => {
    const { clock, limiter } = arrange(600);

    limiter.take('a', 600);
    expect(() => {
      limiter.take('a', 1);
    }).toThrow('More than 600 names in a minute');
    clock.ms = 1_000; // 600 a minute are 10 a second
    limiter.take('a', 10);

    expect(names(limiter, 'a')).toBe(0);
  });

  it('counts names, and takes none for what it refuses', () => {
    const { limiter } = arrange(300);
    limiter.take('a', 256);

    expect(
      refusal(() => {
        limiter.take('a', 45);
      }),
    ).toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfterS: 1 });
    limiter.take('a', 44);

    expect(names(limiter, 'a')).toBe(0);
  });

  it('keeps callers apart', () => {
    const { limiter } = arrange(10);

    limiter.take('a', 10);
    limiter.take('b', 10);

    expect(() => {
      limiter.take('b', 1);
    }).toThrow();
  });

  it('says when there will be enough, and what can never be', () => {
    const { limiter } = arrange(60);
    limiter.take('a', 60);

    expect(
      refusal(() => {
        limiter.take('a', 30);
      }),
    ).toMatchObject({ retryAfterS: 30 });
    // No wait would help, so this is no 429.
    expect(
      refusal(() => {
        limiter.take('b', 61);
      }),
    ).toMatchObject({
      code: 'BAD_REQUEST',
      message: 'These are 61 names, and at most 60 are answered in a minute: ask for fewer at a time.',
    });
    limiter.take('b', 60);
  });

  it('tells its policy and what is left', () => {
    const { clock, limiter } = arrange(600);
    limiter.take('a', 100);
    clock.ms = 1_000;

    // 510 are there; 90 more take 9 s
    expect(limiter.headers('a')).toEqual({ 'RateLimit-Policy': '"names";q=600;w=60', RateLimit: '"names";r=510;t=9' });
    expect(limiter.headers('nobody')['RateLimit']).toBe('"names";r=600;t=0');
  });

  it('never holds more than a minute’s names', () => {
    const { clock, limiter } = arrange(60);
    limiter.take('a', 1);
    clock.ms = 3_600_000;

    expect(names(limiter, 'a')).toBe(60);
  });

  it('forgets whoever has been silent longest, so that callers cannot fill memory', () => {
    const { limiter } = arrange(10, 2);
    limiter.take('a', 10);
    limiter.take('b', 10);
    limiter.take('c', 10);

    expect(names(limiter, 'a')).toBe(10);
    expect(names(limiter, 'b')).toBe(0);
  });

  it('is off with 0', () => {
    const { limiter } = arrange(0);

    limiter.take('a', 1_000_000);

    expect(limiter.headers('a')).toEqual({});
  });
});

describe('callerOf', () => {
  it.each([
    [undefined, '192.0.2.1', '192.0.2.1'],
    ['198.51.100.7', '169.254.1.1', '198.51.100.7'],
    // what comes first is what the client itself claims
    ['10.0.0.1, 198.51.100.7', '169.254.1.1', '198.51.100.7'],
    [undefined, '::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    [undefined, '2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    [undefined, '2001:0DB8:1:2::9', '2001:db8:1:2'],
    [undefined, '2001:db8::1', '2001:db8:0:0'],
    [undefined, '::1', '0:0:0:0'],
    [undefined, undefined, ''],
  ])('of %j and %j is %j', (forwardedFor, peer, caller) => {
    expect(callerOf(forwardedFor, peer)).toBe(caller);
  });
});
