/**
 * Reviews and lists in the Firestore emulator: what is left in the database, and that the stores agree.
 */
import { Firestore, type Timestamp } from '@google-cloud/firestore';

import { RecordIndex } from '../../local/record-index';
import type { ReviewLabels } from '../../shared/ingredient/labels';
import { FirestoreStore } from '../../shared/store/firestore-store';
import type { ListQuery } from '../../shared/store/queries';
import type { ReviewChange } from '../../shared/store/review';
import { aName, anAnswer, aRecord, aSubmission, classified, labels, MODEL } from '../support/builders';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { type Call, CONTENTION, GrpcProxy } from '../support/grpc-proxy';
import { AUDIENCE, REVIEWER, TestIssuer } from '../support/issuer';
import { startPackaged } from '../support/packaged';

jest.setTimeout(60_000);

const DAIRY: ReviewLabels = { ingredient: 'ingredient', source: 'animal_product', categories: ['dairy'] };
const NOT_ONE: ReviewLabels = { ingredient: 'not_ingredient', source: null, categories: [] };

const projectId = aProjectId('reviews');
let database: Firestore;
let store: FirestoreStore;

function change(name: string, overrides: Partial<ReviewChange> = {}): ReviewChange {
  return {
    classified: classified({ name }),
    labels: DAIRY,
    reviewer: 'ana@example.com',
    holds: () => true,
    ...overrides,
  };
}

const documentOf = (name: string) => database.collection('ingredients').doc(aName(name).key);

describeWith(['firestore'], 'FirestoreStore, for people', () => {
  beforeAll(async () => {
    Object.assign(process.env, emulatorEnvironment(['firestore'], projectId));
    database = new Firestore({ projectId });
    const emulatorHost = process.env['FIRESTORE_EMULATOR_HOST'];
    store = await FirestoreStore.open({ projectId, database: '(default)', emulatorHost });
  });

  afterEach(async () => {
    const documents = await database.collection('ingredients').listDocuments();
    await Promise.all(documents.map((document) => database.recursiveDelete(document)));
  });

  afterAll(async () => {
    await store.close();
    await database.terminate();
  });

  describe('changeReview', () => {
    it('keeps the model’s answer beside the review, and each change with who, when and what before', async () => {
      await store.saveSubmission(classified({ name: 'oat milk' }), aSubmission());

      const outcomes = [
        await store.changeReview(change('oat milk')),
        await store.changeReview(change('oat milk', { labels: NOT_ONE, reviewer: 'bo@example.com' })),
      ].map(({ outcome }) => outcome);

      const document = (await documentOf('oat milk').get()).data();
      const entries = (await documentOf('oat milk').collection('reviews').get()).docs.map((entry) => entry.data());
      expect(outcomes).toEqual(['created', 'replaced']);
      expect(document).toMatchObject({
        status: 'reviewed',
        origin: 'review',
        ingredient: { label: 'not_ingredient', confidence: 1 },
        source: null,
        categories: [],
        needsReview: [],
        expireAt: null,
        reviewCount: 2,
        modelAnswer: { ...labels(), model: MODEL },
        listed: false,
      });
      expect(entries).toMatchObject([
        { revision: 1, reviewer: 'ana@example.com', before: { origin: 'model', ...labels() }, after: DAIRY },
        { revision: 2, reviewer: 'bo@example.com', before: { origin: 'review' }, after: NOT_ONE },
      ]);
      expect((entries[0]!['reviewedAt'] as Timestamp).toMillis()).toBeGreaterThan(Date.now() - 60_000);
      expect((await store.reviewHistory(aName('oat milk').key)).map(({ revision }) => revision)).toEqual([1, 2]);
    });

    it('brings the model’s answer back, and goes on counting', async () => {
      await store.changeReview(change('oat milk'));

      await store.changeReview(change('oat milk', { labels: null }));
      await store.changeReview(change('oat milk'));

      expect((await documentOf('oat milk').get()).data()).toMatchObject({ status: 'reviewed', reviewCount: 3 });
      expect((await store.reviewHistory(aName('oat milk').key)).map(({ after }) => after)).toEqual([
        DAIRY,
        null,
        DAIRY,
      ]);
    });

    it('goes on counting where the document was deleted by hand, and its entries were not', async () => {
      await store.changeReview(change('oat milk'));
      await store.changeReview(change('oat milk', { labels: NOT_ONE }));
      await documentOf('oat milk').delete();

      const { outcome } = await store.changeReview(change('oat milk'));

      expect(outcome).toBe('created');
      expect((await documentOf('oat milk').get()).data()).toMatchObject({ status: 'reviewed', reviewCount: 3 });
      expect((await store.reviewHistory(aName('oat milk').key)).map(({ revision }) => revision)).toEqual([1, 2, 3]);
    });

    it('takes the expiry from what a lookup brought, and a lookup leaves the review', async () => {
      await store.saveLookup(classified({ name: 'oat milk' }), undefined, Infinity);
      await store.changeReview(change('oat milk'));

      const kept = await store.saveLookup(classified({ name: 'oat milk' }), undefined, Infinity);

      expect(kept).toBe(false);
      expect((await documentOf('oat milk').get()).data()).toMatchObject({ expireAt: null, origin: 'review' });
    });

    it('lets one of many writers at the same time through, where each wants what stood before', async () => {
      const before = await store.changeReview(change('oat milk'));
      expect(before.outcome).toBe('created');

      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () =>
          store.changeReview(change('oat milk', { labels: NOT_ONE, holds: (current) => current?.revision === 1 })).then(
            ({ outcome }) => outcome,
            (error: unknown) => (error as { code: string }).code,
          ),
        ),
      );

      expect(outcomes.filter((outcome) => outcome === 'replaced')).toHaveLength(1);
      expect(new Set(outcomes)).not.toContain('created');
      expect(await store.reviewHistory(aName('oat milk').key)).toHaveLength(2);
    });
  });

  it('a document of another shape counts as absent, fails no other of its batch, and is written over', async () => {
    await documentOf('salt').set({ key: aName('salt').key, ingredient: 'yes' });
    await documentOf('dill').set({ ...aRecord({ name: 'dill' }), key: 'n1-other' });
    await store.saveSubmission(classified({ name: 'mint' }), aSubmission());

    const found = await store.get(['salt', 'dill', 'mint'].map((name) => aName(name).key));
    await store.saveSubmission(classified({ name: 'salt' }), aSubmission());
    const lookedUp = await store.saveLookup(classified({ name: 'dill' }), undefined, Infinity);

    expect([...found.values()].map(({ name }) => name)).toEqual(['mint']);
    expect((await documentOf('salt').get()).data()).toMatchObject(anAnswer({ name: 'salt' }));
    expect([lookedUp, (await documentOf('dill').get()).get('key')]).toEqual([true, aName('dill').key]);
  });

  describe('list', () => {
    const dairy = { categories: [{ label: 'dairy', confidence: 0.9 }] };
    const records = [
      aRecord({ name: 'salt' }),
      aRecord({ name: 'salt butter', ...dairy, source: { label: 'animal_product', confidence: 0.9 } }),
      aRecord({ name: 'saffron' }),
      aRecord({ name: 'sal\u{1f600}' }),
      aRecord({ name: 'sal\uffe6' }),
      aRecord({ name: 'soap', ingredient: { label: 'not_ingredient', confidence: 1 }, source: null, categories: [] }),
    ];

    beforeEach(async () => {
      for (const record of records) {
        const { name, ingredient, source, categories } = record;
        await store.saveSubmission(classified({ name, ingredient, source, categories }), aSubmission());
      }
      await store.saveLookup(classified({ name: 'sale' }), undefined, Infinity);
    });

    it.each<[string, Partial<ListQuery>]>([
      ['all', {}],
      ['a prefix', { prefix: 'sal' }],
      ['a prefix that ends with white space', { prefix: 'salt ' }],
      ['a prefix beyond the first plane', { prefix: 'sal\u{1f600}' }],
      ['a source', { source: 'plant' }],
      ['a category', { category: 'dairy' }],
      ['all filters', { prefix: 's', source: 'animal_product', category: 'dairy' }],
      ['a page', { limit: 2 }],
      ['a later page', { limit: 2, after: 'saffron' }],
      ['a page beyond the end', { after: 'z' }],
      ['a page after a name before the prefix', { prefix: 'sal', after: 'saffron' }],
      ['a page after a name past the prefix', { prefix: 'saf', after: 'salt' }],
    ])('of %s is as the embedded store has it', async (_what, query) => {
      const asked = { prefix: '', after: null, limit: 10, ...query };

      const page = await store.list(asked);

      const expected = new RecordIndex(records).list(asked);
      expect(page.records.map(({ name }) => name)).toEqual(expected.records.map(({ name }) => name));
      expect(page.next).toBe(expected.next);
    });

    it('goes on past a document of another shape', async () => {
      await database.collection('ingredients').doc('broken').set({ listed: true, normalName: 'saffron 2' });

      const page = await store.list({ prefix: 'saffron', after: null, limit: 2 });

      expect(page.records.map(({ name }) => name)).toEqual(['saffron']);
    });
  });

  it('is 409 over HTTP where others contend for the review, and then goes through', async () => {
    const emulator = emulatorEnvironment(['firestore'], projectId);
    const proxy = await GrpcProxy.open(emulator['FIRESTORE_EMULATOR_HOST']!, () => undefined);
    const issuer = await TestIssuer.start();
    const lookup = await startPackaged('lookupIngredient', {
      env: {
        ...{ ...emulator, FIRESTORE_EMULATOR_HOST: proxy.host },
        ...{ REVIEWERS: REVIEWER, AUTH_AUDIENCE: AUDIENCE, AUTH_ISSUERS: issuer.url },
      },
    });
    const headers = { Authorization: `Bearer ${await issuer.token()}`, 'Content-Type': 'application/json' };
    const put = (): Promise<Response> =>
      fetch(`${lookup.url}/v1/review?name=rye`, { method: 'PUT', headers, body: JSON.stringify(DAIRY) });
    const isChange = ({ method, body }: Call): boolean => method === 'Commit' && body.includes(aName('rye').key);
    const met = [1, 2, 3].map(() => proxy.arm(isChange, CONTENTION));

    const refused = await put();
    const kept = (await documentOf('rye').get()).exists;
    const taken = await put();

    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([409, 'REVIEW_CONFLICT']);
    expect(met.map((isMet) => isMet())).toEqual([true, true, true]);
    expect([kept, taken.status]).toEqual([false, 201]);
    await lookup.process.stop();
    await issuer.stop();
    await proxy.close();
  });

  it('listReviewed has what was reviewed, in pages of keys', async () => {
    for (const name of ['a', 'b', 'c']) {
      await store.changeReview(change(name));
    }
    await store.saveSubmission(classified({ name: 'd' }), aSubmission());
    const keys = ['a', 'b', 'c'].map((name) => aName(name).key).sort();

    const first = await store.listReviewed(null, 2);
    const second = await store.listReviewed(first.next, 2);

    expect([...first.records, ...second.records].map(({ key }) => key)).toEqual(keys);
    expect([first.next, second.next]).toEqual([keys[1], null]);
  });
});
