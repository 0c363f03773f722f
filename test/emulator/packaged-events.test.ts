/**
 * The package's functions with the client that it holds, with nothing installed: the event function on each Node that it is for, from a
 * push to the document; and what each writes without a transaction.
 */
import { Firestore } from '@google-cloud/firestore';

import { aName } from '../support/builders';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { MALLOC } from '../support/malloc';
import { NODE_VERSIONS, nodeProgram } from '../support/nodes';
import { eventually } from '../support/owned-process';
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

/** A database of a test's own, and the settings of a packaged function that writes to it. */
function aDatabase(name: string): { readonly database: Firestore; readonly env: Record<string, string> } {
  const projectId = aProjectId(name);
  const env = { ...MALLOC, ...emulatorEnvironment(['firestore'], projectId), GOOGLE_CLOUD_PROJECT: projectId };
  Object.assign(process.env, env);
  return { database: new Firestore({ projectId }), env };
}

async function push(url: string, body: object, type = 'application/json'): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'Content-Type': type }, body: JSON.stringify(body) });
}

describeWith(['firestore'], 'the packaged client', () => {
  it('keeps what cannot be classified', async () => {
    const { database, env } = aDatabase('packaged-poison');
    const started = await startPackaged('classifyIngredient', { env });
    try {
      const data = Buffer.from('{"name":').toString('base64');
      const message = { data, messageId: '1' };

      const response = await push(started.url, ENTRIES['a raw push'](message));
      const { docs } = await database.collection('rejected').get();

      expect(response.status).toBe(204);
      expect(docs.map((document) => document.get('code') as unknown)).toEqual(['INVALID_MESSAGE']);
    } finally {
      await Promise.all([started.process.stop(), database.terminate()]);
    }
  });

  it('keeps what was looked up, and finds it', async () => {
    const { database, env } = aDatabase('packaged-lookup');
    const settings = { ...env, MEMORY_CACHE_ENTRIES: '0', LOOKUP_CACHE_DEADLINE_MS: '5000' };
    const started = await startPackaged('lookupIngredient', { env: settings });
    try {
      const look = async (): Promise<string | null> => {
        const response = await fetch(`${started.url}/v1/ingredients/oat%20milk`);
        await response.arrayBuffer();
        return response.headers.get('cache-status');
      };

      await eventually('an answer of the store', async () =>
        (await look())?.includes('hit') === true ? true : undefined,
      );
      const document = await database.doc(`ingredients/${aName('oat milk').key}`).get();

      expect(document.data()).toMatchObject({ name: 'oat milk', expireAt: expect.anything() as unknown });
    } finally {
      await Promise.all([started.process.stop(), database.terminate()]);
    }
  });
});

describeWith(['firestore'], 'the packaged event function', () => {
  it.each(NODE_VERSIONS)('keeps what is pushed to it, on Node %i', async (version) => {
    const { database, env } = aDatabase(`packaged-${version}`);
    let started: PackagedFunction | undefined;
    try {
      started = await startPackaged('classifyIngredient', { node: await nodeProgram(version), env });
      for (const [index, [how, toBody]] of Object.entries(ENTRIES).entries()) {
        const name = `oat milk ${version} ${index}`;
        const message = { data: Buffer.from(JSON.stringify({ name })).toString('base64'), messageId: `${index}` };

        const type = how === 'a CloudEvent' ? 'application/cloudevents+json' : 'application/json';
        const response = await push(started.url, toBody(message), type);
        const document = await database.doc(`ingredients/${aName(name).key}`).get();

        expect([how, response.status]).toEqual([how, 204]);
        expect(document.data()).toMatchObject({ name, status: 'classified' });
      }
    } finally {
      await Promise.all([started?.process.stop(), database.terminate()]);
    }
  });
});
