/**
 * The door to @google-cloud/pubsub: publishing submissions, and on the emulator the topic and its push subscription.
 */
import type { PubSub } from '@google-cloud/pubsub';

import type { Config } from '../shared/platform/config';

const ALREADY_EXISTS = 6;
export const SUBSCRIPTION_SUFFIX = '-classify';
const ACK_DEADLINE_S = 60;

export interface Publisher {
  /** Publishes one message; returns its id. */
  publish(data: Buffer): Promise<string>;
  close(): Promise<void>;
}

async function open({ projectId, pubsubEmulatorHost }: Config): Promise<PubSub> {
  const { PubSub } = await import('@google-cloud/pubsub');
  const project = projectId ?? (pubsubEmulatorHost === undefined ? undefined : 'local');
  return new PubSub(project === undefined ? {} : { projectId: project });
}

export async function openPublisher(config: Config): Promise<Publisher> {
  const client = await open(config);
  const topic = client.topic(config.topic);
  return {
    publish: (data) => topic.publishMessage({ data }),
    close: () => client.close(),
  };
}

/** Makes the topic and its push subscription to `endpoint`, as Terraform does in the cloud; leaves what is there. */
export async function preparePush(config: Config, endpoint: string): Promise<void> {
  const client = await open(config);
  try {
    await unlessThere(client.createTopic(config.topic));
    const name = `${config.topic}${SUBSCRIPTION_SUFFIX}`;
    const settings = { pushConfig: { pushEndpoint: endpoint }, ackDeadlineSeconds: ACK_DEADLINE_S };
    await unlessThere(client.topic(config.topic).createSubscription(name, settings));
    await client.subscription(name).modifyPushConfig({ pushEndpoint: endpoint });
  } finally {
    await client.close();
  }
}

async function unlessThere(made: Promise<unknown>): Promise<void> {
  try {
    await made;
  } catch (error) {
    if ((error as { code?: number }).code !== ALREADY_EXISTS) {
      throw error;
    }
  }
}
