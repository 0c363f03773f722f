/**
 * `npm run scale`: how fast the commands and one instance of the function are on the emulators.
 *
 * SCALE_DOCUMENTS says how many documents (20,000).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import { aRecord } from '../support/builders';
import { startCommand } from '../support/command';
import { prepareTopics } from '../support/dead-letters';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { functionProcess } from '../support/function-process';

const DOCUMENTS = Number(process.env['SCALE_DOCUMENTS'] ?? 20_000);
const EVENTS = 1_000;
const CONCURRENCY = 8;
const PROJECT = aProjectId('scale');
const OLD_MODEL = '2020.1.1';

jest.setTimeout(600_000);

describeWith(['firestore', 'pubsub'], 'at scale', () => {
  const nameOf = (index: number): string => `ingredient number ${index}`;
  let environment: Record<string, string>;
  let database: Firestore;
  let pubsub: PubSub;
  let folder: string;

  beforeAll(async () => {
    environment = emulatorEnvironment(['firestore', 'pubsub'], PROJECT);
    Object.assign(process.env, environment);
    folder = await mkdtemp(path.join(tmpdir(), 'scale-'));
    database = new Firestore({ projectId: PROJECT });
    pubsub = new PubSub({ projectId: PROJECT });
    await prepareTopics(pubsub);
    const writer = database.bulkWriter({ throttling: false });
    for (let index = 0; index < DOCUMENTS; index += 1) {
      const record = aRecord({ name: nameOf(index), model: OLD_MODEL });
      void writer.set(database.doc(`ingredients/${record.key}`), { ...record });
    }
    await writer.close();
  });

  afterAll(async () => {
    await Promise.all([pubsub.close(), database.terminate(), rm(folder, { recursive: true })]);
  });

  async function timed(what: string, count: number, work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    await work();
    const seconds = (performance.now() - began) / 1000;
    process.stdout.write(`${what}: ${count} in ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(0)} a second\n`);
  }

  it('counts what is to be labelled anew', async () => {
    await timed('reclassify --dry-run, documents read', DOCUMENTS, async () => {
      const { stdout } = await startCommand('reclassify', ['--dry-run'], environment, folder).ended;
      expect(stdout).toBe(`${DOCUMENTS} of ${DOCUMENTS} read would be published\n`);
    });
  });

  it('publishes an event for each', async () => {
    await timed('reclassify, events published', DOCUMENTS, async () => {
      const { stdout } = await startCommand('reclassify', ['--rate', '100000'], environment, folder).ended;
      expect(stdout).toBe(`published ${DOCUMENTS} of ${DOCUMENTS} read\n`);
    });
  });

  it('labels them anew, one instance with eight requests at once', async () => {
    const classify = await functionProcess('classifyIngredient', emulatorEnvironment(['firestore'], PROJECT));
    await classify.push({ name: nameOf(0) });
    const left = Array.from({ length: EVENTS }, (_, index) => index);

    await timed('classifyIngredient, events', EVENTS, async () => {
      const clients = Array.from({ length: CONCURRENCY }, async () => {
        for (let index = left.shift(); index !== undefined; index = left.shift()) {
          const response = await classify.push({ name: nameOf(index) }, `${index}`, { cause: 'reclassify' });
          expect(response.status).toBe(204);
        }
      });
      await Promise.all(clients);
    });
    const durations = classify.process.log
      .filter(({ cause }) => cause === 'reclassify')
      .map(({ durationMs }) => durationMs as number)
      .sort((a, b) => a - b);
    process.stdout.write(`  a delivery took ${durations[Math.floor(durations.length / 2)]} ms in the middle\n`);
    await classify.process.stop();

    const old = await database.collection('ingredients').where('model', '==', OLD_MODEL).count().get();
    expect(old.data().count).toBe(DOCUMENTS - EVENTS);
  });
});
