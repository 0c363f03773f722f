/**
 * `npm run dead-letters`: reads, publishes again or drops what Pub/Sub put aside.
 *
 * A replay publishes first and acknowledges then: a kill between leaves the message here, and its second replay changes nothing, since
 * events go by their content.
 */
import { parseArgs } from 'node:util';

import { FIRST_PUBLISHED } from '../functions/classify/message';
import { type Config, readConfig } from '../shared/platform/config';
import { CommandError, firstLine, UsageError } from './errors';
import { quoted } from './lines';
import { lookForNoMetadataServer } from './metadata-server';
import { DEAD_LETTERS_SUFFIX, openPublisher, type Publisher } from './pubsub';
import { openSubscription, type PulledMessage, type PulledSubscription } from './pubsub-subscription';

const USAGE = `Usage: npm run --silent dead-letters -- [--subscription NAME] [--json] list
                                            ... show ID ...
                                            ... replay [ID ...]
                                            ... drop ID ... | --all

What Pub/Sub put aside after too many deliveries: of the emulator at PUBSUB_EMULATOR_HOST where that is set, else of the
project GOOGLE_CLOUD_PROJECT or the one that your credentials name.
  list    a line for each: id, time, deliveries, start of the data
  show    all of each ID
  replay  publishes each ID, or all, to the topic TOPIC again, and takes it from here
  drop    deletes each ID, or all; this cannot be undone
  --subscription NAME   instead of TOPIC-dead-letters
  --json                list and show as JSON Lines
Exit status: 0, or 1 if anything failed or was not there, or 2 for a wrong use.
`;
const ACTIONS = ['list', 'show', 'replay', 'drop'] as const;
type Action = (typeof ACTIONS)[number];
const PULL_COUNT = 100;
// In a row, for the end.
const EMPTY_PULLS = 3;
const SHOWN_CHARACTERS = 60;
// What Pub/Sub itself adds to a dead letter.
const ADDED = 'CloudPubSubDeadLetter';
const PUBLISH_TIME = `${ADDED}SourceTopicPublishTime`;

interface Command {
  readonly action: Action;
  readonly ids: readonly string[];
  readonly isAll: boolean;
  readonly asJson: boolean;
  readonly subscription: string | undefined;
}

export async function main(args: readonly string[]): Promise<number> {
  const command = parse(args);
  if (command === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  const config = readConfig();
  if (config.pubsubEmulatorHost !== undefined) {
    lookForNoMetadataServer();
  }
  const subscription = await openSubscription(config, command.subscription ?? `${config.topic}${DEAD_LETTERS_SUFFIX}`);
  try {
    return await act(command, subscription, config);
  } finally {
    await subscription.close();
  }
}

function parse(args: readonly string[]): Command | undefined {
  const options = {
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
    json: { type: 'boolean', default: false },
    subscription: { type: 'string' },
  } as const;
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${firstLine(error)} (--help shows all)`, { cause: error });
  }
  const { help, all, json, subscription } = parsed.values;
  const [action, ...ids] = parsed.positionals;
  if (help) {
    return undefined;
  }
  const known = ACTIONS.find((name) => name === action);
  if (known === undefined) {
    throw new UsageError(`say what to do: ${ACTIONS.join(', ')} (--help shows more)`);
  }
  if (known === 'drop' && all === ids.length > 0) {
    throw new UsageError('drop takes the ids of messages, or --all');
  }
  if (known === 'show' && ids.length === 0) {
    throw new UsageError('show takes the ids of messages, as list prints them');
  }
  if (known === 'list' && ids.length > 0) {
    throw new UsageError('list takes no ids: show does');
  }
  return { action: known, ids, isAll: ids.length === 0, asJson: json, subscription };
}

/** Takes message by message, does what is asked with those that are meant, and gives the others back at the end. */
async function act(command: Command, subscription: PulledSubscription, config: Config): Promise<number> {
  const { action, ids, isAll } = command;
  const publisher = action === 'replay' ? await openPublisher(config) : undefined;
  const wanted = new Set(ids);
  const seen = new Set<string>();
  // No data: there may be more of it than memory. They are given back at the end alone, or the next pull would take them again.
  const held: string[] = [];
  let failed = false;
  try {
    for await (const message of messagesOf(subscription, seen)) {
      const isMeant = isAll || wanted.delete(message.id);
      const isDone = isMeant && (await handle(message, command, publisher));
      failed ||= isMeant && !isDone;
      if (isDone && (action === 'replay' || action === 'drop')) {
        await subscription.acknowledge([message.ackId]);
        process.stdout.write(`${action === 'drop' ? 'dropped' : 'replayed'} ${message.id}\n`);
      } else {
        held.push(message.ackId);
      }
      if (!isAll && wanted.size === 0) {
        break;
      }
    }
  } finally {
    await subscription.giveBack(held);
    await publisher?.close();
  }
  if (seen.size === 0) {
    process.stderr.write(
      'no dead letters: Pub/Sub gave none in time. What a command that was killed held comes back later.\n',
    );
  }
  for (const id of wanted) {
    const among = seen.size === 0 ? '' : ` among the ${seen.size} that came`;
    process.stderr.write(`there is no dead letter ${quoted(id)}${among}: list prints those that are there\n`);
  }
  return failed || wanted.size > 0 ? 1 : 0;
}

/** Every message once; what comes again was given back by somebody else. */
export async function* messagesOf(
  subscription: Pick<PulledSubscription, 'pull' | 'giveBack'>,
  seen: Set<string>,
): AsyncGenerator<PulledMessage> {
  // Pub/Sub may give none while it has some.
  for (let empty = 0; empty < EMPTY_PULLS;) {
    const messages = await subscription.pull(PULL_COUNT);
    const left = new Set(messages.map(({ ackId }) => ackId));
    const fresh = messages.filter(({ id }) => !seen.has(id));
    empty = fresh.length === 0 ? empty + 1 : 0;
    try {
      for (const message of fresh) {
        seen.add(message.id);
        left.delete(message.ackId);
        yield message;
      }
    } finally {
      await subscription.giveBack([...left]);
    }
  }
}

/** True where it was done. */
async function handle(
  message: PulledMessage,
  { action, asJson }: Command,
  publisher: Publisher | undefined,
): Promise<boolean> {
  switch (action) {
    case 'list':
      process.stdout.write(asJson ? `${JSON.stringify(summaryOf(message))}\n` : toLine(message));
      return true;
    case 'show':
      process.stdout.write(asJson ? `${JSON.stringify(allOf(message))}\n` : toText(message));
      return true;
    case 'drop':
      return true;
    case 'replay':
      return replay(message, publisher!);
  }
}

async function replay({ id, data, attributes }: PulledMessage, publisher: Publisher): Promise<boolean> {
  const own = Object.entries(attributes).filter(([name]) => !name.startsWith(ADDED));
  const published = attributes[PUBLISH_TIME];
  // A submission that says no time has the one at which it was published first.
  const first = published === undefined ? {} : { [FIRST_PUBLISHED]: published };
  try {
    await publisher.publish(data, { ...first, ...Object.fromEntries(own) });
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) {
      throw error;
    }
    process.stderr.write(`not replayed ${id}: ${firstLine(error)}\n`);
    return false;
  }
}

function summaryOf({ id, data, attributes, publishedAt }: PulledMessage) {
  return {
    id,
    publishedAt: attributes[PUBLISH_TIME] ?? publishedAt.toISOString(),
    deliveries: Number(attributes[`${ADDED}SourceDeliveryCount`] ?? 0) || null,
    bytes: data.length,
    start: data.toString().slice(0, SHOWN_CHARACTERS),
  };
}

function allOf(message: PulledMessage) {
  return { ...summaryOf(message), attributes: message.attributes, data: message.data.toString() };
}

function toLine(message: PulledMessage): string {
  const { id, publishedAt, deliveries, start } = summaryOf(message);
  return `${id}  ${publishedAt}  ${deliveries ?? '?'} deliveries  ${quoted(start)}\n`;
}

function toText(message: PulledMessage): string {
  const { id, publishedAt, deliveries, bytes, attributes, data } = allOf(message);
  const lines = [
    `id          ${id}`,
    `published   ${publishedAt}`,
    `deliveries  ${deliveries ?? 'not told'}`,
    ...Object.entries(attributes).map(([name, value]) => `attribute   ${quoted(name)}: ${quoted(value)}`),
    `data        ${bytes} bytes: ${quoted(data)}`,
  ];
  return `${lines.join('\n')}\n\n`;
}
