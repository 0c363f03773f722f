/**
 * The caches of the lookup function, sentence by sentence, over two instances that share a store.
 */
import { getOne, type LookupDependencies } from '../../functions/lookup/handlers';
import type { HttpAnswer } from '../../functions/lookup/http';
import type { ReviewLabels } from '../../shared/ingredient/labels';
import { Labeller, type LabellerSettings } from '../../shared/labeller';
import { aName, aRecord, aReview, aSubmission, MODEL } from '../support/builders';
import { FakeClassifier, FakeLogger, FakeStore, Gate } from '../support/fakes';

const UNHURRIED_MS = 20_000;
const SOON_MS = 20;
const TTL_MS = 60;
const DAY_MS = 86_400_000;
const MAX_AGE_S = 60;
const DAIRY: ReviewLabels = { ingredient: 'ingredient', source: 'animal_product', categories: ['dairy'] };

interface Options extends Partial<LabellerSettings> {
  readonly store: FakeStore;
  readonly model?: string;
}

/** One instance: its memory and its model are its own. */
function anInstance({ store, model = MODEL, ...settings }: Options) {
  const classifier = new FakeClassifier();
  const labeller = new Labeller(
    {
      store: () => Promise.resolve(store),
      isStoreReady: () => true,
      classify: (name) => classifier.classifyOne(name),
      modelVersion: () => Promise.resolve(model),
      logger: new FakeLogger(),
    },
    { lookupCacheDeadlineMs: UNHURRIED_MS, memoryCacheEntries: 1_000, memoryCacheTtlMs: UNHURRIED_MS, ...settings },
  );
  const get = async (name: string, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
    getOne(
      {
        ...{ method: 'GET', path: '/v1/ingredients', query: new URLSearchParams({ name }), body: Buffer.alloc(0) },
        ...{ header: (wanted) => headers[wanted], caller: '', parameter: undefined, reviewer: '' },
      },
      {
        labeller,
        config: { cacheMaxAgeS: MAX_AGE_S, corsOrigins: [], playground: false, requireIdToken: false },
        charge: () => undefined,
      } as unknown as LookupDependencies,
    );
  const review = (name: string, decided: ReviewLabels | null = DAIRY) =>
    labeller.review(aName(name), { labels: decided, reviewer: 'ana@example.com', holds: () => true });
  return { classifier, labeller, get, review };
}

const originOf = ({ body }: HttpAnswer): unknown => (JSON.parse(body.toString()) as { origin: unknown }).origin;
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const keyOf = (name: string): string => aName(name).key;

describe('memory', () => {
  it('answers first: neither the store nor the model is asked', async () => {
    const store = new FakeStore();
    const { classifier, get } = anInstance({ store });
    await get('turmeric');

    const second = await get('turmeric');

    expect(second.headers['Cache-Status']).toBe('memory; hit');
    expect([store.reads.length, classifier.batches.length]).toEqual([1, 1]);
  });

  it('counts its time from when the store was asked, since a review may have come right after', async () => {
    const store = new FakeStore();
    const gate = new Gate();
    store.readBarrier = gate.opened;
    const { get } = anInstance({ store, memoryCacheTtlMs: TTL_MS });
    const first = get('turmeric');
    await after(TTL_MS + SOON_MS);
    gate.open();
    await first;

    expect((await get('turmeric')).headers['Cache-Status']).not.toBe('memory; hit');
  });
});

describe('the store', () => {
  it('is asked while inference runs beside it', async () => {
    const store = new FakeStore();
    store.readBarrier = new Gate().opened;
    const { classifier, get } = anInstance({ store, lookupCacheDeadlineMs: SOON_MS });

    await get('turmeric');

    expect([store.reads, classifier.batches]).toEqual([[[keyOf('turmeric')]], [['turmeric']]]);
  });

  it('that is late leaves the model’s answer, which nobody keeps: no CDN, no memory, no store', async () => {
    const store = new FakeStore();
    store.readBarrier = new Gate().opened;
    const { get } = anInstance({ store, lookupCacheDeadlineMs: SOON_MS });

    const late = await get('turmeric');
    store.readBarrier = Promise.resolve();
    const next = await get('turmeric');

    expect(late.status).toBe(200);
    expect(late.headers['Cache-Control']).toBe('no-store');
    expect(late.headers['Cache-Status']).toBe('store; fwd=miss; detail=store-timeout, memory; fwd=miss');
    expect(next.headers['Cache-Status']).toBe('store; fwd=miss; stored, memory; fwd=miss; stored');
    expect(store.lookupWrites).toHaveLength(1);
  });

  it('has a review that arrives in time, which wins over the model', async () => {
    const store = new FakeStore([aReview({ name: 'oat milk', model: '2020.1.1' })]);

    expect(originOf(await anInstance({ store }).get('oat milk'))).toBe('review');
  });

  it('is written within the request: nothing goes on after the answer', async () => {
    const store = new FakeStore();
    const gate = new Gate();
    store.writeBarrier = gate.opened;
    const { get } = anInstance({ store });

    const answer = get('turmeric');
    const first = await Promise.race([answer.then(() => 'answered'), after(SOON_MS).then(() => 'writing')]);
    gate.open();

    expect(first).toBe('writing');
    expect((await answer).headers['Cache-Status']).toBe('store; fwd=miss; stored, memory; fwd=miss; stored');
  });

  it('is not waited for beyond the deadline, reading and writing together', async () => {
    const store = new FakeStore();
    store.writeBarrier = new Gate().opened;
    const { get } = anInstance({ store, lookupCacheDeadlineMs: SOON_MS });

    expect((await get('turmeric')).headers['Cache-Status']).toBe('store; fwd=miss, memory; fwd=miss; stored');
  });

  it('keeps 256 new names, though they take longer to label than the deadline', async () => {
    const store = new FakeStore();
    const { classifier, labeller } = anInstance({ store, lookupCacheDeadlineMs: 1_000 });
    const names = Array.from({ length: 256 }, (_, i) => aName(`salt ${i}`));
    // A model that labels four at a time, each four in 30 ms, one after the other: 1.9 s in all.
    names.forEach(({ normalName }, i) => classifier.barriers.set(normalName, after(30 * Math.floor(i / 4))));

    await labeller.lookup(names);

    // A machine that stands still for the whole deadline costs the name whose turn it was.
    expect(store.records.size).toBeGreaterThan(250);
  });

  it('has a hit only in an answer of the instance’s own model', async () => {
    for (const model of ['2026.11.30', '2026.12.2', '2026.12.10']) {
      const { classifier, get } = anInstance({ store: new FakeStore([aRecord({ name: 'turmeric', model })]) });

      const answer = await get('turmeric');

      expect(answer.headers['Cache-Status']).toMatch(/^store; fwd=stale/);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ model: MODEL });
      expect(classifier.batches).toHaveLength(1);
    }
  });

  it('has an older or equal model’s answer replaced, and a newer one’s left by an instance that answers all the same', async () => {
    const store = new FakeStore([
      aRecord({ name: 'dill', model: '2026.9.1' }),
      aRecord({ name: 'mint', model: '2026.12.10' }),
    ]);
    const { get } = anInstance({ store });

    const statuses = [(await get('dill')).status, (await get('mint')).status];

    expect(statuses).toEqual([200, 200]);
    expect([keyOf('dill'), keyOf('mint')].map((key) => store.records.get(key)?.model)).toEqual([MODEL, '2026.12.10']);
    expect(store.lookupWrites).toHaveLength(1);
  });
});

describe('a review', () => {
  it('is seen at once where it was taken, and elsewhere when memory’s time is over', async () => {
    const store = new FakeStore();
    const taker = anInstance({ store, memoryCacheTtlMs: TTL_MS });
    const other = anInstance({ store, memoryCacheTtlMs: TTL_MS });
    await Promise.all([taker.get('oat milk'), other.get('oat milk')]);

    await taker.review('oat milk');
    const atOnce = originOf(await taker.get('oat milk'));
    await after(TTL_MS);
    const elsewhere = await other.get('oat milk');

    expect([atOnce, originOf(elsewhere)]).toEqual(['review', 'review']);
    // What a CDN kept before ends within CACHE_MAX_AGE_S more.
    expect(elsewhere.headers['Cache-Control']).toBe(`public, max-age=${MAX_AGE_S}`);
  });

  it('is not undone by a lookup that had read the store before it', async () => {
    const store = new FakeStore();
    const { classifier, get, review } = anInstance({ store });
    const gate = new Gate();
    classifier.barriers.set('oat milk', gate.opened);
    const early = get('oat milk');
    await after(1);
    classifier.barriers.delete('oat milk');

    await review('oat milk');
    gate.open();
    await early;

    expect(originOf(await get('oat milk'))).toBe('review');
    expect(store.records.get(keyOf('oat milk'))?.status).toBe('reviewed');
  });

  it('brings the model’s answer back at once where it is taken away', async () => {
    const { get, review } = anInstance({ store: new FakeStore() });
    const before = await get('oat milk');
    await review('oat milk');

    await review('oat milk', null);

    expect((await get('oat milk')).headers['ETag']).toBe(before.headers['ETag']);
  });
});

describe('misses', () => {
  it('of one key that come together are one inference and one read', async () => {
    const store = new FakeStore();
    const { classifier, get } = anInstance({ store });

    await Promise.all(['Turmeric', ' turmeric', 'TURMERIC\u3000'].map((name) => get(name)));

    expect([store.reads.length, classifier.batches.length, store.lookupWrites.length]).toEqual([1, 1, 1]);
  });

  it('share an answer by their normal form alone', async () => {
    const store = new FakeStore();
    const { get } = anInstance({ store });

    await get('TOMATO');
    const same = await get('tomato ');
    const other = await get(' tomatos');

    expect(same.headers['Cache-Status']).toBe('memory; hit');
    expect(other.headers['Cache-Status']).not.toBe('memory; hit');
    expect(store.records.size).toBe(2);
  });
});

describe('the entity tag', () => {
  it('is the same from the model, the store and memory', async () => {
    const store = new FakeStore();
    const [first, second] = [anInstance({ store }), anInstance({ store })];

    const answers = [await first.get('turmeric'), await second.get('turmeric'), await second.get('turmeric')];

    expect(answers.map(({ headers }) => headers['Cache-Status']?.split(',')[0])).toEqual([
      'store; fwd=miss; stored',
      'store; hit',
      'memory; hit',
    ]);
    expect(new Set(answers.map(({ headers }) => headers['ETag'])).size).toBe(1);
  });

  it('changes with a new model and with a review, and is answered with 304 until then', async () => {
    const store = new FakeStore();
    const { get, review } = anInstance({ store });
    const tag = (await get('oat milk')).headers['ETag']!;
    const kept = await get('oat milk', { 'if-none-match': tag });

    const newer = await anInstance({ store, model: '2027.1.1' }).get('oat milk');
    await review('oat milk');
    const reviewed = await get('oat milk', { 'if-none-match': tag });

    expect([kept.status, kept.body, kept.headers['Cache-Control']]).toEqual([304, '', `public, max-age=${MAX_AGE_S}`]);
    expect(reviewed.status).toBe(200);
    expect(new Set([tag, newer.headers['ETag'], reviewed.headers['ETag']]).size).toBe(3);
  });
});

describe('the expiry', () => {
  it('is on what only lookups brought, and goes with a submission or a review', async () => {
    const store = new FakeStore();
    const { get, labeller, review } = anInstance({ store });
    await Promise.all(['dill', 'mint', 'sage'].map((name) => get(name)));

    await labeller.submit(aName('mint'), aSubmission());
    await review('sage');

    const [dill, mint, sage] = ['dill', 'mint', 'sage'].map((name) => store.records.get(keyOf(name))!);
    expect(dill!.expireAt!.getTime() - dill!.createdAt.getTime()).toBe(30 * DAY_MS);
    expect([mint!.expireAt, sage!.expireAt]).toEqual([null, null]);
  });
});
