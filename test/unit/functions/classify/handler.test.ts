import { handleEvent } from '../../../../functions/classify/handler';
import { Labeller } from '../../../../shared/labeller';
import { OverloadedError, StoreUnavailableError } from '../../../../shared/platform/errors';
import { createLogger, type Logger } from '../../../../shared/platform/logger';
import { aName, anAnswer, aRecord, LATER, NOW } from '../../../support/builders';
import { FakeClassifier, FakeLogger, FakeStore, type LogLine } from '../../../support/fakes';

const PUBLISHED = '2026-12-01T10:00:00.000Z';

function arrange(log?: Logger) {
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
    deliver: (event: unknown) => handleEvent(event, { labeller, store: open, logger: log ?? logger, projectId: 'p' }),
  };
}

/** The lines of events, without what DEBUG adds. */
const events = ({ lines }: FakeLogger): LogLine[] => lines.filter(({ severity }) => severity !== 'DEBUG');
const outcomes = (logger: FakeLogger): unknown[] => events(logger).map(({ fields }) => fields['outcome']);

function event(data: string, attributes: Record<string, string> = {}): unknown {
  const base64 = Buffer.from(data).toString('base64');
  const message = { data: base64, attributes, messageId: '42', publishTime: PUBLISHED };
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
    expect(outcomes(logger)).toEqual(['created', 'unchanged']);
  });

  it('logs one line: the outcome, the message and the key, and no name', async () => {
    jest.useFakeTimers({ now: NOW, doNotFake: ['performance'] });
    const { logger, deliver } = arrange();

    await deliver(event('{"name": "salt"}'));
    jest.useRealTimers();

    const [{ severity, message, fields }] = events(logger) as [LogLine];
    expect(events(logger)).toHaveLength(1);
    expect([severity, message]).toEqual(['INFO', 'event']);
    expect(fields).toEqual({
      outcome: 'created',
      cause: 'submit',
      messageId: '42',
      attempt: undefined,
      // the time that fake timers hold, less PUBLISHED
      ageMs: 7_200_000,
      durationMs: expect.any(Number) as number,
      stages: { write: expect.any(Number) as number },
      key: aName('salt').key,
      ingredient: 'ingredient',
      source: 'plant',
      needsReview: [],
    });
  });

  it('logs the attempt and the trace where the delivery tells them', async () => {
    const { logger, deliver } = arrange();
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const message = { data: Buffer.from('{"name": "salt"}').toString('base64') };

    await deliver({ traceparent: `00-${trace}-b7ad6b7169203331-01`, data: { message, deliveryAttempt: 3 } });

    const link = { 'logging.googleapis.com/trace': `projects/p/traces/${trace}` };
    expect(events(logger)[0]?.fields).toMatchObject({ attempt: 3, ...link });
  });

  it('logs what came at DEBUG alone, and no line of it can be forged', async () => {
    const written: Record<string, string[]> = { DEBUG: [], INFO: [] };
    const data = '{"name": "salt\\n{\\"message\\":\\"event\\"}"}\n{"message":"event","outcome":"created"}';

    for (const level of ['DEBUG', 'INFO'] as const) {
      const { deliver } = arrange(createLogger(level, (line) => written[level]!.push(line)));
      await deliver(event(data));
      await deliver(event('{"name": "salt"}'));
    }

    expect(written['INFO']!.join('')).not.toContain('salt');
    expect(written['DEBUG']!.join('')).toContain('salt');
    const lines = written['DEBUG']!.join('').split('\n').slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      'event data',
      'event',
      'event data',
      'event',
    ]);
  });

  it('logs and throws also what it cannot read', async () => {
    const { logger, deliver } = arrange();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;

    await expect(deliver(circular)).rejects.toThrow(TypeError);

    expect(events(logger).map(({ fields }) => [fields['outcome'], fields['code']])).toEqual([['failed', 'INTERNAL']]);
  });

  it("puts this model's answer in the place of an older one where the cause is a reclassification", async () => {
    const { store, logger, deliver } = arrange();
    const kept = aRecord({ name: 'salt', model: '2026.9.1', ids: ['app-1'], idCount: 1 });
    store.records.set(kept.key, kept);

    await deliver(event('{"name": "salt", "id": "app-2"}', { cause: 'reclassify' }));
    await deliver(event('{"name": "sugar"}', { cause: 'reclassify' }));

    expect([...store.records.values()]).toEqual([{ ...kept, model: '2026.12.1', updatedAt: LATER }]);
    expect(events(logger).map(({ fields }) => [fields['cause'], fields['outcome']])).toEqual([
      ['reclassify', 'updated'],
      ['reclassify', 'unchanged'],
    ]);
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
    expect(events(logger).map(({ fields }) => [fields['outcome'], fields['code']])).toEqual([
      ['rejected', code],
      ['rejected', code],
    ]);
  });

  it('throws where the store is down, so that the message comes again', async () => {
    const { store, logger, deliver } = arrange();
    store.failure = new StoreUnavailableError('Firestore could not be written.');

    await expect(deliver(event('{"name": "salt"}'))).rejects.toBe(store.failure);

    expect(events(logger)).toHaveLength(1);
    expect(events(logger)[0]).toMatchObject({
      severity: 'ERROR',
      message: 'event',
      fields: { outcome: 'failed', messageId: '42', code: 'STORE_UNAVAILABLE' },
    });
  });

  // The metric of events has `cause` as a label: texts of errors would be values without end.
  it("keeps the event's cause apart from the error's", async () => {
    const { store, logger, deliver } = arrange();
    store.failure = new StoreUnavailableError('Firestore could not be written.', {
      cause: new Error('14 UNAVAILABLE: 10.0.0.7:443'),
    });

    await expect(deliver(event('{"name": "salt"}'))).rejects.toThrow();
    await expect(deliver(event('{"name": "salt"}', { cause: 'reclassify' }))).rejects.toThrow();

    expect(events(logger).map(({ fields }) => [fields['cause'], fields['errorCause']])).toEqual([
      ['submit', '14 UNAVAILABLE: 10.0.0.7:443'],
      ['reclassify', '14 UNAVAILABLE: 10.0.0.7:443'],
    ]);
  });

  it('throws where a poison message cannot be kept, so that it is not lost', async () => {
    const { store, logger, deliver } = arrange();
    store.failure = new StoreUnavailableError('Firestore could not be written.');

    await expect(deliver(event('salt'))).rejects.toBe(store.failure);

    expect(events(logger)).toHaveLength(1);
    expect(events(logger)[0]).toMatchObject({
      severity: 'ERROR',
      message: 'event',
      fields: { outcome: 'failed', messageId: '42', code: 'STORE_UNAVAILABLE' },
    });
  });

  it('logs a code also of a failure that nobody foresaw', async () => {
    const { store, logger, deliver } = arrange();
    store.failure = new TypeError('x is not a function');

    await expect(deliver(event('{"name": "salt"}'))).rejects.toThrow();

    expect(events(logger).map(({ fields }) => [fields['outcome'], fields['code']])).toEqual([['failed', 'INTERNAL']]);
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
