/**
 * A push of Pub/Sub → the CloudEvent that a trigger would deliver, before the framework sees it.
 *
 * The framework's own conversion drops `deliveryAttempt`, leaves a message without data as it is, and knows no unwrapped push at all.
 *
 * @see https://cloud.google.com/pubsub/docs/push
 * @see https://cloud.google.com/pubsub/docs/payload-unwrapping
 */
import type { IncomingHttpHeaders } from 'node:http';

import { isRecord } from '../../shared/platform/json';
import { ATTRIBUTES } from './message';

const EVENT_TYPE = 'google.cloud.pubsub.topic.v1.messagePublished';
const BINARY_HEADERS = ['ce-type', 'ce-specversion', 'ce-source', 'ce-id'] as const;

/** True where the body is the data of a message itself, and its metadata are headers: it may be of any type. */
export function isUnwrapped(headers: IncomingHttpHeaders): boolean {
  return headers['x-goog-pubsub-message-id'] !== undefined && !isBinary(headers);
}

/** The CloudEvent of an unwrapped push. */
export function fromUnwrapped(headers: IncomingHttpHeaders, data: Buffer, path: string): Record<string, unknown> {
  const text = (name: string): string | undefined => headers[name]?.toString();
  const attempt = Number(text('x-goog-pubsub-delivery-attempt'));
  const attributes = ATTRIBUTES.map((name) => [name, text(name)]).filter(([, value]) => value !== undefined);
  const message = {
    data: data.toString('base64'),
    messageId: text('x-goog-pubsub-message-id'),
    publishTime: text('x-goog-pubsub-publish-time'),
    attributes: Object.fromEntries(attributes) as unknown,
  };
  const subscription = text('x-goog-pubsub-subscription-name');
  return cloudEvent({ message, subscription, ...(attempt > 0 ? { deliveryAttempt: attempt } : {}) }, path);
}

/** The CloudEvent of a wrapped push; any other body as it is. */
export function fromWrapped(
  headers: IncomingHttpHeaders,
  body: Record<string, unknown>,
  path: string,
): Record<string, unknown> {
  const isPush = isRecord(body['message']) && body['context'] === undefined && body['specversion'] === undefined;
  return isPush && !isBinary(headers) ? cloudEvent(body, path) : body;
}

function isBinary(headers: IncomingHttpHeaders): boolean {
  return BINARY_HEADERS.every((name) => headers[name] !== undefined);
}

function cloudEvent(data: Record<string, unknown>, path: string): Record<string, unknown> {
  const message = data['message'] as Record<string, unknown>;
  // A push names its topic only where the path of its endpoint does.
  const resource = /projects\/[^/]+\/topics\/[^/]+/.exec(path)?.[0] ?? data['subscription'];
  return {
    specversion: '1.0',
    id: message['messageId'] ?? message['message_id'],
    source: `//pubsub.googleapis.com/${typeof resource === 'string' ? resource : ''}`,
    type: EVENT_TYPE,
    time: message['publishTime'] ?? message['publish_time'],
    datacontenttype: 'application/json',
    data,
  };
}
