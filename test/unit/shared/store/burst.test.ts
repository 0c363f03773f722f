import { Burst } from '../../../../shared/store/burst';
import { Gate } from '../../../support/fakes';

describe('Burst', () => {
  it('writes what came during a write at once, in its order, and gives each its own result', async () => {
    const gate = new Gate();
    const writes: (readonly number[])[] = [];
    const burst = new Burst<number, string>(async (_key, items) => {
      writes.push(items);
      await gate.opened;
      return items.map((item) => `kept ${item}`);
    });

    const results = Promise.all([1, 2, 3, 4].map((item) => burst.add('salt', item)));
    gate.open();

    expect(await results).toEqual(['kept 1', 'kept 2', 'kept 3', 'kept 4']);
    expect(writes).toEqual([[1], [2, 3, 4]]);
  });

  it('lets no key wait for another', async () => {
    const gate = new Gate();
    const burst = new Burst<number, string>(async (key, items) => {
      await (key === 'salt' ? gate.opened : Promise.resolve());
      return items.map(() => key);
    });

    const slow = burst.add('salt', 1);
    const fast = await burst.add('honey', 2);
    gate.open();

    expect([fast, await slow]).toEqual(['honey', 'salt']);
  });

  it('fails those of the write that failed, and goes on with those that came since', async () => {
    const gate = new Gate();
    const failure = new Error('The database is down.');
    let failing = true;
    const burst = new Burst<number, string>(async (_key, items) => {
      await gate.opened;
      if (failing) {
        failing = false;
        throw failure;
      }
      return items.map((item) => `kept ${item}`);
    });

    const results = Promise.allSettled([burst.add('salt', 1), burst.add('salt', 2)]);
    gate.open();

    expect(await results).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 'kept 2' },
    ]);
  });

  it('begins anew after a burst has ended', async () => {
    const writes: (readonly number[])[] = [];
    const burst = new Burst<number, number>((_key, items) => {
      writes.push(items);
      return Promise.resolve(items);
    });

    await burst.add('salt', 1);
    await burst.add('salt', 2);

    expect(writes).toEqual([[1], [2]]);
  });
});
