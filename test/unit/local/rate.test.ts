import { Rate } from '../../../local/rate';

describe('Rate', () => {
  it('lets turns begin evenly spread, the first at once', async () => {
    const slept: number[] = [];
    const rate = new Rate(
      4,
      () => 1_000,
      (ms) => {
        slept.push(ms);
        return Promise.resolve();
      },
    );

    await Promise.all([rate.turn(), rate.turn(), rate.turn()]);

    expect(slept).toEqual([250, 500]);
  });

  it('saves up nothing while nothing begins', async () => {
    let now = 0;
    const slept: number[] = [];
    const rate = new Rate(
      10,
      () => now,
      (ms) => {
        slept.push(ms);
        return Promise.resolve();
      },
    );

    await rate.turn();
    now = 60_000;
    await rate.turn();
    await rate.turn();

    expect(slept).toEqual([100]);
  });
});
