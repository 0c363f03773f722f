/**
 * A topic with a push subscription, and the dead letters of it, as Terraform makes them.
 */
import type { PubSub } from '@google-cloud/pubsub';

const TOPIC = 'ingredients';
const DEAD_LETTERS = `${TOPIC}-dead-letters`;

/**
 * Makes topic and dead letters; with an endpoint the topic is pushed there, without it is pulled as `all`.
 *
 * @param maxDeliveryAttempts after how many deliveries a message is put aside; never, where it is left out.
 */
export async function prepareTopics(
  pubsub: PubSub,
  pushEndpoint?: string,
  maxDeliveryAttempts?: number,
): Promise<void> {
  await Promise.all([pubsub.createTopic(TOPIC), pubsub.createTopic(DEAD_LETTERS)]);
  await pubsub.topic(DEAD_LETTERS).createSubscription(DEAD_LETTERS);
  if (pushEndpoint === undefined) {
    await pubsub.topic(TOPIC).createSubscription('all');
    return;
  }
  await pubsub.topic(TOPIC).createSubscription(`${TOPIC}-classify`, {
    pushConfig: { pushEndpoint },
    ackDeadlineSeconds: 60,
    ...(maxDeliveryAttempts === undefined
      ? {}
      : {
          deadLetterPolicy: {
            deadLetterTopic: `projects/${pubsub.projectId}/topics/${DEAD_LETTERS}`,
            maxDeliveryAttempts,
          },
        }),
  });
}

/** What Pub/Sub adds to a message that it puts aside. */
const DEAD_LETTER_ATTRIBUTES = {
  CloudPubSubDeadLetterSourceDeliveryCount: '100',
  CloudPubSubDeadLetterSourceSubscription: 'ingredients-classify',
  CloudPubSubDeadLetterSourceTopicPublishTime: '2026-12-01T12:00:00.000+00:00',
};

/** Puts a message among the dead letters, as Pub/Sub does after too many deliveries; returns its id. */
export async function putAside(pubsub: PubSub, data: string, attributes: Record<string, string> = {}): Promise<string> {
  return pubsub
    .topic(DEAD_LETTERS)
    .publishMessage({ data: Buffer.from(data), attributes: { ...attributes, ...DEAD_LETTER_ATTRIBUTES } });
}
