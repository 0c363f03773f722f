import type { Answer } from '../../../shared/ingredient/answer';
import { Labeller, type LabellerSettings, type Lookup } from '../../../shared/labeller';
import { ModelUnavailableError, OverloadedError, StoreUnavailableError } from '../../../shared/platform/errors';
import type { IngredientRecord } from '../../../shared/store/answer-store';
import { aName, anAnswer, aRecord, aReview, aSubmission, labels, MODEL } from '../../support/builders';
import { FakeClassifier, FakeLogger, FakeStore, Gate } from '../../support/fakes';

// Long enough for a busy machine, and passed only where a test says so.
const UNHURRIED_MS = 20_000;
const SOON_MS = 20;

interface Options extends Partial<LabellerSettings> {
  readonly records?: readonly IngredientRecord[];
  readonly isStoreReady?: () => boolean;
}

function arrange({ records = [], isStoreReady = () => true, ...settings }: Options = {}) {
  const store = new FakeStore(records);
  const classifier = new FakeClassifier();
  const logger = new FakeLogger();
  const labeller = new Labeller(
    {
      store: () => Promise.resolve(store),
      isStoreReady,
      classify: (name) => classifier.classifyOne(name),
      modelVersion: () => Promise.resolve(classifier.version),
      logger,
    },
    { lookupCacheDeadlineMs: UNHURRIED_MS, memoryCacheEntries: 100, memoryCacheTtlMs: 600_000, ...settings },
  );
  const lookup = async (...texts: string[]): Promise<Lookup[]> => {
    const results = await labeller.lookup(texts.map((text) => aName(text)));
    return results.map((result) => {
      if (result instanceof Error) {
        throw result;
      }
      return result;
    });
  };
  return { store, classifier, logger, labeller, lookup };
}

const lookedUp = (overrides: Partial<Answer> = {}): Answer => anAnswer({ name: 'Turmeric', ...overrides });

describe('Labeller.recall', () => {
  it('has what memory has, at once and under the name that was asked, and nothing else', async () => {
    const { labeller } = arrange();
    const before = labeller.recall(aName('Salt'));
    await labeller.lookup([aName('salt')]);

    const after = labeller.recall(aName('SALT'));

    expect(before).toBeUndefined();
    expect(after?.answer.name).toBe('SALT');
    expect(after?.cache).toEqual({ layer: 'memory', store: null, stored: false, remembered: false });
  });
});

describe('Labeller.lookup', () => {
  it("gives the model's answer to a name that nobody asked for, and keeps it", async () => {
    const { store, lookup } = arrange();

    const [found] = await lookup('Turmeric');

    expect(found).toEqual({
      answer: lookedUp(),
      cache: { layer: 'model', store: 'miss', stored: true, remembered: true },
    });
    expect(store.records.get(aName('Turmeric').key)).toMatchObject({ ...lookedUp(), normalName: 'turmeric' });
  });

  it('runs the model once when two lookups for one name overlap', async () => {
    const { store, classifier, lookup } = arrange();

    const answers = await Promise.all([lookup('Turmeric'), lookup(' turmeric ')]);

    expect(answers.map(([found]) => found?.answer.name)).toEqual(['Turmeric', 'turmeric']);
    expect(classifier.batches).toEqual([['turmeric']]);
    expect(store.reads).toHaveLength(1);
  });

  it('runs the model once for a name that stands twice in a batch', async () => {
    const { store, classifier, lookup } = arrange();

    const found = await lookup('Turmeric', 'salt', 'TURMERIC');

    expect(found.map(({ answer }) => answer.name)).toEqual(['Turmeric', 'salt', 'TURMERIC']);
    expect(classifier.batches).toEqual([['turmeric'], ['salt']]);
    expect(store.reads).toEqual([[aName('turmeric').key, aName('salt').key]]);
  });

  it('answers from memory the second time, under the name that was asked', async () => {
    const { store, classifier, lookup } = arrange();
    await lookup('Turmeric');

    const [found] = await lookup('TURMERIC');

    expect(found).toEqual({
      answer: lookedUp({ name: 'TURMERIC' }),
      cache: { layer: 'memory', store: null, stored: false, remembered: false },
    });
    expect(classifier.batches).toHaveLength(1);
    expect(store.reads).toHaveLength(1);
  });

  it("answers from the store where its answer is this model's", async () => {
    const stored = aRecord({ name: 'Turmeric', source: { label: 'plant', confidence: 0.5 } });
    const { store, lookup } = arrange({ records: [stored] });

    const [found] = await lookup('turmeric');

    expect(found).toEqual({
      answer: lookedUp({ name: 'turmeric', source: { label: 'plant', confidence: 0.5 } }),
      cache: { layer: 'store', store: null, stored: false, remembered: true },
    });
    expect(store.lookupWrites).toEqual([]);
  });

  it('lets a review win over the model, whatever model it was made beside', async () => {
    const { store, lookup } = arrange({ records: [aReview({ name: 'Oat milk', model: '2020.1.1' })] });

    const [fromStore] = await lookup('oat milk');
    const [fromMemory] = await lookup('oat milk');

    expect(fromStore?.answer).toMatchObject({ origin: 'review', source: { label: 'animal_product', confidence: 1 } });
    expect(fromStore?.cache.layer).toBe('store');
    expect(fromMemory?.answer).toEqual(fromStore?.answer);
    expect(store.lookupWrites).toEqual([]);
  });

  it("takes an older model's answer as a miss, and replaces it", async () => {
    const { store, lookup } = arrange({ records: [aRecord({ name: 'Turmeric', model: '2026.9.1' })] });

    const [found] = await lookup('turmeric');

    expect(found?.answer.model).toBe('2026.12.1');
    expect(found?.cache).toEqual({ layer: 'model', store: 'stale', stored: true, remembered: true });
    expect(store.records.get(aName('turmeric').key)).toMatchObject({ model: '2026.12.1', name: 'Turmeric' });
  });

  it("answers beside a newer model's answer, and does not write", async () => {
    const newer = aRecord({ name: 'Turmeric', model: '2026.12.10' });
    const { store, lookup } = arrange({ records: [newer] });

    const [found] = await lookup('turmeric');

    expect(found?.answer.model).toBe('2026.12.1');
    expect(found?.cache).toEqual({ layer: 'model', store: 'stale', stored: false, remembered: true });
    expect(store.lookupWrites).toEqual([]);
    expect(store.records.get(newer.key)).toBe(newer);
  });

  describe('with a store that still connects', () => {
    it('neither waits for it nor asks it, and lets its review win once it is there', async () => {
      let isReady = false;
      const review = aReview({ name: 'Turmeric' });
      const { store, lookup } = arrange({ records: [review], isStoreReady: () => isReady });

      const [early] = await lookup('Turmeric');
      const readsBefore = store.reads.length;
      isReady = true;
      const [later] = await lookup('Turmeric');

      expect(early).toEqual({
        answer: lookedUp(),
        cache: { layer: 'model', store: 'timeout', stored: false, remembered: false },
      });
      expect(readsBefore).toBe(0);
      expect(later?.answer).toMatchObject({ origin: 'review', source: review.source });
    });
  });

  describe('with a store that is late', () => {
    it("gives the model's answer, and does not keep it in memory", async () => {
      const { store, classifier, lookup } = arrange({ lookupCacheDeadlineMs: SOON_MS });
      const gate = new Gate();
      store.readBarrier = gate.opened;

      const [late] = await lookup('Turmeric');
      gate.open();
      const [next] = await lookup('Turmeric');

      expect(late).toEqual({
        answer: lookedUp(),
        cache: { layer: 'model', store: 'timeout', stored: false, remembered: false },
      });
      expect(next?.cache.layer).toBe('model');
      expect(classifier.batches).toHaveLength(2);
    });

    it('writes nothing', async () => {
      const { store, lookup } = arrange({ lookupCacheDeadlineMs: SOON_MS });
      store.readBarrier = new Gate().opened;

      await lookup('Turmeric');

      expect(store.lookupWrites).toEqual([]);
    });

    it('begins inference before the store has answered', async () => {
      const { store, classifier, lookup } = arrange();
      const gate = new Gate();
      store.readBarrier = gate.opened;

      const asked = lookup('Turmeric');
      await new Promise((resolve) => setImmediate(resolve));
      const begun = [...classifier.batches];
      gate.open();
      await asked;

      expect(begun).toEqual([['turmeric']]);
    });
  });

  it('does not write once the deadline has passed', async () => {
    const { store, classifier, lookup } = arrange({ lookupCacheDeadlineMs: SOON_MS });
    // Timers of this process fire in the order of their times: this one after the deadline.
    classifier.barrier = new Promise((resolve) => setTimeout(resolve, 3 * SOON_MS));

    const [found] = await lookup('Turmeric');

    expect(found?.cache).toEqual({ layer: 'model', store: 'miss', stored: false, remembered: true });
    expect(store.lookupWrites).toEqual([]);
  });

  it('tells the store until when it waits for a write', async () => {
    const { store, lookup } = arrange({ lookupCacheDeadlineMs: UNHURRIED_MS });
    const told: number[] = [];
    store.saveLookup = (_classified, _found, untilMs) => {
      told.push(untilMs);
      return Promise.resolve(true);
    };
    const beganAtMs = performance.now();

    await lookup('Turmeric');

    expect(told).toHaveLength(1);
    expect(told[0]).toBeGreaterThanOrEqual(beganAtMs + UNHURRIED_MS);
    expect(told[0]).toBeLessThanOrEqual(performance.now() + UNHURRIED_MS);
  });

  it('does not wait for a write beyond the deadline', async () => {
    const { store, lookup } = arrange({ lookupCacheDeadlineMs: SOON_MS });
    store.writeBarrier = new Gate().opened;

    const [found] = await lookup('Turmeric');

    expect(found).toEqual({
      answer: lookedUp(),
      cache: { layer: 'model', store: 'miss', stored: false, remembered: true },
    });
  });

  it("gives the model's answer where the store is down, logs why, and does not keep it in memory", async () => {
    const { store, logger, lookup } = arrange();
    store.failure = new StoreUnavailableError('Firestore could not be read.');

    const [down] = await lookup('Turmeric');
    store.failure = undefined;
    const [up] = await lookup('Turmeric');

    expect(down).toEqual({
      answer: lookedUp(),
      cache: { layer: 'model', store: 'error', stored: false, remembered: false },
    });
    expect(up?.cache).toEqual({ layer: 'model', store: 'miss', stored: true, remembered: true });
    expect(logger.lines.map(({ severity, fields }) => [severity, fields['code']])).toEqual([
      ['WARNING', 'STORE_UNAVAILABLE'],
    ]);
  });

  it('answers where the store cannot be opened at all', async () => {
    const classifier = new FakeClassifier();
    const labeller = new Labeller(
      {
        store: () => Promise.reject(new StoreUnavailableError('no credentials')),
        classify: (name) => classifier.classifyOne(name),
        modelVersion: () => Promise.resolve(classifier.version),
        logger: new FakeLogger(),
      },
      { lookupCacheDeadlineMs: UNHURRIED_MS, memoryCacheEntries: 1, memoryCacheTtlMs: 1000 },
    );

    const [found] = await labeller.lookup([aName('Turmeric')]);

    expect(found).toEqual({
      answer: lookedUp(),
      cache: { layer: 'model', store: 'error', stored: false, remembered: false },
    });
  });

  it('answers where the write fails', async () => {
    const { store, logger, lookup } = arrange();
    store.saveLookup = () => Promise.reject(new StoreUnavailableError('Firestore could not be written.'));

    const [found] = await lookup('Turmeric');

    expect(found).toEqual({
      answer: lookedUp(),
      cache: { layer: 'model', store: 'miss', stored: false, remembered: true },
    });
    expect(logger.lines).toHaveLength(1);
  });

  it('gives the error of one name in its place, and answers to the others', async () => {
    const { store, classifier, labeller } = arrange();
    const overloaded = new OverloadedError('Too many names wait for the model.');
    classifier.failures.set('salt', overloaded);

    const results = await labeller.lookup(['Turmeric', 'salt', 'water'].map((text) => aName(text)));

    expect(results.map((result) => (result instanceof Error ? result : result.answer.name))).toEqual([
      'Turmeric',
      overloaded,
      'water',
    ]);
    expect(store.lookupWrites.map(({ answer }) => answer.name)).toEqual(['Turmeric', 'water']);
  });

  it('does not keep a name waiting for its neighbours in a batch', async () => {
    const { classifier, lookup } = arrange();
    const slow = new Gate();
    classifier.barriers.set('slow', slow.opened);
    const batch = lookup('quick', 'slow');

    const [joined] = await lookup('quick');
    slow.open();
    await batch;

    expect(joined?.answer.name).toBe('quick');
    expect(classifier.batches).toEqual([['quick'], ['slow']]);
  });

  it('says that memory kept nothing where memory is turned off', async () => {
    const { lookup } = arrange({ memoryCacheEntries: 0 });

    const [found] = await lookup('Turmeric');

    expect(found?.cache.remembered).toBe(false);
  });

  it('forgets the error of a name', async () => {
    const { classifier, labeller, lookup } = arrange();
    classifier.failures.set('salt', new ModelUnavailableError('not yet'));
    const [first] = await labeller.lookup([aName('salt')]);
    classifier.failures.clear();

    const [second] = await lookup('salt');

    expect(first).toBeInstanceOf(ModelUnavailableError);
    expect(second?.cache.layer).toBe('model');
  });

  it('answers from the store where the model cannot', async () => {
    const { classifier, lookup } = arrange({ records: [aReview({ name: 'oat milk' })] });
    classifier.failures.set('oat milk', new OverloadedError('Too many names wait for the model.'));

    const [found] = await lookup('oat milk');

    expect(found?.answer.origin).toBe('review');
  });

  it('rejects with a fault of ours', async () => {
    const { classifier, labeller } = arrange();
    classifier.failures.set('salt', new TypeError('a bug'));

    await expect(labeller.lookup([aName('salt')])).rejects.toThrow(TypeError);
  });

  it('answers no names with no answers', async () => {
    const { store, lookup } = arrange();

    expect(await lookup()).toEqual([]);
    expect(store.reads).toEqual([]);
  });
});

describe('Labeller.review', () => {
  const TTL_MS = 30;
  const ask = (source: 'animal_product' | 'plant') => ({
    labels: { ingredient: 'ingredient', source, categories: ['beverage'] } as const,
    reviewer: 'ana@example.com',
    holds: () => true,
  });

  it('is what this instance answers at once', async () => {
    const { store, labeller, lookup } = arrange();
    await lookup('oat milk');

    await labeller.review(aName('oat milk'), ask('plant'));
    const [found] = await lookup('oat milk');

    expect(found?.answer).toMatchObject({ origin: 'review', source: { label: 'plant', confidence: 1 } });
    expect(Object.keys(found!.answer)).toEqual(Object.keys(anAnswer()));
    expect(found?.cache.layer).toBe('memory');
    expect(store.reads).toHaveLength(1);
  });

  it('is in memory from when the store was asked: another instance’s may have come before a late reply', async () => {
    const { store, labeller } = arrange({ memoryCacheTtlMs: TTL_MS });
    store.writeBarrier = new Promise((resolve) => setTimeout(resolve, 2 * TTL_MS));

    await labeller.review(aName('oat milk'), ask('plant'));

    expect(labeller.recall(aName('oat milk'))).toBeUndefined();
  });

  it('stays in memory where the reply to an earlier one comes after it', async () => {
    const { store, labeller } = arrange();
    const late = new Gate();
    const changeReview = store.changeReview.bind(store);
    store.changeReview = async (change) => {
      const outcome = await changeReview(change);
      await (change.labels?.source === 'animal_product' ? late.opened : undefined);
      return outcome;
    };

    const earlier = labeller.review(aName('oat milk'), ask('animal_product'));
    await labeller.review(aName('oat milk'), ask('plant'));
    late.open();
    await earlier;

    expect(store.records.get(aName('oat milk').key)?.source?.label).toBe('plant');
    expect(labeller.recall(aName('oat milk'))?.answer.source?.label).toBe('plant');
  });

  it('does not take the place of a later one that a lookup found meanwhile', async () => {
    const { store, labeller, lookup } = arrange();
    const late = new Gate();
    const changeReview = store.changeReview.bind(store);
    store.changeReview = async (change) => {
      const outcome = await changeReview(change);
      store.records.set(aName('oat milk').key, aReview({ name: 'oat milk', reviewCount: 2 }));
      await late.opened;
      return outcome;
    };

    const earlier = labeller.review(aName('oat milk'), ask('plant'));
    await new Promise((resolve) => setImmediate(resolve));
    await lookup('oat milk');
    late.open();
    await earlier;

    expect(labeller.recall(aName('oat milk'))?.answer.source?.label).toBe('animal_product');
  });
});

describe('Labeller.submit', () => {
  it('keeps an ingredient for good, once however often it is submitted', async () => {
    const { store, labeller } = arrange();
    const submission = aSubmission({ id: 'app-1' });

    const outcomes = [
      await labeller.submit(aName('Turmeric'), submission),
      await labeller.submit(aName('Turmeric'), submission),
      await labeller.submit(aName('TURMERIC'), aSubmission({ id: 'app-2' })),
    ];

    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['created', 'unchanged', 'updated']);
    expect([...store.records.values()]).toHaveLength(1);
    expect(store.records.get(aName('turmeric').key)).toMatchObject({
      ...lookedUp(),
      status: 'classified',
      ids: ['app-1', 'app-2'],
      expireAt: null,
    });
  });

  it('rejects where the store is down', async () => {
    const { store, labeller } = arrange();
    store.failure = new StoreUnavailableError('Firestore could not be written.');

    await expect(labeller.submit(aName(), aSubmission())).rejects.toBe(store.failure);
  });

  it('rejects where the model cannot answer, and keeps nothing', async () => {
    const { store, classifier, labeller } = arrange();
    classifier.failures.set('turmeric', new OverloadedError('Too many names wait for the model.'));

    await expect(labeller.submit(aName('turmeric'), aSubmission())).rejects.toBeInstanceOf(OverloadedError);

    expect(store.records.size).toBe(0);
  });

  it('leaves a review as it is', async () => {
    const { store, classifier, labeller } = arrange({ records: [aReview({ name: 'oat milk' })] });
    classifier.answer = labels({ source: { label: 'plant', confidence: 0.6 } });

    await labeller.submit(aName('oat milk'), aSubmission({ id: 'app-1' }));

    expect(store.records.get(aName('oat milk').key)).toMatchObject({
      status: 'reviewed',
      source: { label: 'animal_product', confidence: 1 },
      ids: ['app-1'],
    });
  });
});

describe('Labeller.reclassify', () => {
  it.each([
    ['an older model', '2026.9.1', undefined, 'updated', '2026.12.1'],
    ['a newer model', '2027.1.1', undefined, 'unchanged', '2027.1.1'],
    ['a withdrawn model, though it is newer', '2027.1.1', '2027.1.1', 'updated', '2026.12.1'],
  ])('meets the answer of %s', async (_what, model, withdrawn, outcome, expected) => {
    const { store, labeller } = arrange({ records: [aRecord({ name: 'salt', model })] });

    const kept = await labeller.reclassify(aName('salt'), withdrawn);

    expect(kept).toMatchObject({ outcome, answer: { model: '2026.12.1' } });
    expect(store.records.get(aName('salt').key)?.model).toBe(expected);
  });

  it('leaves to another instance what is to leave the model that it runs itself', async () => {
    const found = aRecord({ name: 'salt', model: MODEL });
    const { store, labeller } = arrange({ records: [found] });

    const kept = labeller.reclassify(aName('salt'), MODEL);

    await expect(kept).rejects.toMatchObject({ code: 'MODEL_WITHDRAWN', retryable: true });
    expect(store.records.get(found.key)).toBe(found);
  });
});
