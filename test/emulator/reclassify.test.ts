/**
 * `npm run reclassify` on the emulators: a new model reaches every label, a withdrawn one leaves every label, and a kill costs nothing.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import type { IngredientRecord, ModelAnswer } from '../../shared/store/answer-store';
import { aRecord, aReview, FAR_AHEAD, labels } from '../support/builders';
import { type Ended, startCommand } from '../support/command';
import { prepareTopics } from '../support/dead-letters';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { MODEL_FOLDER } from '../support/fixtures';
import { functionProcess, type FunctionProcess } from '../support/function-process';
import { eventually } from '../support/owned-process';

jest.setTimeout(120_000);

const PROJECT = aProjectId('reclassify');
const MANY = 400;

describeWith(['firestore', 'pubsub'], 'npm run reclassify', () => {
  let database: Firestore;
  let pubsub: PubSub;
  let classify: FunctionProcess;
  let environment: Record<string, string>;
  let folder: string;
  let current: string;

  beforeAll(async () => {
    environment = emulatorEnvironment(['firestore', 'pubsub'], PROJECT);
    Object.assign(process.env, environment);
    folder = await mkdtemp(path.join(tmpdir(), 'reclassify-'));
    const manifest = await readFile(path.join(MODEL_FOLDER, 'manifest.json'), 'utf8');
    current = (JSON.parse(manifest) as { version: string }).version;
    database = new Firestore({ projectId: PROJECT });
    pubsub = new PubSub({ projectId: PROJECT });
    classify = await functionProcess('classifyIngredient', emulatorEnvironment(['firestore'], PROJECT));
    await prepareTopics(pubsub, `${classify.url}/projects/${PROJECT}/topics/ingredients`);
  });

  afterEach(async () => {
    const documents = await database.collection('ingredients').listDocuments();
    await Promise.all(documents.map((document) => document.delete()));
  });

  afterAll(async () => {
    await Promise.all([pubsub.close(), database.terminate(), classify.process.stop()]);
    await rm(folder, { recursive: true });
  });

  const reclassify = (...args: string[]) => startCommand('reclassify', args, environment, folder);

  async function put(...records: IngredientRecord[]): Promise<void> {
    await Promise.all(records.map((record) => database.doc(`ingredients/${record.key}`).set({ ...record })));
  }

  async function modelsByName(): Promise<Record<string, string>> {
    const { docs } = await database.collection('ingredients').get();
    return Object.fromEntries(
      docs.map((document) => [document.get('name') as string, document.get('model') as string]),
    );
  }

  async function until(expected: Record<string, string>): Promise<void> {
    await eventually(
      'the models',
      async () =>
        JSON.stringify(sorted(await modelsByName())) === JSON.stringify(sorted(expected)) ? true : undefined,
      60_000,
    );
  }

  it('brings a new model to every label, and leaves ids, reviews and what only lookups brought', async () => {
    const old = aRecord({ name: 'oat milk', model: '2020.1.1', ids: ['app-1'], idCount: 1 });
    const review = aReview({ name: 'turmeric', model: '2020.1.1' });
    const lookup = aRecord({ name: 'rye flour', model: '2020.1.1', submittedAt: null, expireAt: FAR_AHEAD });
    await put(old, review, lookup, aRecord({ name: 'salt', model: current }));

    const dry = await reclassify('--dry-run').ended;
    const before = await modelsByName();
    const ended = await reclassify().ended;
    await until({ 'oat milk': current, turmeric: '2020.1.1', 'rye flour': '2020.1.1', salt: current });

    expect(dry).toMatchObject({ status: 0, stdout: '1 of 4 read would be published\n' });
    expect(before['oat milk']).toBe('2020.1.1');
    expect(ended).toMatchObject({ status: 0, stdout: 'published 1 of 4 read\n' });
    const [kept, reviewed, lookedUp] = await Promise.all(
      [old, review, lookup].map(async ({ key }) => (await database.doc(`ingredients/${key}`).get()).data()),
    );
    expect(kept).toMatchObject({ name: 'oat milk', ids: ['app-1'], idCount: 1, expireAt: null });
    expect(reviewed).toMatchObject({ status: 'reviewed', source: { label: 'animal_product', confidence: 1 } });
    expect(lookedUp?.['expireAt']).not.toBeNull();
  });

  it('takes a withdrawn model from every label, though it is newer', async () => {
    const beside = { ...labels({ source: { label: 'other', confidence: 0.6 } }), model: '2099.1.1' };
    const review = aReview({ name: 'turmeric', model: '2020.1.1', modelAnswer: beside });
    const lookup = aRecord({ name: 'rye flour', model: '2099.1.1', submittedAt: null, expireAt: FAR_AHEAD });
    await put(aRecord({ name: 'oat milk', model: '2099.1.1' }), aRecord({ name: 'salt', model: '2099.1.2' }));
    await put(
      review,
      lookup,
      aReview({ name: 'honey', model: '2099.1.1', modelAnswer: { ...beside, model: '2020.1.1' } }),
    );

    const ended: Ended = await reclassify('--from-model', '2099.1.1').ended;
    const models = {
      'oat milk': current,
      salt: '2099.1.2',
      turmeric: '2020.1.1',
      'rye flour': '2099.1.1',
      honey: current,
    };
    await until(models);
    const reviewed = await eventually('the model beside the review', async () => {
      const data = (await database.doc(`ingredients/${review.key}`).get()).data();
      return (data?.['modelAnswer'] as ModelAnswer).model === current ? data : undefined;
    });
    // its submission finds the functions rolled back, as its reclassification did
    await pubsub.topic('ingredients').publishMessage({ data: Buffer.from('{"name": "rye flour"}') });
    await until({ ...models, 'rye flour': current });

    expect(ended).toMatchObject({ status: 0, stdout: 'published 3 of 4 read\n' });
    expect(reviewed).toMatchObject({ status: 'reviewed', source: { label: 'animal_product', confidence: 1 } });
  });

  it('walks every document once in several parts, and keeps their progress apart', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `salt number ${index}`);
    await put(...names.map((name) => aRecord({ name, model: '2020.1.1' })));

    const parts = ['1/3', '2/3', '3/3'].map((part, index) =>
      reclassify('--part', part, '--state', `part-${index}.json`),
    );
    const ended = await Promise.all(parts.map((part) => part.ended));
    await until(Object.fromEntries(names.map((name) => [name, current])));

    const published = ended.map(({ stdout }) => Number(/^published (\d+) of \1 read\n$/.exec(stdout)?.[1]));
    expect(published.reduce((sum, count) => sum + count)).toBe(names.length);
    expect(published.every((count) => count > 0)).toBe(true);
  });

  it('goes on after a kill where it stopped, and publishes all in the end', async () => {
    const names = Array.from({ length: MANY }, (_, index) => `salt number ${index}`);
    await put(...names.map((name) => aRecord({ name, model: '2020.1.1' })));

    const first = reclassify('--rate', '20');
    await eventually('some events', async () => {
      const models = Object.values(await modelsByName());
      // at 20 a second the command has told its progress by then, which it does every 2 s
      return models.filter((model) => model === current).length > 50 ? true : undefined;
    });
    first.child.kill('SIGKILL');
    const killed = await first.ended;
    const other = await reclassify('--from-model', '2020.1.1').ended;
    const second = await reclassify('--rate', '2000').ended;
    await until(Object.fromEntries(names.map((name) => [name, current])));

    expect(killed.status).toBe('SIGKILL');
    expect(killed.stderr).toMatch(/^\d+ %: [1-9]\d* read, [1-9]\d* published$/m);
    expect(other.status).toBe(1);
    expect(other.stderr).toContain('holds a run that was not done');
    expect(second.status).toBe(0);
    expect(second.stderr).toMatch(/^Goes on with/);
    // The counts go on too. What the first had published and not written down is read again, and has the new model's labels by then.
    const [, published] = new RegExp(`^published (\\d+) of ${MANY} read\n$`).exec(second.stdout) ?? [];
    expect(Number(published)).toBeGreaterThan(MANY / 2);
    expect(Number(published)).toBeLessThanOrEqual(MANY);
    const reclassified = classify.process.log.filter(({ cause }) => cause === 'reclassify');
    expect(reclassified.length).toBeLessThan(2 * MANY);
  });

  it.each([
    [['--older-than-model', '1', '--from-model', '2'], 'exclude each other'],
    [['--from-model', 'latest'], "a model's version is numbers and dots"],
    [['--rate', '0'], '--rate must be a whole number'],
    [['--part', '3/2'], '--part must be one of at most 256 parts'],
    [['--part', '0/2'], '--part must be one of at most 256 parts'],
    [['--all'], "Unknown option '--all'"],
  ])('ends %j with 2 and a line', async (args, expected) => {
    const ended = await reclassify(...args).ended;

    expect([ended.status, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toMatch(/^Error: [^\n]+\n$/);
    expect(ended.stderr).toContain(expected);
  });

  it('never takes the names of an emulator to a topic of the cloud', async () => {
    const ended = await startCommand('reclassify', [], { ...environment, PUBSUB_EMULATOR_HOST: '' }, folder).ended;

    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(ended.stderr).toBe('Error: set both FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST, or neither\n');
  });
});

const sorted = (record: Record<string, string>): [string, string][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
