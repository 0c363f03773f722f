/**
 * The door to @google-cloud/pubsub: publishing submissions, and on the emulator the topic and its push subscription.
 *
 * Every failure is a CommandError that says what to change.
 */
import type { PubSub } from '@google-cloud/pubsub';

import type { Config } from '../shared/platform/config';
import { once } from '../shared/platform/once';
import { CommandError, firstLine } from './errors';

const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
export const SUBSCRIPTION_SUFFIX = '-classify';
export const DEAD_LETTERS_SUFFIX = '-dead-letters';
// As in terraform/: how the topic's subscription delivers, and how long a dead letter that was pulled is held.
const ACK_DEADLINE_S = 60;
const MAX_DELIVERY_ATTEMPTS = 100;
const DEAD_LETTER_DEADLINE_S = 600;
// The client's own is ten minutes, in which it says nothing.
const TIMEOUT_MS = 10_000;

export interface Publisher {
  /** Publishes one message; returns its id. */
  publish(data: Buffer, attributes?: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

/** A client of Pub/Sub, or of its emulator. */
export async function openPubSub({ projectId, pubsubEmulatorHost }: Config): Promise<PubSub> {
  const { PubSub } = await import('@google-cloud/pubsub');
  const project = projectId ?? (pubsubEmulatorHost === undefined ? undefined : 'local');
  return new PubSub({
    ...(project === undefined ? {} : { projectId: project }),
    ...(pubsubEmulatorHost === undefined ? {} : { apiEndpoint: pubsubEmulatorHost, emulatorMode: true }),
  });
}

/** Options of a call that ends, with the client's retries, within `timeoutMs`. */
export function within(timeoutMs: number) {
  return {
    retry: {
      backoffSettings: {
        initialRetryDelayMillis: 100,
        retryDelayMultiplier: 1.3,
        maxRetryDelayMillis: 1_000,
        initialRpcTimeoutMillis: timeoutMs,
        rpcTimeoutMultiplier: 1,
        maxRpcTimeoutMillis: timeoutMs,
        totalTimeoutMillis: timeoutMs,
      },
    },
  };
}

export async function openPublisher(config: Config): Promise<Publisher> {
  const client = await openPubSub(config);
  const topic = client.topic(config.topic, { gaxOpts: within(TIMEOUT_MS) });
  // Before the first call: the client rejects a promise of its own where there are no credentials, which ends the process.
  const authenticated = once(async () => {
    if (config.pubsubEmulatorHost === undefined) {
      await authenticate(client);
    }
  });
  return {
    async publish(data, attributes = {}) {
      await authenticated();
      try {
        return await topic.publishMessage({ data, attributes });
      } catch (error) {
        throw explain(error, config, TIMEOUT_MS);
      }
    },
    close: () => client.close(),
  };
}

/** @throws {CommandError} where there are no credentials, or they name no project. */
export async function authenticate({ auth }: PubSub): Promise<void> {
  try {
    await auth.getClient();
  } catch (error) {
    const advice = 'run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS';
    throw new CommandError(`there are no credentials to use: ${advice} (${firstLine(error)})`, { cause: error });
  }
  try {
    await auth.getProjectId();
  } catch (error) {
    const message = 'the credentials name no project: set GOOGLE_CLOUD_PROJECT to the one of the topic';
    throw new CommandError(message, { cause: error });
  }
}

/**
 * Makes the topic, its push subscription to `endpoint` and its dead letters, as Terraform does in the cloud but for the times between
 * deliveries; leaves what is there.
 *
 * @throws {CommandError} where the emulator does not answer within `timeoutMs`, all calls together.
 */
export async function preparePush(config: Config, endpoint: string, timeoutMs = TIMEOUT_MS): Promise<void> {
  const client = await openPubSub(config);
  const deadline = performance.now() + timeoutMs;
  const inTime = () => within(Math.max(1, Math.ceil(deadline - performance.now())));
  try {
    const deadLetters = `${config.topic}${DEAD_LETTERS_SUFFIX}`;
    await unlessThere(client.createTopic(config.topic, inTime()));
    await unlessThere(client.createTopic(deadLetters, inTime()));
    const held = { ackDeadlineSeconds: DEAD_LETTER_DEADLINE_S, gaxOpts: inTime() };
    await unlessThere(client.topic(deadLetters).createSubscription(deadLetters, held));
    const name = `${config.topic}${SUBSCRIPTION_SUFFIX}`;
    const settings = {
      pushConfig: { pushEndpoint: endpoint },
      ackDeadlineSeconds: ACK_DEADLINE_S,
      // No retry policy: with one the emulator forgets a part of what failed, for good.
      deadLetterPolicy: {
        deadLetterTopic: `projects/${client.projectId}/topics/${deadLetters}`,
        maxDeliveryAttempts: MAX_DELIVERY_ATTEMPTS,
      },
    };
    await unlessThere(client.topic(config.topic).createSubscription(name, { ...settings, gaxOpts: inTime() }));
    await client.subscription(name).modifyPushConfig({ pushEndpoint: endpoint }, inTime());
  } catch (error) {
    throw explain(error, config, timeoutMs);
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

/** What a gRPC error means to whoever runs the command. */
export function explain(
  error: unknown,
  { topic, projectId, pubsubEmulatorHost }: Config,
  timeoutMs: number,
  what = `topic ${topic}`,
): CommandError {
  const where = pubsubEmulatorHost === undefined ? 'Pub/Sub' : `the Pub/Sub emulator at ${pubsubEmulatorHost}`;
  const project = projectId === undefined ? '' : ` of the project ${projectId}`;
  const waited = `${where} did not answer within ${timeoutMs / 1000} s`;
  const unanswered =
    pubsubEmulatorHost === undefined
      ? `${waited}: check the network`
      : `${waited}: start it, or correct or unset PUBSUB_EMULATOR_HOST`;
  const reasons: Readonly<Record<number, string>> = {
    [DEADLINE_EXCEEDED]: unanswered,
    [UNAVAILABLE]: unanswered,
    [NOT_FOUND]: `${where} has no ${what}${project}: create it, or correct ${what.startsWith('topic') ? 'TOPIC' : 'its name'} or GOOGLE_CLOUD_PROJECT`,
    [PERMISSION_DENIED]: `your credentials may not use the ${what}${project}: they need roles/pubsub.${what.startsWith('topic') ? 'publisher' : 'subscriber'}`,
  };
  const code = (error as { code?: number }).code ?? -1;
  const refused = `${where} refused: ${firstLine(error)}${pubsubEmulatorHost === undefined ? '' : '; check PUBSUB_EMULATOR_HOST'}`;
  return new CommandError(reasons[code] ?? refused, { cause: error });
}
