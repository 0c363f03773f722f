import { fromUnwrapped, fromWrapped, isUnwrapped } from '../../../../functions/classify/push';

const PATH = '/projects/p/topics/ingredients';
const BINARY = { 'ce-id': '7', 'ce-specversion': '1.0', 'ce-type': 't', 'ce-source': 's' };

describe('fromWrapped', () => {
  it('makes the CloudEvent of a trigger, with attempt, subscription and all of the message', () => {
    const message = { data: 'c2FsdA==', messageId: '7', publishTime: '2026-12-01T10:00:00Z', attributes: { a: 'b' } };
    const body = { message, subscription: 'projects/p/subscriptions/s', deliveryAttempt: 2 };

    const event = fromWrapped({}, body, PATH);

    expect(event).toEqual({
      specversion: '1.0',
      id: '7',
      source: '//pubsub.googleapis.com/projects/p/topics/ingredients',
      type: 'google.cloud.pubsub.topic.v1.messagePublished',
      time: '2026-12-01T10:00:00Z',
      datacontenttype: 'application/json',
      data: body,
    });
  });

  it('takes the subscription for the source where the path names no topic', () => {
    const event = fromWrapped({}, { message: {}, subscription: 'projects/p/subscriptions/s' }, '/');

    expect(event['source']).toBe('//pubsub.googleapis.com/projects/p/subscriptions/s');
  });

  it.each<[string, Record<string, string>, Record<string, unknown>]>([
    ['a CloudEvent in binary mode', BINARY, { message: {} }],
    ['a CloudEvent in structured mode', {}, { specversion: '1.0', message: {} }],
    ['a legacy event', {}, { context: {}, data: {}, message: {} }],
    ['a submission', {}, { name: 'salt' }],
    ['a message that is a text', {}, { message: 'salt' }],
  ])('leaves %s as it is', (_what, headers, body) => {
    expect(fromWrapped(headers, body, PATH)).toBe(body);
  });
});

describe('fromUnwrapped', () => {
  it('takes the bytes for the data, and the metadata from the headers', () => {
    const headers = {
      'x-goog-pubsub-message-id': '7',
      'x-goog-pubsub-publish-time': '2026-12-01T10:00:00Z',
      'x-goog-pubsub-subscription-name': 'projects/p/subscriptions/s',
      'x-goog-pubsub-delivery-attempt': '4',
      cause: 'reclassify',
      'user-agent': 'CloudPubSub-Google',
    };

    const event = fromUnwrapped(headers, Buffer.from([0xff, 0x00]), PATH);

    expect(event).toMatchObject({
      id: '7',
      source: '//pubsub.googleapis.com/projects/p/topics/ingredients',
      time: '2026-12-01T10:00:00Z',
      data: {
        message: { data: '/wA=', messageId: '7', attributes: { cause: 'reclassify' } },
        subscription: 'projects/p/subscriptions/s',
        deliveryAttempt: 4,
      },
    });
  });
});

describe('isUnwrapped', () => {
  it('goes by the metadata that Pub/Sub writes into headers', () => {
    const id = { 'x-goog-pubsub-message-id': '7' };

    expect([isUnwrapped(id), isUnwrapped({}), isUnwrapped({ ...id, ...BINARY })]).toEqual([true, false, false]);
  });
});
