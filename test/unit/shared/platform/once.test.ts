import { once } from '../../../../shared/platform/once';

describe('once', () => {
  it('does the work once for callers that come together and after', async () => {
    let calls = 0;
    const load = once(() => Promise.resolve((calls += 1)));

    const together = await Promise.all([load(), load()]);
    const after = await load();

    expect([...together, after]).toEqual([1, 1, 1]);
    expect(calls).toBe(1);
  });

  it('does no work before the first call', () => {
    let calls = 0;

    once(() => Promise.resolve((calls += 1)));

    expect(calls).toBe(0);
  });

  it('fails all that wait for a failure, and tries again at the next call', async () => {
    const results = [Promise.reject<string>(new Error('down')), Promise.resolve('up')];
    const load = once(() => results.shift()!);

    const together = await Promise.allSettled([load(), load()]);
    const after = await load();

    expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(after).toBe('up');
  });
});
