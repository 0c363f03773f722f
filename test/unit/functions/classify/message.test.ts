import { parseSubmission, type PubSubMessage, readMessage } from '../../../../functions/classify/message';
import { InvalidMessageError } from '../../../../shared/platform/errors';

const PUBLISHED = '2026-12-01T10:00:00.000Z';

function message(data: string | Buffer): PubSubMessage {
  const bytes = Buffer.from(data);
  return { data: bytes, attributes: {}, messageId: '1', publishTime: PUBLISHED, attempt: 1, traceparent: undefined };
}

const cloudEvent = (fields: Record<string, unknown>): unknown => ({ id: '1', data: { message: fields } });

describe('readMessage', () => {
  it('decodes the data of a CloudEvent', () => {
    const read = readMessage(
      cloudEvent({ data: 'eyJuYW1lIjoic2FsdCJ9', messageId: '42', publishTime: PUBLISHED, attributes: { a: 'b' } }),
    );

    expect(read.data.toString()).toBe('{"name":"salt"}');
    expect(read.messageId).toBe('42');
    expect(read.publishTime).toBe(PUBLISHED);
    expect(read.attributes).toEqual({});
  });

  it('reads the attributes that it knows, the attempt and the trace', () => {
    const known = { cause: 'reclassify', 'withdrawn-model': '2026.12.2', 'first-published': PUBLISHED };
    const attributes = { ...known, other: 'x' };
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    const read = readMessage({ traceparent, data: { message: { attributes }, deliveryAttempt: 5 } });

    expect(read).toMatchObject({ attempt: 5, traceparent });
    expect(read.attributes).toEqual(known);
  });

  it.each([
    ['attributes that are none', { message: { attributes: 'cause' }, deliveryAttempt: 'x' }],
    ['an attribute that is no text', { message: { attributes: { cause: 7 } }, deliveryAttempt: null }],
  ])('passes over %s', (_what, data) => {
    expect(readMessage({ data })).toMatchObject({ attributes: {}, attempt: undefined });
  });

  it('reads a raw push, with the names that its fields had first', () => {
    const read = readMessage({
      message: { data: 'eyJuYW1lIjoic2FsdCJ9', message_id: '42', publish_time: PUBLISHED },
      subscription: 'projects/p/subscriptions/s',
    });

    expect(read.data.toString()).toBe('{"name":"salt"}');
    expect(read.messageId).toBe('42');
    expect(read.publishTime).toBe(PUBLISHED);
  });

  it.each([
    ['has no padding', 'eyJuYW1lIjoiaGFtIn0', '{"name":"ham"}'],
    ['is of the URL alphabet', '8J-ngg==', '🧂'],
    ['is not base64 at all', '{"name": "salt"}', '{"name": "salt"}'],
    ['has a sign that is not of base64', 'eyJu*YW1lIjoic2FsdCJ9', 'eyJu*YW1lIjoic2FsdCJ9'],
    ['has one character too many', 'eyJuY', 'eyJuY'],
    ['is padding alone', '==', '=='],
    ['has padding after a whole group', 'c2Fs=', 'c2Fs='],
  ])('keeps data that %s', (_what, data, expected) => {
    expect(readMessage(cloudEvent({ data })).data.toString()).toBe(expected);
  });

  it('decodes the 10 MB that Pub/Sub takes at most', () => {
    const read = readMessage(cloudEvent({ data: Buffer.alloc(10_000_000, 'salt').toString('base64') }));

    expect(read.data).toHaveLength(10_000_000);
    expect(read.data.subarray(0, 8).toString()).toBe('saltsalt');
  });

  it('keeps 10 MB that are no base64 at their end', () => {
    const read = readMessage(cloudEvent({ data: `${'a'.repeat(10_000_000)}*` }));

    expect(read.data).toHaveLength(10_000_001);
    expect(read.data.subarray(-2).toString()).toBe('a*');
  });

  it.each<[string, unknown]>([
    ['attributes only', cloudEvent({ attributes: { name: 'salt' }, messageId: '1' })],
    ['a raw push with attributes only', { message: { attributes: { name: 'salt' } }, subscription: 's' }],
    ['data that is null', cloudEvent({ data: null })],
    ['data that is a number', cloudEvent({ data: 1 })],
  ])('finds no data in %s', (_what, event) => {
    expect(readMessage(event).data).toHaveLength(0);
  });

  it.each<[string, unknown, string]>([
    ['an event without data', { id: '1' }, '{"id":"1"}'],
    ['an unwrapped submission', { name: 'salt' }, '{"name":"salt"}'],
    ['an event whose data is a text', { id: '1', data: 'eyJ9' }, '{"id":"1","data":"eyJ9"}'],
    ['an event of another kind', { id: '1', data: { order: 7 } }, '{"order":7}'],
    ['a message that is an array', { data: { message: ['a'] } }, '{"message":["a"]}'],
    ['null', null, 'null'],
    ['undefined', undefined, 'null'],
    ['an array', [], '[]'],
    ['a text', 'salt', '"salt"'],
  ])('takes %s, which has no envelope of Pub/Sub, as the data', (_what, event, data) => {
    expect(readMessage(event).data.toString()).toBe(data);
  });
});

describe('parseSubmission', () => {
  it('reads all fields', () => {
    const submission = parseSubmission(
      message('{"name": "smoked paprika", "id": "app-1", "submittedAt": "2026-11-30T23:59:59.5+01:00"}'),
    );

    expect(submission).toEqual({
      name: 'smoked paprika',
      id: 'app-1',
      submittedAt: new Date('2026-11-30T22:59:59.500Z'),
    });
  });

  it.each([
    // ISO 8601 and RFC 3339, section 5.6, by hand; a leap second is the first of the next day, as in Unix time
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60.25Z', '2017-01-01T00:00:00.250Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['2026-12-01t10:00:00.123456789z', '2026-12-01T10:00:00.123Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('reads the time %s', (submittedAt, expected) => {
    const submission = parseSubmission(message(JSON.stringify({ name: 'salt', submittedAt })));

    expect(submission.submittedAt.toISOString()).toBe(expected);
  });

  it.each([
    '2026-02-30T10:00:00Z',
    '2027-02-29T10:00:00Z',
    '2026-00-10T10:00:00Z',
    '2026-12-01T24:00:00Z',
    '2026-12-01T10:60:00Z',
    '2026-12-01T10:00:61Z',
    '2026-12-01T10:59:60Z',
    '2026-12-31T23:59:60-01:00',
    '2026-12-01T10:00:00+24:00',
    '9999-12-31T23:59:60Z',
  ])('refuses the time %s, which is none', (submittedAt) => {
    const parse = (): unknown => parseSubmission(message(JSON.stringify({ name: 'salt', submittedAt })));

    expect(parse).toThrow('submittedAt must match format "date-time"');
  });

  it('takes the time of publishing where the app gave none', () => {
    expect(parseSubmission(message('{"name": "salt"}')).submittedAt).toEqual(new Date(PUBLISHED));
  });

  it.each([undefined, 'yesterday', '2026-02-30T10:00:00Z', '+010000-01-01T00:00:00Z', '0000-12-31T23:59:59Z'])(
    'takes a time of its own where the time of publishing is %p',
    (publishTime) => {
      const before = Date.now();

      const { submittedAt } = parseSubmission({ ...message('{"name": "salt"}'), publishTime });

      expect(submittedAt.getTime()).toBeGreaterThanOrEqual(before);
      expect(submittedAt.getTime()).toBeLessThanOrEqual(Date.now());
    },
  );

  it.each([
    ['the first time of publishing, where it is published again', '{"name": "salt"}', '2026-11-30T10:00:00.5+00:00'],
    ['the time that the app gave, before all', '{"name": "salt", "submittedAt": "2026-11-30T10:00:00.5Z"}', PUBLISHED],
  ])('takes %s', (_what, data, first) => {
    const { submittedAt } = parseSubmission({ ...message(data), attributes: { 'first-published': first } });

    expect(submittedAt).toEqual(new Date('2026-11-30T10:00:00.500Z'));
  });

  it('passes over a first time of publishing that is none', () => {
    const { submittedAt } = parseSubmission({ ...message('{"name": "salt"}'), attributes: { 'first-published': 'x' } });

    expect(submittedAt).toEqual(new Date(PUBLISHED));
  });

  it('takes null as left out', () => {
    const submission = parseSubmission(message('{"name": "salt", "id": null, "submittedAt": null}'));

    expect(submission).toEqual({ name: 'salt', id: undefined, submittedAt: new Date(PUBLISHED) });
  });

  it('ignores fields that it does not know', () => {
    const submission = parseSubmission(message('{"name": "salt", "brand": {"x": []}, "__proto__": {"id": "x"}}'));

    expect(submission).toEqual({ name: 'salt', id: undefined, submittedAt: new Date(PUBLISHED) });
  });

  it.each([
    ['is empty', '', 'has no data'],
    ['is not JSON', 'salt', 'not JSON'],
    ['is cut JSON', '{"name": "sa', 'not JSON'],
    ['is not UTF-8', Buffer.from([0x22, 0xe0, 0xa4, 0x22]), 'not JSON in UTF-8'],
    ['is an array', '[{"name": "salt"}]', 'data must be object'],
    ['is a text', '"salt"', 'data must be object'],
    ['is null', 'null', 'data must be object'],
    ['lacks a name', '{"id": "1"}', "must have required property 'name'"],
    ['has a name that is null', '{"name": null}', 'name must be string'],
    ['has a name that is an array', '{"name": ["salt"]}', 'name must be string'],
    ['has an id that is a number', '{"name": "salt", "id": 7}', 'id must be string,null'],
    ['has an empty id', '{"name": "salt", "id": ""}', 'id must NOT have fewer than 1 characters'],
    [
      'has an id of 1501 characters',
      `{"name": "salt", "id": "${'a'.repeat(1501)}"}`,
      'id must NOT have more than 1500',
    ],
    ['has an id with a lone surrogate', '{"name": "salt", "id": "\\ud800"}', 'id must match format "well-formed"'],
    ['has a time in words', '{"name": "salt", "submittedAt": "yesterday"}', 'submittedAt must match format'],
    ['has a time without a zone', '{"name": "salt", "submittedAt": "2026-12-01T10:00:00"}', 'submittedAt must match'],
    ['has a month that is none', '{"name": "salt", "submittedAt": "2026-13-01T10:00:00Z"}', 'submittedAt must match'],
    // Firestore's timestamps begin with the year 1 and end with 9999
    [
      'has a time before the year 1',
      '{"name": "salt", "submittedAt": "0000-12-31T23:59:59Z"}',
      'submittedAt must match',
    ],
    ['has a time past 9999', '{"name": "salt", "submittedAt": "9999-12-31T23:59:59-01:00"}', 'submittedAt must match'],
  ])('refuses data that %s', (_what, data, expected) => {
    const parse = (): unknown => parseSubmission(message(data));

    expect(parse).toThrow(InvalidMessageError);
    expect(parse).toThrow(expected);
  });

  it('lists all that is wrong', () => {
    const parse = (): unknown => parseSubmission(message('{"name": 1, "id": 2}'));

    expect(parse).toThrow('The message is no submission: name must be string; id must be string,null.');
  });
});
