/**
 * Messages of a subscription that is pulled, call by call: what was taken stays taken until it is acknowledged or given back.
 */
import type { PubSub } from '@google-cloud/pubsub';

import type { Config } from '../shared/platform/config';
import { authenticate, explain, openPubSub, within } from './pubsub';

const DEADLINE_EXCEEDED = 4;
const TIMEOUT_MS = 10_000;
// How long the service may look for messages.
const PULL_TIMEOUT_MS = 2_000;
const MAX_IDS_A_CALL = 500;

export interface PulledMessage {
  readonly ackId: string;
  readonly id: string;
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly publishedAt: Date;
}

export interface PulledSubscription {
  /**
   * Takes up to `count` messages; none where none came in time. They come back by themselves after the subscription's own deadline: a
   * longer one would hide from the next command what a killed one held.
   */
  pull(count: number): Promise<PulledMessage[]>;
  acknowledge(ackIds: readonly string[]): Promise<void>;
  /** Lets others, or a later call, take them at once. */
  giveBack(ackIds: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

interface PullResponse {
  readonly receivedMessages?: readonly {
    readonly ackId: string;
    readonly message: {
      readonly messageId: string;
      readonly data: Uint8Array;
      readonly attributes?: Readonly<Record<string, string>>;
      readonly publishTime?: { readonly seconds: number | string };
    };
  }[];
}

/** Opens a subscription of the project; every failure is a CommandError. */
export async function openSubscription(config: Config, name: string): Promise<PulledSubscription> {
  const client = await openPubSub(config);
  if (config.pubsubEmulatorHost === undefined) {
    await authenticate(client);
  }
  const subscription = `projects/${await projectOf(client)}/subscriptions/${name}`;
  const call = async <T>(method: string, request: object, timeoutMs = TIMEOUT_MS): Promise<T> => {
    try {
      return await ask<T>(client, method, { subscription, ...request }, timeoutMs);
    } catch (error) {
      throw explain(error, config, timeoutMs, `subscription ${name}`);
    }
  };
  const inParts = async (method: string, ackIds: readonly string[], fields: object): Promise<void> => {
    for (let start = 0; start < ackIds.length; start += MAX_IDS_A_CALL) {
      await call(method, { ackIds: ackIds.slice(start, start + MAX_IDS_A_CALL), ...fields });
    }
  };
  return {
    async pull(count) {
      const response = await call<PullResponse>('pull', { maxMessages: count }, PULL_TIMEOUT_MS).catch(noneInTime);
      return (response.receivedMessages ?? []).map(toMessage);
    },
    acknowledge: (ackIds) => inParts('acknowledge', ackIds, {}),
    giveBack: (ackIds) => inParts('modifyAckDeadline', ackIds, { ackDeadlineSeconds: 0 }),
    close: () => client.close(),
  };
}

async function projectOf(client: PubSub): Promise<string> {
  return client.isEmulator ? client.projectId : client.auth.getProjectId();
}

/** One call of the API: the client's own subscriber keeps a stream open and takes what it likes. */
async function ask<T>(client: PubSub, method: string, reqOpts: object, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    client.request<T>(
      { client: 'SubscriberClient', method, reqOpts, gaxOpts: within(timeoutMs) },
      (error, response) => {
        if (error) {
          reject(error);
        } else {
          resolve(response as T);
        }
      },
    );
  });
}

function noneInTime(error: unknown): PullResponse {
  if (((error as Error).cause as { code?: number } | undefined)?.code === DEADLINE_EXCEEDED) {
    return {};
  }
  throw error;
}

function toMessage({ ackId, message }: NonNullable<PullResponse['receivedMessages']>[number]): PulledMessage {
  return {
    ackId,
    id: message.messageId,
    data: Buffer.from(message.data),
    attributes: message.attributes ?? {},
    publishedAt: new Date(Number(message.publishTime?.seconds ?? 0) * 1000),
  };
}
