/**
 * `classifyIngredient` as a whole: events over HTTP, with the real model and an embedded store.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { setDependencies } from '../../functions/dependencies';
import { FileStore } from '../../local/file-store';
import { parseName } from '../../shared/ingredient/name';
import { readConfig } from '../../shared/platform/config';
import { StoreUnavailableError } from '../../shared/platform/errors';
import { createLogger } from '../../shared/platform/logger';
import type { AnswerStore, IngredientRecord } from '../../shared/store/answer-store';
import { MODEL_FOLDER } from '../support/fixtures';
import { eventually } from '../support/owned-process';
import { type RunningFunction, startFunction } from '../support/server';

import '../../functions/classify';

type Json = Record<string, unknown>;

const TOPIC = '//pubsub.googleapis.com/projects/p/topics/ingredients';
const EVENT_TYPE = 'google.cloud.pubsub.topic.v1.messagePublished';

const BINARY = { 'ce-id': '7', 'ce-specversion': '1.0', 'ce-type': EVENT_TYPE, 'ce-source': TOPIC };

let folder: string;
let store: AnswerStore;
let failing = false;
let classify: RunningFunction;
let log: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'classify-'));
  store = await FileStore.open(folder);
  log = [];
  setDependencies({
    config: readConfig({ MODEL_DIR: MODEL_FOLDER }),
    logger: createLogger('INFO', (line) => log.push(line)),
    store: () => Promise.resolve(switchable(store)),
  });
  classify = await startFunction('classifyIngredient');
  // What a test reads in the log is its own then.
  await eventually('the cold start', () => log.find((line) => line.includes('"cold start"')));
});

afterAll(async () => {
  await classify.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

/** A store whose writes fail while `failing` is set. */
function switchable(inner: AnswerStore): AnswerStore {
  const unlessFailing = <T>(write: () => Promise<T>): Promise<T> =>
    failing ? Promise.reject(new StoreUnavailableError('The store is down.')) : write();
  return {
    get: (keys) => inner.get(keys),
    saveLookup: (classified, found, untilMs) => unlessFailing(() => inner.saveLookup(classified, found, untilMs)),
    saveSubmission: (classified, submission) => unlessFailing(() => inner.saveSubmission(classified, submission)),
    saveReclassification: (classified, withdrawn) =>
      unlessFailing(() => inner.saveReclassification(classified, withdrawn)),
    saveRejection: (rejection) => unlessFailing(() => inner.saveRejection(rejection)),
    changeReview: (change) => unlessFailing(() => inner.changeReview(change)),
    list: (query) => inner.list(query),
    listReviewed: (after, limit) => inner.listReviewed(after, limit),
    reviewHistory: (key) => inner.reviewHistory(key),
    close: () => inner.close(),
  };
}

function message(data: unknown, messageId = '1') {
  const bytes = typeof data === 'string' ? data : JSON.stringify(data);
  return { data: Buffer.from(bytes).toString('base64'), messageId, publishTime: '2026-11-01T10:00:00Z' };
}

const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  // The path that a push subscription of the platform uses: the framework reads the topic from it.
  fetch(`${classify.url}/projects/p/topics/ingredients`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const push = (data: unknown, messageId?: string): Promise<Response> =>
  post({ message: message(data, messageId), subscription: 'projects/p/subscriptions/ingredients-classify' });

async function find(name: string): Promise<IngredientRecord | undefined> {
  const { key } = parseName(name);
  return (await store.get([key])).get(key);
}

async function rejected(): Promise<Json[]> {
  const text = await readFile(path.join(folder, 'rejected.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json);
}

describe('classifyIngredient', () => {
  it('labels the name of a raw Pub/Sub push and keeps it for good', async () => {
    const response = await push({
      name: ' Pork  belly ',
      id: 'app-1',
      submittedAt: '2026-10-31T08:00:00+02:00',
      extra: 1,
    });

    expect(response.status).toBe(204);
    expect(await find('pork belly')).toMatchObject({
      name: 'Pork  belly',
      normalName: 'pork belly',
      ingredient: { label: 'ingredient' },
      source: { label: 'dead_animal' },
      status: 'classified',
      origin: 'model',
      ids: ['app-1'],
      idCount: 1,
      submittedAt: new Date('2026-10-31T06:00:00Z'),
      expireAt: null,
    });
  });

  it('takes a CloudEvent in binary mode', async () => {
    const response = await post({ message: message({ name: 'honey' }), subscription: 's' }, BINARY);

    expect(response.status).toBe(204);
    expect(await find('honey')).toMatchObject({
      source: { label: 'animal_product' },
      submittedAt: new Date('2026-11-01T10:00:00Z'),
    });
  });

  it('takes a CloudEvent in structured mode', async () => {
    const event = {
      specversion: '1.0',
      id: '8',
      type: EVENT_TYPE,
      source: TOPIC,
      data: { message: message({ name: 'cement' }) },
    };

    const response = await post(event, { 'Content-Type': 'application/cloudevents+json' });

    expect(response.status).toBe(204);
    expect(await find('cement')).toMatchObject({
      ingredient: { label: 'not_ingredient' },
      source: null,
      categories: [],
    });
  });

  const LEGACY_CONTEXT = {
    eventId: '41',
    timestamp: '2026-11-01T10:00:00Z',
    resource: 'projects/p/topics/ingredients',
  };
  const METADATA = { 'X-Goog-PubSub-Message-Id': '41', 'X-Goog-PubSub-Publish-Time': '2026-11-01T10:00:00Z' };

  type Attributes = Record<string, string>;
  const wrapped = (data: unknown, attributes: Attributes) => ({
    message: { ...message(data, '41'), attributes },
    subscription: 's',
  });

  it.each<[string, (data: unknown, attributes: Attributes) => Promise<Response>]>([
    ['a wrapped push', (data, attributes) => post(wrapped(data, attributes))],
    [
      'a wrapped push of another content type',
      (data, attributes) => post(wrapped(data, attributes), { 'Content-Type': 'text/plain' }),
    ],
    ['an unwrapped push', (data, attributes) => post(data, { ...METADATA, ...attributes })],
    [
      'an unwrapped push of another content type',
      (data, attributes) => post(data, { ...METADATA, ...attributes, 'Content-Type': 'application/octet-stream' }),
    ],
    ['a CloudEvent in binary mode', (data, attributes) => post(wrapped(data, attributes), BINARY)],
    [
      'a CloudEvent in structured mode',
      (data, attributes) =>
        post(
          {
            ...{ specversion: '1.0', id: '41', type: EVENT_TYPE, source: TOPIC },
            data: wrapped(data, attributes),
          },
          { 'Content-Type': 'application/cloudevents+json; charset=UTF-8' },
        ),
    ],
    [
      'a legacy background event',
      (data, attributes) =>
        post({
          context: { ...LEGACY_CONTEXT, eventType: 'google.pubsub.topic.publish' },
          data: { data: message(data).data, attributes },
        }),
    ],
    [
      'a legacy background event whose context is its top',
      (data, attributes) =>
        post({
          ...LEGACY_CONTEXT,
          eventType: 'providers/cloud.pubsub/eventTypes/topic.publish',
          data: { data: message(data).data, attributes },
        }),
    ],
  ])('reads the same message, and its attributes, from %s', async (way, deliver) => {
    const data = { name: `salt from ${way}`, id: 'app-3' };
    log.length = 0;

    const responses = [await deliver(data, {}), await deliver(data, { cause: 'reclassify' })];

    expect(responses.map(({ status }) => status)).toEqual([204, 204]);
    expect(await find(data.name)).toMatchObject({
      name: data.name,
      ids: ['app-3'],
      submittedAt: new Date('2026-11-01T10:00:00Z'),
      status: 'classified',
    });
    expect(log.map((line) => JSON.parse(line) as Json)).toEqual([
      expect.objectContaining({ message: 'event', outcome: 'created', cause: 'submit', messageId: '41' }),
      expect.objectContaining({ message: 'event', outcome: 'unchanged', cause: 'reclassify', messageId: '41' }),
    ]);
  });

  it('logs the attempt and the trace that a push tells', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    log.length = 0;

    await post(
      { message: message({ name: 'thyme' }), subscription: 's', deliveryAttempt: 6 },
      { traceparent: `00-${trace}-b7ad6b7169203331-01` },
    );

    expect(JSON.parse(log[0]!)).toMatchObject({ attempt: 6, 'logging.googleapis.com/trace': trace });
  });

  it.each<[string, string]>([
    ['text', 'salt'],
    ['a NUL', '\u0000'],
  ])('rejects an unwrapped push of %s with its bytes, and acknowledges it', async (_what, body) => {
    const response = await post(body, { ...METADATA, 'Content-Type': 'text/plain' });

    const kept = await rejected();
    expect(response.status).toBe(204);
    expect(kept.map(({ payload }) => payload)).toContain(Buffer.from(body).toString('base64'));
  });

  it('leaves one document of an event that is delivered many times at once', async () => {
    const responses = await Promise.all(Array.from({ length: 20 }, () => push({ name: 'oat milk', id: 'app-2' })));

    const record = await find('oat milk');
    expect(responses.map(({ status }) => status)).toEqual(Array<number>(20).fill(204));
    expect([record?.ids, record?.idCount]).toEqual([['app-2'], 1]);
  });

  it.each([
    ['text that is not JSON', 'smoked paprika', 'INVALID_MESSAGE'],
    ['JSON without a name', { nome: 'sale' }, 'INVALID_MESSAGE'],
    ['a name that is no string', { name: 7 }, 'INVALID_MESSAGE'],
    ['an empty name', { name: '  ' }, 'INVALID_NAME'],
    ['121 characters', { name: 'a'.repeat(121) }, 'INVALID_NAME'],
    ['a control character', { name: 'a\u0000b' }, 'INVALID_NAME'],
    ['a date that is none', { name: 'salt', submittedAt: 'yesterday' }, 'INVALID_MESSAGE'],
  ])('rejects %s once, with its payload and reason, and acknowledges it', async (_, data, code) => {
    const before = (await rejected()).length;

    const responses = [await push(data, '21'), await push(data, '22')];

    const added = (await rejected()).slice(before);
    expect(responses.map(({ status }) => status)).toEqual([204, 204]);
    expect(added).toHaveLength(1);
    expect(added[0]).toMatchObject({ code });
    const payload = typeof data === 'string' ? data : JSON.stringify(data);
    expect(Buffer.from(added[0]?.['payload'] as string, 'base64').toString()).toBe(payload);
  });

  it('keeps what came without an envelope of Pub/Sub, and labels it where it is a submission', async () => {
    const foreign = await post({ specversion: '1.0', id: '5', type: 'com.other', source: '/x', data: { order: 7 } });
    const unwrapped = await post({ name: 'quince' });

    const payload = (await rejected()).at(-1)?.['payload'] as string;
    expect([foreign.status, unwrapped.status]).toEqual([204, 204]);
    expect(Buffer.from(payload, 'base64').toString()).toBe(
      '{"specversion":"1.0","id":"5","type":"com.other","source":"/x","data":{"order":7}}',
    );
    expect(await find('quince')).toMatchObject({ ingredient: { label: 'ingredient' }, status: 'classified' });
  });

  const DEEP = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

  it.each<[string, string]>([
    ['bare', DEEP],
    ['as the data of a structured event', `{"specversion":"1.0","id":"6","type":"t","source":"/x","data":${DEEP}}`],
  ])('rejects JSON 100,000 levels deep that comes %s, with the bytes that came', async (_what, body) => {
    const before = (await rejected()).length;
    log.length = 0;

    const responses = [await post(body), await post(body)];

    const added = (await rejected()).slice(before);
    expect(responses.map(({ status }) => status)).toEqual([204, 204]);
    expect(added).toEqual([
      expect.objectContaining({
        id: createHash('sha256').update(body).digest('hex'),
        payload: Buffer.from(body.slice(0, 10_000)).toString('base64'),
        payloadBytes: body.length,
        code: 'INVALID_MESSAGE',
      }),
    ]);
    expect(log.map((line) => (JSON.parse(line) as Json)['outcome'])).toEqual(['rejected', 'rejected']);
  });

  it('rejects a message of attributes alone', async () => {
    const response = await post({ message: { attributes: { a: 'b' }, messageId: '9' }, subscription: 's' });

    expect(response.status).toBe(204);
    expect((await rejected()).at(-1)).toMatchObject({ payload: '', code: 'INVALID_MESSAGE' });
  });

  it('asks for redelivery where the store cannot be reached, and keeps nothing', async () => {
    failing = true;
    const response = await push({ name: 'dulse' });
    failing = false;

    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(await find('dulse')).toBeUndefined();
    expect((await push({ name: 'dulse' })).status).toBe(204);
    expect(await find('dulse')).toBeDefined();
  });

  it('refuses what is no event with a problem', async () => {
    const malformed = await post('{"message":');
    const wrongMethod = await fetch(classify.url);

    expect([malformed.status, malformed.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it.each<[string, unknown, Record<string, string>, number]>([
    ['null', 'null', {}, 400],
    ['a number', '5', {}, 400],
    ['an array', '[]', {}, 400],
    ['no JSON', 'salt', {}, 400],
    ['text in binary mode', 'salt', { ...BINARY, 'Content-Type': 'text/plain' }, 415],
    ['a number in binary mode', '5', BINARY, 400],
    ['a legacy event whose context is null', { context: null, data: {} }, {}, 500],
    ['a legacy event of another service', { eventType: 'toString', resource: 'r', data: {} }, {}, 500],
  ])('never answers %s with HTML or a stack, and rejects nothing', async (_, body, headers, status) => {
    const before = (await rejected()).length;

    const response = await post(body, headers);

    const text = await response.text();
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect(JSON.parse(text)).toMatchObject({ status });
    expect(text).not.toMatch(/node_modules|TypeError|\.js:/);
    expect(await rejected()).toHaveLength(before);
  });

  it('rejects a message of 10 MB, and acknowledges it', async () => {
    const before = (await rejected()).length;

    // with its quotes, braces and field just the 10,000,000 bytes that Pub/Sub takes at most
    const response = await push({ name: 'a'.repeat(10_000_000 - 11) });

    const added = (await rejected()).slice(before);
    expect(response.status).toBe(204);
    expect(added).toHaveLength(1);
    expect(added[0]).toMatchObject({ code: 'INVALID_NAME' });
  });

  it.each<[string, unknown, Record<string, string>, Json]>([
    ['the guard refuses for its JSON', '{"message":', {}, { code: 'BAD_JSON' }],
    ['the guard refuses for its type', 'salt', { 'Content-Type': 'text/plain' }, { code: 'UNSUPPORTED_MEDIA_TYPE' }],
    [
      'the guard refuses for its encoding',
      'salt',
      { 'Content-Encoding': 'gzip', 'X-Goog-PubSub-Message-Id': '51' },
      { code: 'UNSUPPORTED_MEDIA_TYPE', messageId: '51' },
    ],
    ['the guard refuses for its length', 'a'.repeat(14_600_000), {}, { code: 'BODY_TOO_LARGE' }],
    ['the framework fails at', { eventType: 'toString', resource: 'r', data: {} }, {}, { code: 'INTERNAL' }],
  ])('logs one line of a delivery that %s', async (_what, body, headers, expected) => {
    log.length = 0;

    // what is refused for its length may be cut off while it is still sent
    await post(body, headers).catch(() => undefined);

    await eventually('the line', () => (log.length > 0 ? true : undefined));
    expect(log.map((line) => JSON.parse(line) as Json)).toEqual([
      expect.objectContaining({ message: 'event', outcome: 'failed', ...expected }),
    ]);
  });

  it('logs no line of what is no delivery', async () => {
    log.length = 0;

    await fetch(classify.url);
    await push({ name: 'marjoram' }, '34');

    expect(log.map((line) => (JSON.parse(line) as Json)['messageId'])).toEqual(['34']);
  });

  it('logs one line of a delivery that fails in the handler, and again in its answer', async () => {
    log.length = 0;
    failing = true;
    await push({ name: 'lovage' }, '35');
    failing = false;

    await push({ name: 'lovage' }, '36');

    expect(log.map((line) => JSON.parse(line) as Json)).toEqual([
      expect.objectContaining({ outcome: 'failed', code: 'STORE_UNAVAILABLE', messageId: '35' }),
      expect.objectContaining({ outcome: 'created', messageId: '36' }),
    ]);
  });

  it('logs one line an event with its outcome, never the name', async () => {
    log.length = 0;

    await push({ name: 'secret sauce' }, '33');

    const lines = log.map((line) => JSON.parse(line) as Json);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ severity: 'INFO', message: 'event', outcome: 'created', messageId: '33' });
    expect(log.join('')).not.toContain('secret');
  });
});
