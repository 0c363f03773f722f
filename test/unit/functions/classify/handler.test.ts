import { handleEvent } from '../../../../functions/classify/handler';
import { Labeller } from '../../../../shared/labeller';
import { OverloadedError, StoreUnavailableError } from '../../../../shared/platform/errors';
import { aName, anAnswer } from '../../../support/builders';
import { FakeClassifier, FakeLogger, FakeStore } from '../../../support/fakes';

const PUBLISHED = '2026-12-01T10:00:00.000Z';

function arrange() {
  const store = new FakeStore();
  const classifier = new FakeClassifier();
  const logger = new FakeLogger();
  const open = (): Promise<FakeStore> => Promise.resolve(store);
  const labeller = new Labeller(
    {
      store: open,
      classify: (name) => classifier.classifyOne(name),
      modelVersion: () => Promise.resolve(classifier.version),
      logger,
    },
    { lookupCacheDeadlineMs: 1000, memoryCacheEntries: 0, memoryCacheTtlMs: 0 },
  );
  return {
    store,
    classifier,
    logger,
    deliver: (event: unknown) => handleEvent(event, { labeller, store: open, logger }),
  };
}

function event(data: string): unknown {
  const message = { data: Buffer.from(data).toString('base64'), messageId: '42', publishTime: PUBLISHED };
  return { id: '42', type: 'google.cloud.pubsub.topic.v1.messagePublished', data: { message, subscription: 's' } };
}

describe('handleEvent', () => {
  it('keeps the answer for good, and acknowledges', async () => {
    const { store, deliver } = arrange();

    await expect(deliver(event('{"name": "Smoked  Paprika", "id": "app-1"}'))).resolves.toBeUndefined();

    const kept = store.records.get(aName('smoked paprika').key);
    expect(kept).toMatchObject({
      ...anAnswer({ name: 'Smoked  Paprika', key: aName('smoked paprika').key }),
      normalName: 'smoked paprika',
      status: 'classified',
      ids: ['app-1'],
      submittedAt: new Date(PUBLISHED),
      expireAt: null,
    });
  });

  it('writes once what is delivered twice', async () => {
    const { store, logger, deliver } = arrange();

    await deliver(event('{"name": "salt"}'));
    const first = store.records.get(aName('salt').key);
    await deliver(event('{"name": "salt"}'));

    expect(store.records.get(aName('salt').key)).toBe(first);
    expect(logger.lines.map(({ fields }) => fields['outcome'])).toEqual(['created', 'unchanged']);
  });

  it('logs one line: the outcome, the message and the key, and no name', async () => {
    const { logger, deliver } = arrange();

    await deliver(event('{"name": "salt"}'));

    expect(logger.lines).toHaveLength(1);
    const [{ severity, message, fields }] = logger.lines as [(typeof logger.lines)[number]];
    expect([severity, message]).toEqual(['INFO', 'event']);
    expect(fields).toMatchObject({ outcome: 'created', messageId: '42', key: aName('salt').key });
    expect(Object.keys(fields).sort()).toEqual(['ageMs', 'durationMs', 'key', 'messageId', 'outcome']);
    expect([typeof fields['ageMs'], typeof fields['durationMs']]).toEqual(['number', 'number']);
  });

  it.each([
    ['is not JSON', 'salt', 'INVALID_MESSAGE'],
    ['has no name', '{}', 'INVALID_MESSAGE'],
    ['is empty', '', 'INVALID_MESSAGE'],
    ['has a name that is too long', JSON.stringify({ name: 'a'.repeat(121) }), 'INVALID_NAME'],
    ['has a name with a lone surrogate', '{"name": "salt\\ud800"}', 'INVALID_NAME'],
    ['has a name of white space', '{"name": " "}', 'INVALID_NAME'],
  ])('rejects once, and acknowledges, a message that %s', async (_what, data, code) => {
    const { store, classifier, logger, deliver } = arrange();

    await deliver(event(data));
    await deliver(event(data));

    expect(store.rejections).toHaveLength(1);
    expect(Buffer.from(store.rejections[0]!.data).toString()).toBe(data);
    expect(store.rejections[0]!.reason.code).toBe(code);
    expect(store.records.size).toBe(0);
    expect(classifier.batches).toEqual([]);
    expect(logger.lines.map(({ fields }) => [fields['outcome'], fields['code']])).toEqual([
      ['rejected', code],
      ['rejected', code],
    ]);
  });

  it('throws where the store is down, so that the message comes again', async () => {
    const { store, logger, deliver } = arrange();
    store.failure = new StoreUnavailableError('Firestore could not be written.');

    await expect(deliver(event('{"name": "salt"}'))).rejects.toBe(store.failure);

    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toMatchObject({
      severity: 'ERROR',
      message: 'event failed',
      fields: { messageId: '42', code: 'STORE_UNAVAILABLE' },
    });
  });

  it('throws where a poison message cannot be kept, so that it is not lost', async () => {
    const { store, logger, deliver } = arrange();
    store.failure = new StoreUnavailableError('Firestore could not be written.');

    await expect(deliver(event('salt'))).rejects.toBe(store.failure);

    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toMatchObject({
      severity: 'ERROR',
      message: 'event failed',
      fields: { messageId: '42', code: 'STORE_UNAVAILABLE' },
    });
  });

  it('logs a code also of a failure that nobody foresaw', async () => {
    const { store, logger, deliver } = arrange();
    store.failure = new TypeError('x is not a function');

    await expect(deliver(event('{"name": "salt"}'))).rejects.toThrow();

    expect(logger.lines.map(({ message, fields }) => [message, fields['code']])).toEqual([
      ['event failed', 'INTERNAL'],
    ]);
  });

  it('throws where the model is overloaded, and does not reject the message', async () => {
    const { store, classifier, deliver } = arrange();
    classifier.failures.set('salt', new OverloadedError('Too many names wait for the model.'));

    await expect(deliver(event('{"name": "salt"}'))).rejects.toBeInstanceOf(OverloadedError);

    expect(store.rejections).toEqual([]);
  });

  it('succeeds at the delivery after the fault has passed', async () => {
    const { store, deliver } = arrange();
    store.failure = new StoreUnavailableError('Firestore could not be written.');
    await expect(deliver(event('{"name": "salt"}'))).rejects.toThrow();
    store.failure = undefined;

    await deliver(event('{"name": "salt"}'));

    expect([...store.records.keys()]).toEqual([aName('salt').key]);
  });
});
