/**
 * FirestoreStore against the Firestore emulator: what it leaves in the database, and what it makes of what is there.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { type DocumentData, Firestore, type Timestamp } from '@google-cloud/firestore';
import { build } from 'esbuild';

import { InvalidMessageError } from '../../shared/platform/errors';
import { FirestoreStore } from '../../shared/store/firestore-store';
import { anAnswer, aRecord, aReview, classified, FAR_AHEAD, LATER, LONG_AGO, NOW } from '../support/builders';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { ROOT } from '../support/fixtures';
import { freePort } from '../support/owned-process';

jest.setTimeout(60_000);

const DAY_MS = 86_400_000;
// The first 32 hex digits of `printf %s NAME | sha256sum`.
const KEYS = {
  turmeric: 'n1-2ccfaf0f1e83e4fe7cf8de1ae2a4509d',
  'oat milk': 'n1-c0dc195721ecbd39f3ddea77fc0893c2',
  'rye flour': 'n1-e6a2d2f2c09164662f23ddf676aef255',
  'dried apricot': 'n1-448d62d55745dd454812c8f9f0854eca',
  'smoked paprika': 'n1-06834765b67ad7dc44b85a5de484abad',
} as const;

const projectId = aProjectId('store');
let database: Firestore;
let store: FirestoreStore;

function open(): Promise<FirestoreStore> {
  const emulatorHost = process.env['FIRESTORE_EMULATOR_HOST'];
  return FirestoreStore.open({ projectId, database: '(default)', emulatorHost });
}

/** A document as it lies in the database, its times as Date. */
async function stored(key: string, collection = 'ingredients'): Promise<DocumentData | undefined> {
  const data = (await database.collection(collection).doc(key).get()).data();
  if (data === undefined) {
    return undefined;
  }
  const isTime = (value: unknown): value is Timestamp => typeof (value as Timestamp | null)?.toDate === 'function';
  return Object.fromEntries(
    Object.entries(data).map(([field, value]: [string, unknown]) => [field, isTime(value) ? value.toDate() : value]),
  );
}

async function put(document: ReturnType<typeof aRecord>): Promise<void> {
  await database
    .collection('ingredients')
    .doc(document.key)
    .set({ ...document });
}

async function deleteAll(): Promise<void> {
  for (const collection of ['ingredients', 'rejected']) {
    const documents = await database.collection(collection).listDocuments();
    await Promise.all(documents.map((document) => document.delete()));
  }
}

describeWith(['firestore'], 'FirestoreStore', () => {
  beforeAll(async () => {
    Object.assign(process.env, emulatorEnvironment(['firestore'], projectId));
    database = new Firestore({ projectId });
    store = await open();
  });

  afterEach(deleteAll);

  afterAll(async () => {
    await store.close();
    await database.terminate();
  });

  describe('saveSubmission', () => {
    it('creates a document with the answer, the id and no expiry', async () => {
      const outcome = await store.saveSubmission(classified({ name: 'Turmeric' }), { id: 'app-1', submittedAt: NOW });

      expect(outcome).toBe('created');
      expect(await stored(KEYS.turmeric)).toEqual({
        name: 'Turmeric',
        key: 'n1-2ccfaf0f1e83e4fe7cf8de1ae2a4509d',
        ingredient: { label: 'ingredient', confidence: 0.998 },
        source: { label: 'plant', confidence: 0.991 },
        categories: [{ label: 'spice', confidence: 0.987 }],
        needsReview: [],
        model: '2026.12.1',
        origin: 'model',
        normalName: 'turmeric',
        status: 'classified',
        ids: ['app-1'],
        idCount: 1,
        submittedAt: new Date('2026-12-01T12:00:00.000Z'),
        createdAt: expect.any(Date) as Date,
        updatedAt: expect.any(Date) as Date,
        expireAt: null,
        modelAnswer: null,
        reviewCount: 0,
        // What queries of lists go by.
        listed: true,
        categoryLabels: ['spice'],
      });
    });

    it('adds another id to the document and keeps its first name and time', async () => {
      await store.saveSubmission(classified({ name: 'Turmeric' }), { id: 'app-1', submittedAt: NOW });

      const outcome = await store.saveSubmission(classified({ name: 'TURMERIC' }), { id: 'app-2', submittedAt: LATER });

      expect(outcome).toBe('updated');
      expect(await stored(KEYS.turmeric)).toMatchObject({
        name: 'Turmeric',
        ids: ['app-1', 'app-2'],
        idCount: 2,
        submittedAt: new Date('2026-12-01T12:00:00.000Z'),
      });
    });

    it('writes nothing when the same submission comes again', async () => {
      await store.saveSubmission(classified({ name: 'Turmeric' }), { id: 'app-1', submittedAt: NOW });
      const before = await stored(KEYS.turmeric);

      const outcome = await store.saveSubmission(classified({ name: 'Turmeric' }), { id: 'app-1', submittedAt: LATER });

      expect(outcome).toBe('unchanged');
      expect(await stored(KEYS.turmeric)).toEqual(before);
    });

    it('makes one document with one id of deliveries that two instances handle at once', async () => {
      const other = await open();
      const deliveries = [store, other, store, other, store, other];

      const outcomes = await Promise.all(
        deliveries.map((instance) =>
          instance.saveSubmission(classified({ name: 'Oat milk' }), { id: 'app-1', submittedAt: NOW }),
        ),
      );
      await other.close();

      const documents = await database.collection('ingredients').listDocuments();
      expect(outcomes.sort()).toEqual(['created', ...Array<string>(5).fill('unchanged')]);
      expect(documents.map(({ id }) => id)).toEqual([KEYS['oat milk']]);
      expect(await stored(KEYS['oat milk'])).toMatchObject({ ids: ['app-1'], idCount: 1 });
    });

    it('loses no id of submissions that come at once', async () => {
      await Promise.all(
        ['a', 'b', 'c', 'd'].map((id) =>
          store.saveSubmission(classified({ name: 'Oat milk' }), { id, submittedAt: NOW }),
        ),
      );

      const document = await stored(KEYS['oat milk']);
      expect([...(document?.['ids'] as string[])].sort()).toEqual(['a', 'b', 'c', 'd']);
      expect(document).toMatchObject({ idCount: 4 });
    });

    it('keeps the first 100 ids of a burst of 300 submissions of one name, in their order', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 300 }, (_, index) =>
          store.saveSubmission(classified({ name: 'Oat milk' }), { id: `app-${index}`, submittedAt: NOW }),
        ),
      );

      const document = await stored(KEYS['oat milk']);
      expect(document?.['ids']).toEqual(Array.from({ length: 100 }, (_, index) => `app-${index}`));
      expect(outcomes.filter((outcome) => outcome === 'unchanged')).toHaveLength(200);
    });

    it('takes the expiry off a document that a lookup left', async () => {
      await store.saveLookup(classified({ name: 'Rye flour' }), undefined, Infinity);

      const outcome = await store.saveSubmission(classified({ name: 'Rye flour' }), { id: 'r', submittedAt: NOW });

      expect(outcome).toBe('updated');
      expect(await stored(KEYS['rye flour'])).toMatchObject({
        expireAt: null,
        submittedAt: new Date('2026-12-01T12:00:00.000Z'),
        ids: ['r'],
      });
    });

    it("adds the id to a review and leaves the person's labels", async () => {
      await put(aReview({ name: 'Oat milk', model: '2026.1.1' }));

      await store.saveSubmission(classified({ name: 'Oat milk' }), { id: 'app-1', submittedAt: LATER });

      expect(await stored(KEYS['oat milk'])).toMatchObject({
        status: 'reviewed',
        origin: 'review',
        source: { label: 'animal_product', confidence: 1 },
        ids: ['app-1'],
      });
    });

    it.each([
      ['50/50 butter', 'n1-67e4b75fec79835c8cf86ff9516d1652'],
      ['__x__', 'n1-a917b03b1e3e583a0d785c73641cc888'],
      ['.', 'n1-cdb4ee2aea69cc6a83331bbe96dc2caa'],
    ])('keeps %j, which could not be the id of a document', async (name, key) => {
      await store.saveSubmission(classified({ name }), { id: undefined, submittedAt: NOW });

      const found = await store.get([key]);

      expect(found.get(key)).toMatchObject({ name, key, normalName: name, ids: [], idCount: 0 });
    });
  });

  describe('saveReclassification', () => {
    it("replaces an older model's answer and leaves ids and times", async () => {
      const kept = aRecord({ name: 'Turmeric', model: '2026.9.1', ids: ['app-1'], idCount: 1 });
      await put(kept);

      const outcomes = [
        await store.saveReclassification(classified({ name: 'turmeric' }), undefined),
        await store.saveReclassification(classified({ name: 'turmeric' }), undefined),
      ];

      expect(outcomes).toEqual(['updated', 'unchanged']);
      expect(await stored(KEYS.turmeric)).toEqual({
        ...kept,
        model: '2026.12.1',
        updatedAt: expect.any(Date) as Date,
        // What queries of lists go by, which each write makes anew.
        listed: true,
        categoryLabels: ['spice'],
      });
    });

    it("replaces a withdrawn model's answer, though it is newer", async () => {
      await put(aRecord({ name: 'Turmeric', model: '2027.1.1' }));

      const outcome = await store.saveReclassification(classified({ name: 'Turmeric' }), '2027.1.1');

      expect(outcome).toBe('updated');
      expect(await stored(KEYS.turmeric)).toMatchObject({ model: '2026.12.1' });
    });

    it.each([
      ['a review', aReview({ name: 'Turmeric', model: '2026.1.1' })],
      ['what a lookup brought', aRecord({ name: 'Turmeric', model: '2026.1.1', expireAt: FAR_AHEAD })],
    ])('leaves %s as it is', async (_what, document) => {
      await put(document);

      await store.saveReclassification(classified({ name: 'Turmeric' }), undefined);

      expect(await stored(KEYS.turmeric)).toEqual({ ...document });
    });

    it('brings nothing into being', async () => {
      expect(await store.saveReclassification(classified({ name: 'Turmeric' }), undefined)).toBe('unchanged');
      expect(await stored(KEYS.turmeric)).toBeUndefined();
    });
  });

  describe('get', () => {
    it('reads what is there and leaves out what is not', async () => {
      await put(aRecord({ name: 'Turmeric' }));

      const found = await store.get([KEYS.turmeric, KEYS['oat milk']]);

      expect([...found.keys()]).toEqual([KEYS.turmeric]);
      expect(found.get(KEYS.turmeric)).toEqual(aRecord({ name: 'Turmeric' }));
    });

    it('leaves out what has expired, though it is still there', async () => {
      await put(aRecord({ name: 'Turmeric', submittedAt: null, expireAt: LONG_AGO }));
      await put(aRecord({ name: 'Oat milk', submittedAt: null, expireAt: FAR_AHEAD }));

      const found = await store.get([KEYS.turmeric, KEYS['oat milk']]);

      expect([...found.keys()]).toEqual([KEYS['oat milk']]);
      expect(await stored(KEYS.turmeric)).toBeDefined();
    });
  });

  describe('saveLookup', () => {
    it('keeps what was looked up for 30 days', async () => {
      await store.saveLookup(classified({ name: 'Turmeric' }), undefined, Infinity);
      await store.saveLookup(classified({ name: 'Rye flour' }), undefined, Infinity);

      for (const key of [KEYS.turmeric, KEYS['rye flour']]) {
        const document = await stored(key);
        const [createdAt, expireAt] = [document?.['createdAt'] as Date, document?.['expireAt'] as Date];
        expect(document).toMatchObject({ status: 'classified', submittedAt: null, ids: [], idCount: 0 });
        expect(expireAt.getTime() - createdAt.getTime()).toBe(30 * DAY_MS);
        expect(Math.abs(createdAt.getTime() - Date.now())).toBeLessThan(60_000);
      }
    });

    it("replaces an older model's answer", async () => {
      await put(aRecord({ name: 'Turmeric', model: '2026.9.1', source: { label: 'other', confidence: 0.6 } }));
      const found = await store.get([KEYS.turmeric]);

      await store.saveLookup(classified({ name: 'Turmeric' }), found.get(KEYS.turmeric), Infinity);

      expect(await stored(KEYS.turmeric)).toMatchObject({
        model: '2026.12.1',
        source: { label: 'plant', confidence: 0.991 },
        createdAt: NOW,
        expireAt: null,
      });
    });

    it('replaces what has expired, though it is still there', async () => {
      await put(aRecord({ name: 'Turmeric', model: '2026.12.1', submittedAt: null, expireAt: LONG_AGO }));
      const found = await store.get([KEYS.turmeric]);

      await store.saveLookup(classified({ name: 'Turmeric' }), found.get(KEYS.turmeric), Infinity);

      const document = await stored(KEYS.turmeric);
      const [createdAt, expireAt] = [document?.['createdAt'] as Date, document?.['expireAt'] as Date];
      expect(createdAt).not.toEqual(NOW);
      expect(expireAt.getTime() - createdAt.getTime()).toBe(30 * DAY_MS);
    });

    it('begins nothing more once nobody waits for it', async () => {
      const expired = aRecord({ name: 'Turmeric', submittedAt: null, expireAt: LONG_AGO });
      await put(expired);

      // The create is under way when the time is up; that something is there is known only then.
      const kept = await store.saveLookup(classified({ name: 'Turmeric' }), undefined, performance.now());
      const later = await store.saveLookup(classified({ name: 'Turmeric' }), undefined, performance.now() + 60_000);

      expect([kept, later]).toEqual([false, true]);
    });

    it.each([
      ["a newer model's answer, by number", aRecord({ name: 'Turmeric', model: '2026.12.10' })],
      ['a review', aReview({ name: 'Turmeric', model: '2026.1.1' })],
    ])('leaves %s as it is', async (_what, document) => {
      await put(document);
      const found = await store.get([KEYS.turmeric]);

      await store.saveLookup(classified({ name: 'Turmeric', model: '2026.12.9' }), found.get(KEYS.turmeric), Infinity);

      expect(await stored(KEYS.turmeric)).toEqual({ ...document });
    });

    it('leaves what somebody else created since the read', async () => {
      const found = await store.get([KEYS['dried apricot']]);
      await put(aReview({ name: 'Dried apricot' }));

      await store.saveLookup(classified({ name: 'Dried apricot' }), found.get(KEYS['dried apricot']), Infinity);

      expect(await stored(KEYS['dried apricot'])).toEqual({ ...aReview({ name: 'Dried apricot' }) });
    });

    it('leaves what somebody else changed since the read', async () => {
      await put(aRecord({ name: 'Dried apricot', model: '2026.9.1' }));
      const found = await store.get([KEYS['dried apricot']]);
      await put(aReview({ name: 'Dried apricot' }));

      await store.saveLookup(classified({ name: 'Dried apricot' }), found.get(KEYS['dried apricot']), Infinity);

      expect(await stored(KEYS['dried apricot'])).toEqual({ ...aReview({ name: 'Dried apricot' }) });
    });

    it('brings nothing back that somebody else deleted since the read', async () => {
      await put(aRecord({ name: 'Dried apricot', model: '2026.9.1' }));
      const found = await store.get([KEYS['dried apricot']]);
      await database.collection('ingredients').doc(KEYS['dried apricot']).delete();

      await store.saveLookup(classified({ name: 'Dried apricot' }), found.get(KEYS['dried apricot']), Infinity);

      expect(await stored(KEYS['dried apricot'])).toBeUndefined();
    });
  });

  describe('saveRejection', () => {
    // `head -c 12000 /dev/zero | tr '\0' a | sha256sum`
    const id = '34f8bc846ceca5054db0a22380147ceb23c90f4522daa21ea0b4c597bbd2f620';
    const rejection = { data: Buffer.alloc(12_000, 'a'), reason: new InvalidMessageError('The data is not JSON.') };

    it('keeps the first 10,000 bytes of the payload, the reason, and an expiry in 90 days', async () => {
      await store.saveRejection(rejection);

      const document = await stored(id, 'rejected');
      const [rejectedAt, expireAt] = [document?.['rejectedAt'] as Date, document?.['expireAt'] as Date];
      expect(document).toMatchObject({
        payload: Buffer.alloc(10_000, 'a'),
        payloadBytes: 12_000,
        code: 'INVALID_MESSAGE',
        reason: 'The data is not JSON.',
      });
      expect(expireAt.getTime() - rejectedAt.getTime()).toBe(90 * DAY_MS);
    });

    it('keeps one document, as it was first, of a message that comes again', async () => {
      await store.saveRejection(rejection);
      const before = await stored(id, 'rejected');

      await store.saveRejection(rejection);

      const documents = await database.collection('rejected').listDocuments();
      expect(documents.map((document) => document.id)).toEqual([id]);
      expect(await stored(id, 'rejected')).toEqual(before);
    });

    it('keeps it anew where the first one has expired and is not deleted yet', async () => {
      await store.saveRejection(rejection);
      await database.doc(`rejected/${id}`).update({ expireAt: LONG_AGO, rejectedAt: LONG_AGO });

      await store.saveRejection(rejection);

      const document = await stored(id, 'rejected');
      const [rejectedAt, expireAt] = [document?.['rejectedAt'] as Date, document?.['expireAt'] as Date];
      expect(rejectedAt.getTime()).toBeGreaterThan(LONG_AGO.getTime());
      expect(expireAt.getTime() - rejectedAt.getTime()).toBe(90 * DAY_MS);
    });
  });

  it('gives up within 15 s where Firestore cannot be reached, with an error that may pass', async () => {
    const program = path.join(ROOT, 'dist/test/ask-store.js');
    await build({
      ...{ entryPoints: [path.join(ROOT, 'test/support/ask-store.ts')], outfile: program },
      ...{ bundle: true, packages: 'external', platform: 'node', target: 'node20' },
    });
    const env = { ...process.env, FIRESTORE_EMULATOR_HOST: `127.0.0.1:${await freePort()}` };
    const began = performance.now();

    const { stdout } = await promisify(execFile)(process.execPath, [program], { env, timeout: 25_000 });

    const unavailable = { code: 'STORE_UNAVAILABLE', retryable: true };
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(JSON.parse(stdout)).toEqual({
      get: unavailable,
      saveLookup: unavailable,
      saveSubmission: unavailable,
      saveReclassification: unavailable,
      saveRejection: unavailable,
    });
  });

  it('gives an answer back as it was kept', async () => {
    const kept = anAnswer({ name: 'Smoked paprika', source: null, categories: [], needsReview: ['source'] });
    await store.saveSubmission({ answer: kept, normalName: 'smoked paprika' }, { id: undefined, submittedAt: NOW });

    const found = await store.get([KEYS['smoked paprika']]);

    expect(found.get(KEYS['smoked paprika'])).toMatchObject(kept);
  });
});
