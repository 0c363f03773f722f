/**
 * The package's event function on each Node that it is for, with nothing installed: from a push to the document.
 */
import { Firestore } from '@google-cloud/firestore';

import { aName } from '../support/builders';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { MALLOC } from '../support/malloc';
import { NODE_VERSIONS, nodeProgram } from '../support/nodes';
import { type PackagedFunction, startPackaged } from '../support/packaged';

// A build, an installation, and starts on a machine that does other things too.
jest.setTimeout(240_000);

const ENTRIES = {
  'a raw push': (message: object) => ({ message, subscription: 'projects/p/subscriptions/s' }),
  'a CloudEvent': (message: object) => ({
    ...{ specversion: '1.0', id: '1', source: '//pubsub.googleapis.com/projects/p/topics/ingredients' },
    ...{ type: 'google.cloud.pubsub.topic.v1.messagePublished', datacontenttype: 'application/json' },
    data: { message, subscription: 'projects/p/subscriptions/s' },
  }),
} as const;

describeWith(['firestore'], 'the packaged event function', () => {
  it.each(NODE_VERSIONS)('keeps what is pushed to it, on Node %i', async (version) => {
    const projectId = aProjectId(`packaged-${version}`);
    const env = { ...MALLOC, ...emulatorEnvironment(['firestore'], projectId), GOOGLE_CLOUD_PROJECT: projectId };
    Object.assign(process.env, env);
    const database = new Firestore({ projectId });
    let started: PackagedFunction | undefined;
    try {
      started = await startPackaged('classifyIngredient', { node: await nodeProgram(version), env });
      for (const [index, [how, toBody]] of Object.entries(ENTRIES).entries()) {
        const name = `oat milk ${version} ${index}`;
        const message = { data: Buffer.from(JSON.stringify({ name })).toString('base64'), messageId: `${index}` };

        const response = await fetch(started.url, {
          method: 'POST',
          headers: { 'Content-Type': how === 'a CloudEvent' ? 'application/cloudevents+json' : 'application/json' },
          body: JSON.stringify(toBody(message)),
        });
        const document = await database.doc(`ingredients/${aName(name).key}`).get();

        expect([how, response.status]).toEqual([how, 204]);
        expect(document.data()).toMatchObject({ name, status: 'classified' });
      }
    } finally {
      await Promise.all([started?.process.stop(), database.terminate()]);
    }
  });
});
