/**
 * What the conformance suite of the Functions Framework sends, to its three functions behind our guard and shutdown.
 *
 * The framework alone passes the suite: whatever it makes of a request, it has to make behind our guard too. Some outputs are written
 * out by hand besides, after the suite's docs/mapping.md.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { buildTarget } from '../support/built-target';
import { FRAMEWORK, ROOT } from '../support/fixtures';
import { answers, freePort, OwnedProcess } from '../support/owned-process';

jest.setTimeout(60_000);

const SIGNATURES = { writeHttp: 'http', writeCloudEvent: 'cloudevent', writeLegacyEvent: 'event' } as const;
type Target = keyof typeof SIGNATURES;

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Described {
  readonly type: string;
  readonly source: string;
  readonly subject?: string;
  readonly data: object;
}

const TIME = '2026-11-26T10:00:00.000Z';
const PUBSUB_RESOURCE = {
  service: 'pubsub.googleapis.com',
  name: 'projects/sample-project/topics/gcf-test',
  type: 'type.googleapis.com/google.pubsub.v1.PubsubMessage',
};
const PUBSUB_DATA = {
  '@type': 'type.googleapis.com/google.pubsub.v1.PubsubMessage',
  attributes: { attr1: 'value1' },
  data: 'dGVzdCBtZXNzYWdlIDM=',
};
const STORAGE_DATA = {
  bucket: 'some-bucket',
  kind: 'storage#object',
  name: 'folder/Test.cs',
  generation: '1587627537231057',
};
const AUTH_DATA = {
  uid: 'UUpby3s4spZre6kHsgVSPetzQ8l2',
  metadata: { createdAt: '2020-05-26T10:42:27Z', lastSignedInAt: '2020-10-24T11:00:00Z' },
};

const structured = (fields: object): Sent => ({
  headers: { 'Content-Type': 'application/cloudevents+json' },
  body: { specversion: '1.0', id: '1', time: TIME, datacontenttype: 'application/json', ...fields },
});
const binary = ({ type, source, subject, data }: Described): Sent => ({
  headers: {
    ...{ 'Content-Type': 'application/json', 'ce-specversion': '1.0', 'ce-id': '1', 'ce-time': TIME },
    ...{ 'ce-type': type, 'ce-source': source },
    ...(subject === undefined ? {} : { 'ce-subject': subject }),
  },
  body: data,
});
const legacy = (body: object): Sent => ({ headers: { 'Content-Type': 'application/json' }, body });

const CLOUD_EVENTS: Readonly<Record<string, Described>> = {
  'Pub/Sub': {
    type: 'google.cloud.pubsub.topic.v1.messagePublished',
    source: '//pubsub.googleapis.com/projects/sample-project/topics/gcf-test',
    data: {
      subscription: 'projects/sample-project/subscriptions/s',
      message: { ...PUBSUB_DATA, messageId: '1', publishTime: TIME },
    },
  },
  Storage: {
    type: 'google.cloud.storage.object.v1.finalized',
    source: '//storage.googleapis.com/projects/_/buckets/some-bucket',
    subject: 'objects/folder/Test.cs',
    data: STORAGE_DATA,
  },
  Firestore: {
    type: 'google.cloud.firestore.document.v1.written',
    source: '//firestore.googleapis.com/projects/project-id/databases/(default)',
    subject: 'documents/gcf-test/2Vm2mI1d0wIaK2Waj5to',
    data: { value: { fields: { name: { stringValue: 'salt' } } }, updateMask: {} },
  },
  'Firebase Auth': {
    type: 'google.firebase.auth.user.v1.created',
    source: '//firebaseauth.googleapis.com/projects/my-project-id',
    subject: 'users/UUpby3s4spZre6kHsgVSPetzQ8l2',
    data: { uid: AUTH_DATA.uid, metadata: { createTime: TIME, lastSignInTime: TIME } },
  },
  'a service that is not known': { type: 'com.example.order', source: '/orders', data: { order: 7 } },
};

const LEGACY_EVENTS: Readonly<Record<string, object>> = {
  'Pub/Sub with a context': {
    context: { eventId: '1', timestamp: TIME, eventType: 'google.pubsub.topic.publish', resource: PUBSUB_RESOURCE },
    data: PUBSUB_DATA,
  },
  'Pub/Sub without a context': {
    ...{ eventId: '1', timestamp: TIME, eventType: 'providers/cloud.pubsub/eventTypes/topic.publish' },
    resource: PUBSUB_RESOURCE.name,
    data: PUBSUB_DATA,
  },
  Storage: {
    context: {
      ...{ eventId: '1', timestamp: TIME, eventType: 'google.storage.object.finalize' },
      resource: { service: 'storage.googleapis.com', name: 'projects/_/buckets/some-bucket/objects/folder/Test.cs' },
    },
    data: STORAGE_DATA,
  },
  Firestore: {
    ...{ eventId: '1', timestamp: TIME, eventType: 'providers/cloud.firestore/eventTypes/document.write' },
    resource: 'projects/project-id/databases/(default)/documents/gcf-test/2Vm2mI1d0wIaK2Waj5to',
    data: { value: {}, updateMask: {} },
  },
  'Firebase Auth': {
    ...{ eventId: '1', timestamp: TIME, eventType: 'providers/firebase.auth/eventTypes/user.create' },
    resource: 'projects/my-project-id',
    data: AUTH_DATA,
  },
};

const EVENTS: Readonly<Record<string, Sent>> = Object.fromEntries([
  ...Object.entries(CLOUD_EVENTS).flatMap(([name, event]) => [
    [`CloudEvent of ${name}, structured`, structured(event)] as const,
    [`CloudEvent of ${name}, binary`, binary(event)] as const,
  ]),
  ...Object.entries(LEGACY_EVENTS).map(([name, event]) => [`legacy event of ${name}`, legacy(event)] as const),
]);

let source: string;
const started: { process: OwnedProcess; folder: string }[] = [];

interface Running {
  /** Sends a request; returns its status and what the function wrote. */
  readonly send: (sent: Sent) => Promise<{ status: number; output: unknown }>;
  readonly process: OwnedProcess;
}

async function start(target: Target, environment: Record<string, string> = {}): Promise<Running> {
  const folder = await mkdtemp(path.join(tmpdir(), 'conformance-'));
  const port = await freePort();
  const command = [
    ...[process.execPath, '--require', path.join(ROOT, 'test/support/loopback.cjs'), FRAMEWORK, `--source=${source}`],
    ...[`--target=${target}`, `--signature-type=${SIGNATURES[target]}`, `--port=${port}`],
  ];
  const running = new OwnedProcess(command, { cwd: folder, env: { PATH: process.env['PATH'], ...environment } });
  started.push({ process: running, folder });
  const url = `http://127.0.0.1:${port}`;
  await running.ready(() => answers(url), 20_000);
  return {
    process: running,
    async send({ headers, body }) {
      await rm(path.join(folder, 'function_output.json'), { force: true });
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      const written = await readFile(path.join(folder, 'function_output.json'), 'utf8').catch(() => undefined);
      return { status: response.status, output: written === undefined ? undefined : (JSON.parse(written) as unknown) };
    },
  };
}

beforeAll(async () => {
  source = await buildTarget('test/conformance/target.ts');
});

afterAll(async () => {
  await Promise.all(
    started.map(async ({ process: running, folder }) => {
      await running.stop();
      await rm(folder, { recursive: true });
    }),
  );
  await rm(source, { recursive: true });
});

describe('the conformance target', () => {
  it('writes the body that an HTTP function gets', async () => {
    const { send } = await start('writeHttp');

    expect(await send({ headers: { 'Content-Type': 'application/json' }, body: { res: 'PASS' } })).toEqual({
      status: 200,
      output: { res: 'PASS' },
    });
  });

  it.each(['writeCloudEvent', 'writeLegacyEvent'] as const)(
    'makes the same of every event in %s as the framework does without us',
    async (target) => {
      const [guarded, bare] = await Promise.all([start(target), start(target, { UNGUARDED: 'true' })]);

      for (const [name, sent] of Object.entries(EVENTS)) {
        const [mine, theirs] = [await guarded.send(sent), await bare.send(sent)];
        expect({ name, ...mine }).toEqual({ name, ...theirs });
        expect({ name, status: mine.status }).toEqual({ name, status: 204 });
      }
    },
  );

  it('makes a CloudEvent of a legacy event of Pub/Sub', async () => {
    const { send } = await start('writeCloudEvent');

    const { output } = await send(EVENTS['legacy event of Pub/Sub with a context']!);

    expect(output).toEqual({
      specversion: '1.0',
      id: '1',
      source: '//pubsub.googleapis.com/projects/sample-project/topics/gcf-test',
      type: 'google.cloud.pubsub.topic.v1.messagePublished',
      time: TIME,
      datacontenttype: 'application/json',
      data: { message: { ...PUBSUB_DATA, messageId: '1', publishTime: TIME } },
    });
  });

  it('ends with 0 where it is told to', async () => {
    const { process: running } = await start('writeCloudEvent');

    running.kill('SIGTERM');

    expect(await running.ended).toBe(0);
  });
});
