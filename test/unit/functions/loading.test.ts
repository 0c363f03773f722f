import { setTimeout as delay } from 'node:timers/promises';

import { beginLoading, type Loading } from '../../../functions/loading';
import { createLogger } from '../../../shared/platform/logger';
import { Stopwatch } from '../../../shared/platform/timing';
import { MODEL } from '../../support/builders';
import { Gate } from '../../support/fakes';

/** Parts that write down when each is asked. */
function parts(overrides: Partial<Loading> = {}) {
  const order: string[] = [];
  const log: string[] = [];
  const loading: Loading = {
    target: 'lookupIngredient',
    classifier: () => {
      order.push('model');
      return Promise.resolve({ version: MODEL });
    },
    loadTime: new Stopwatch(),
    connect: () => {
      order.push('store');
      return Promise.resolve();
    },
    isBusy: () => false,
    logger: createLogger('DEBUG', (line) => log.push(line)),
    keepHeapSmall: () => undefined,
    ...overrides,
  };
  return { loading, order, log };
}

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !condition(); round += 1) {
    await delay(5);
  }
  expect(condition()).toBe(true);
}

describe('beginLoading', () => {
  it('loads nothing in the turn that it is called in', () => {
    const { loading, order } = parts();

    beginLoading(loading);

    expect(order).toEqual([]);
  });

  it('keeps the heap small for lookups before anything is loaded', async () => {
    const { loading, order } = parts();

    beginLoading({ ...loading, keepHeapSmall: () => order.push('heap') });
    await until(() => order.length === 3);

    expect(order).toEqual(['heap', 'model', 'store']);
  });

  it('keeps the heap small for events once the client has begun', async () => {
    const { loading, order } = parts({ target: 'classifyIngredient' });

    beginLoading({ ...loading, keepHeapSmall: () => order.push('heap') });
    await until(() => order.length === 3);

    expect(order[0]).toBe('store');
    expect(order).toContain('heap');
  });

  it('loads the model first for lookups', async () => {
    const { loading, order } = parts();

    beginLoading(loading);
    await until(() => order.length === 2);

    expect(order).toEqual(['model', 'store']);
  });

  it('loads the client first for events, and the model while it connects', async () => {
    const connected = new Gate();
    const { loading, order } = parts({ target: 'classifyIngredient' });

    beginLoading({
      ...loading,
      connect: () => {
        order.push('store');
        return connected.opened;
      },
    });
    await until(() => order.length === 2);
    connected.open();

    expect(order).toEqual(['store', 'model']);
  });

  it('leaves the client until no lookup waits for its answer', async () => {
    let isBusy = true;
    const { loading, order } = parts({ isBusy: () => isBusy });

    beginLoading(loading);
    await delay(200);
    const whileBusy = [...order];
    isBusy = false;
    await until(() => order.length === 2);

    expect(whileBusy).toEqual(['model']);
  });

  it('loads the client after a second where lookups never cease', async () => {
    const { loading, order } = parts({ isBusy: () => true });

    beginLoading(loading);
    await until(() => order.length === 2);

    expect(order).toEqual(['model', 'store']);
  });

  it('tries the store again until it answers, and says so', async () => {
    let failures = 1;
    const { loading, order, log } = parts();
    const { connect } = loading;

    beginLoading({
      ...loading,
      connect: () => (failures-- > 0 ? Promise.reject(new Error('not there')) : connect()),
    });
    await until(() => order.length === 2 && log.length === 2);

    expect(order).toEqual(['model', 'store']);
    expect(log[0]).toContain('"severity":"WARNING"');
    expect(log[0]).toContain('not there');
  });

  it('logs the cold start of an instance whose store cannot be reached, without that stage', async () => {
    const { loading, log } = parts();

    beginLoading({ ...loading, connect: () => Promise.reject(new Error('not there')) });
    await until(() => log.length >= 2);
    const line = JSON.parse(log[1]!) as { message: string; stages: Record<string, number> };

    expect(line.message).toBe('cold start');
    expect(Object.keys(line.stages)).toEqual(['node', 'load', 'listen', 'model']);
  });

  it('loads the store also where the model cannot be loaded, and says so', async () => {
    const { loading, order, log } = parts({ classifier: () => Promise.reject(new Error('no memory')) });

    beginLoading(loading);
    await until(() => order.includes('store'));

    expect(log[0]).toContain('no memory');
  });

  it('logs once how long each stage took', async () => {
    const { loading, log } = parts();

    loading.loadTime.add('session', 61.234);
    beginLoading(loading);
    await until(() => log.length === 1);
    const { totalMs, stages, ...line } = JSON.parse(log[0]!) as { totalMs: number; stages: Record<string, number> };

    expect(line).toMatchObject({
      message: 'cold start',
      target: 'lookupIngredient',
      model: MODEL,
      modelStages: { session: 61.23 },
    });
    expect(Object.keys(stages)).toEqual(['node', 'load', 'listen', 'model', 'store']);
    expect(totalMs).toBeGreaterThanOrEqual(stages['node']! + stages['load']!);
  });
});
