/**
 * From a published message to a looked-up answer: the built functions as processes of their own, behind the Pub/Sub and Firestore
 * emulators, with the real model.
 */
import { Firestore, type Timestamp } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { functionProcess, type FunctionProcess, type Target } from '../support/function-process';
import { eventually, freePort } from '../support/owned-process';
import { TcpProxy } from '../support/tcp-proxy';

jest.setTimeout(90_000);

// Longer than the emulator waits before it pushes a message again that was not acknowledged.
const REDELIVERY_MS = 2_000;
const PROJECT = aProjectId('push');
const TOPIC = 'ingredients';

const running: FunctionProcess[] = [];
let database: Firestore;
let pubsub: PubSub;
let classify: FunctionProcess;

async function startFunction(target: Target, environment: Record<string, string> = {}): Promise<FunctionProcess> {
  const started = await functionProcess(target, { ...emulatorEnvironment(['firestore'], PROJECT), ...environment });
  running.push(started);
  return started;
}

async function subscribe(topic: string, { url }: FunctionProcess): Promise<void> {
  await pubsub.createTopic(topic);
  // The framework reads the topic from such a path; Terraform sets the same.
  const pushEndpoint = `${url}/projects/${PROJECT}/topics/${topic}`;
  await pubsub
    .topic(topic)
    .createSubscription(`${topic}-classify`, { pushConfig: { pushEndpoint }, ackDeadlineSeconds: 60 });
}

async function publish(data: string, topic = TOPIC): Promise<string> {
  return pubsub.topic(topic).publishMessage({ data: Buffer.from(data) });
}

/** The line that the function logged of a message. */
async function logged(messageId: string): Promise<Record<string, unknown>> {
  return eventually(`a log line of message ${messageId}`, () => linesOf(messageId)[0]);
}

function linesOf(messageId: string, { process } = classify): Record<string, unknown>[] {
  return process.log.filter((line) => line['messageId'] === messageId);
}

describeWith(['firestore', 'pubsub'], 'classifyIngredient behind a push subscription', () => {
  beforeAll(async () => {
    Object.assign(process.env, emulatorEnvironment(['firestore', 'pubsub'], PROJECT));
    database = new Firestore({ projectId: PROJECT });
    pubsub = new PubSub({ projectId: PROJECT });
    classify = await startFunction('classifyIngredient');
    await subscribe(TOPIC, classify);
  });

  afterAll(async () => {
    await Promise.all([pubsub.close(), database.terminate(), ...running.map(({ process }) => process.stop())]);
  });

  it('keeps a published name with its answer, its id and no expiry', async () => {
    const data = { name: '  Smoked paprika ', id: 'app-7', submittedAt: '2026-11-30T08:00:00+01:00', unknown: true };
    const messageId = await publish(JSON.stringify(data));

    const line = await logged(messageId);

    const document = await database.doc('ingredients/n1-06834765b67ad7dc44b85a5de484abad').get();
    expect(line).toMatchObject({ severity: 'INFO', outcome: 'created', key: 'n1-06834765b67ad7dc44b85a5de484abad' });
    expect(document.data()).toMatchObject({
      name: 'Smoked paprika',
      key: 'n1-06834765b67ad7dc44b85a5de484abad',
      normalName: 'smoked paprika',
      ingredient: { label: 'ingredient', confidence: expect.any(Number) as number },
      source: { label: 'plant', confidence: expect.any(Number) as number },
      origin: 'model',
      status: 'classified',
      ids: ['app-7'],
      idCount: 1,
      expireAt: null,
    });
    expect((document.get('submittedAt') as Timestamp).toDate()).toEqual(new Date('2026-11-30T07:00:00.000Z'));
    expect(document.get('categories')).not.toHaveLength(0);
    expect(document.get('model')).toMatch(/^\d+(\.\d+)*$/);
  });

  it('makes one document of a message that is published twice', async () => {
    const data = JSON.stringify({ name: 'Turmeric', id: 'app-8' });

    const messageIds = [await publish(data), await publish(data)];
    const lines = await Promise.all(messageIds.map((messageId) => logged(messageId)));

    const named = await database.collection('ingredients').where('normalName', '==', 'turmeric').get();
    expect(lines.map(({ outcome }) => outcome).sort()).toEqual(['created', 'unchanged']);
    expect(named.docs.map(({ id }) => id)).toEqual(['n1-2ccfaf0f1e83e4fe7cf8de1ae2a4509d']);
    expect(named.docs[0]?.data()).toMatchObject({ ids: ['app-8'], idCount: 1 });
  });

  // The ids are `printf %s DATA | sha256sum`.
  it.each([
    ['not JSON', 'not json', '7ccfa1fbf3940e6f0c0375d87c0f9235a50514e14cb427bdfaf5077987b26ccf', 'INVALID_MESSAGE'],
    [
      'an empty name',
      '{"name":""}',
      '1390696a77e5d6f4375e9b36450c26bb67e99662fcd31b71cecd8ceda332040e',
      'INVALID_NAME',
    ],
  ])('puts %s into `rejected` and acknowledges it', async (_what, data, id, code) => {
    const messageId = await publish(data);

    const line = await logged(messageId);
    await new Promise((resolve) => setTimeout(resolve, REDELIVERY_MS));

    const document = await database.collection('rejected').doc(id).get();
    expect(line).toMatchObject({ outcome: 'rejected', code });
    expect(document.data()).toMatchObject({ payload: Buffer.from(data), payloadBytes: data.length, code });
    expect(linesOf(messageId)).toHaveLength(1);
  });

  it('fails where Firestore is gone, and is sent the message again until it is kept', async () => {
    const port = await freePort();
    const cutOff = await startFunction('classifyIngredient', { FIRESTORE_EMULATOR_HOST: `127.0.0.1:${port}` });
    await subscribe('unlucky', cutOff);

    const messageId = await publish(JSON.stringify({ name: 'Rye flour', id: 'app-9' }), 'unlucky');
    const failed = await eventually('a failure', () => linesOf(messageId, cutOff)[0], 25_000);
    const bridge = await TcpProxy.open(process.env['FIRESTORE_EMULATOR_HOST']!, port);
    const kept = await eventually(
      'a success',
      () => linesOf(messageId, cutOff).find((line) => line['outcome'] !== 'failed'),
      45_000,
    );
    await cutOff.process.stop();
    await bridge.close();

    const document = await database.doc('ingredients/n1-e6a2d2f2c09164662f23ddf676aef255').get();
    expect(failed).toMatchObject({ severity: 'ERROR', outcome: 'failed', code: 'STORE_UNAVAILABLE' });
    // The client may have carried out a call that the store had given up.
    expect(['created', 'unchanged']).toContain(kept['outcome']);
    expect(document.data()).toMatchObject({ name: 'Rye flour', ids: ['app-9'], idCount: 1 });
  });

  it('leaves an answer that lookupIngredient finds in the store', async () => {
    await logged(await publish(JSON.stringify({ name: 'Oat milk' })));
    const lookup = await startFunction('lookupIngredient', { LOOKUP_CACHE_DEADLINE_MS: '20000' });

    // A lookup does not ask a store that is still connecting, and keeps nothing of its answer then.
    const response = await eventually('an answer of a store that is connected', async () => {
      const answer = await fetch(`${lookup.url}/v1/ingredients/oat%20milk`);
      return answer.headers.get('cache-status')?.includes('detail=store-timeout') === true ? undefined : answer;
    });
    const again = await fetch(`${lookup.url}/v1/ingredients?name=OAT%20MILK`);

    expect(response.status).toBe(200);
    expect(response.headers.get('cache-status')).toMatch(/^store; hit/);
    expect(await response.json()).toMatchObject({
      name: 'oat milk',
      key: 'n1-c0dc195721ecbd39f3ddea77fc0893c2',
      source: { label: 'plant' },
      origin: 'model',
    });
    expect(again.headers.get('cache-status')).toMatch(/^memory; hit/);
  });
});
