/**
 * `npm start` and `npm run submit` with both emulators: what they built into `dist/`, with the real model.
 */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';

import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import { inTempFolder } from '../support/builders';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { MODEL_FOLDER, ROOT } from '../support/fixtures';
import { eventually, freePort, OwnedProcess } from '../support/owned-process';

jest.setTimeout(60_000);

const START_TIMEOUT_MS = 45_000;
const run = promisify(execFile);

describeWith(['firestore', 'pubsub'], 'npm start with both emulators', () => {
  it('classifies what `npm run submit` publishes, and its lookup finds it in Firestore', async () => {
    const project = aProjectId('start');
    const emulators = emulatorEnvironment(['firestore', 'pubsub'], project);
    const port = await freePort();
    const settings = { LOOKUP_CACHE_DEADLINE_MS: '20000', MODEL_DIR: MODEL_FOLDER, PORT: `${port}` };
    const env = { ...process.env, ...emulators, ...settings };
    Object.assign(process.env, emulators);
    const database = new Firestore({ projectId: project });
    const document = database.doc('ingredients/n1-448d62d55745dd454812c8f9f0854eca');

    await inTempFolder(async (folder) => {
      const started = new OwnedProcess([process.execPath, `${ROOT}/dist/local/bin/start.js`], { cwd: folder, env });
      try {
        await started.ready(() => Promise.resolve(started.output.includes('Submit:')), START_TIMEOUT_MS);

        const pubsub = new PubSub({ projectId: project });
        const [subscription, aside] = await Promise.all(
          ['ingredients-classify', 'ingredients-dead-letters'].map(
            async (name) => (await pubsub.subscription(name).getMetadata())[0],
          ),
        );
        await pubsub.close();
        const submit = await run(process.execPath, [`${ROOT}/dist/local/bin/submit.js`, 'Dried apricot'], { env });
        const kept = await eventually('the document', async () => (await document.get()).data());
        // A lookup does not ask a store that is still connecting.
        const response = await eventually('an answer of a store that is connected', async () => {
          const answer = await fetch(`http://127.0.0.1:${port}/v1/ingredients/dried%20apricot`);
          return answer.headers.get('cache-status')?.includes('detail=store-timeout') === true ? undefined : answer;
        });

        // As Terraform makes them in the cloud.
        const deadLetterTopic = `projects/${project}/topics/ingredients-dead-letters`;
        expect(subscription).toMatchObject({ deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 100 } });
        expect(aside).toMatchObject({ topic: deadLetterTopic });
        expect(submit.stdout).toMatch(/^published Dried apricot as message \S+\n$/);
        expect(kept).toMatchObject({ name: 'Dried apricot', source: { label: 'plant' }, expireAt: null, idCount: 0 });
        expect(response.status).toBe(200);
        expect(response.headers.get('cache-status')).toMatch(/^store; hit/);
        expect(await response.json()).toMatchObject({ name: 'dried apricot', source: { label: 'plant' } });
        expect(started.output).toContain(`the Firestore emulator at ${emulators['FIRESTORE_EMULATOR_HOST'] ?? ''}`);
        expect(await readdir(folder)).toEqual([]);
      } finally {
        await Promise.all([started.stop(), database.terminate()]);
      }
    });
  });

  it('says of each name that the topic is missing, in a line, and exits with 1', async () => {
    const env = { ...process.env, ...emulatorEnvironment(['pubsub'], aProjectId('no-topic')), TOPIC: 'no-such-topic' };

    const submit = run(process.execPath, [`${ROOT}/dist/local/bin/submit.js`, 'honey', 'salt'], { env });

    const reason = expect.stringMatching(
      /^not published "honey": the Pub\/Sub emulator at \S+ has no topic no-such-topic of the project no-topic-\w+: create it[^\n]*\nnot published "salt": [^\n]*\n$/,
    ) as string;
    await expect(submit).rejects.toMatchObject({ code: 1, stdout: '', stderr: reason });
  });

  it('ends when it is told to, though Firestore is gone and a call to it still waits', async () => {
    const gone = { FIRESTORE_EMULATOR_HOST: `127.0.0.1:${await freePort()}`, PUBSUB_EMULATOR_HOST: '' };
    const port = await freePort();
    const settings = { ...emulatorEnvironment([], aProjectId('gone')), MODEL_DIR: MODEL_FOLDER, PORT: `${port}` };

    await inTempFolder(async (folder) => {
      const command = [process.execPath, `${ROOT}/dist/local/bin/start.js`];
      const started = new OwnedProcess(command, { cwd: folder, env: { ...process.env, ...settings, ...gone } });
      try {
        await started.ready(() => Promise.resolve(started.output.includes('Submit:')), START_TIMEOUT_MS);
        const response = await fetch(`http://127.0.0.1:${port}/v1/ingredients/dried%20apricot`);

        expect(response.status).toBe(200);
        expect(response.headers.get('cache-status')).toMatch(/detail=store-timeout/);
      } finally {
        expect(await started.stop()).toBe(true);
      }
    });
  });
});
