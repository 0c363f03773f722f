/**
 * `npm run submit`: publishes new-ingredient events to a running `npm start`, an emulator, or a real topic.
 */
import { type Config, readConfig } from '../shared/platform/config';
import { firstLine, UsageError } from './errors';
import { HELP_FLAGS, nameOf, parseCommandLine, quoted, textsOf } from './lines';
import { lookForNoMetadataServer } from './metadata-server';
import { openPublisher, type Publisher } from './pubsub';

const USAGE = `Usage: npm run submit -- [--cloud] [NAME ...]

Publishes an event for each NAME, or for each line of standard input where there is none: to the topic TOPIC of the
emulator at PUBSUB_EMULATOR_HOST where that is set, else to \`npm start\` at PORT.
  --cloud  to the topic TOPIC of the project GOOGLE_CLOUD_PROJECT, or of the project that your credentials name
Exit status: 0, or 1 if any name was not published, or 2 for a wrong option.
`;

export async function main(args: readonly string[]): Promise<number> {
  const { flags, names } = parseCommandLine(args, ['--cloud']);
  if (HELP_FLAGS.some((flag) => flags.has(flag))) {
    process.stdout.write(USAGE);
    return 0;
  }
  const config = readConfig();
  const publisher = await choosePublisher(config, flags.has('--cloud'));
  let failed = false;
  try {
    for await (const text of textsOf(names, process.stdin)) {
      failed = !(await submit(text, publisher)) || failed;
    }
  } finally {
    await publisher.close();
  }
  return failed ? 1 : 0;
}

/** The cloud only where it was asked for: many a developer's shell has GOOGLE_CLOUD_PROJECT set. */
async function choosePublisher(config: Config, isCloud: boolean): Promise<Publisher> {
  const hasEmulator = config.pubsubEmulatorHost !== undefined;
  if (isCloud && hasEmulator) {
    throw new UsageError('--cloud and PUBSUB_EMULATOR_HOST exclude each other: leave one of them out');
  }
  if (hasEmulator) {
    lookForNoMetadataServer();
  }
  return isCloud || hasEmulator ? openPublisher(config) : localPublisher(config);
}

async function submit(text: string | undefined, publisher: Publisher): Promise<boolean> {
  try {
    const { name } = nameOf(text);
    const data = Buffer.from(JSON.stringify({ name, submittedAt: new Date().toISOString() }));
    process.stdout.write(`published ${name} as message ${await publisher.publish(data)}\n`);
    return true;
  } catch (error) {
    process.stderr.write(`not published ${quoted(text ?? '')}: ${firstLine(error)}\n`);
    return false;
  }
}

/** Sends what a Pub/Sub push would carry to the event function of `npm start`. */
function localPublisher({ port }: Config): Publisher {
  const url = `http://127.0.0.1:${port}/events`;
  let sent = 0;
  return {
    async publish(data) {
      sent += 1;
      const messageId = `${Date.now()}-${sent}`;
      const message = { data: data.toString('base64'), messageId, publishTime: new Date().toISOString() };
      const body = JSON.stringify({ message, subscription: 'projects/local/subscriptions/ingredients-classify' });
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
      }).catch(() => {
        throw new Error(`nothing answers at ${url}: run \`npm start\` first, with the same PORT`);
      });
      if (!response.ok) {
        throw new Error(`${url} answered ${response.status} ${await response.text()}`);
      }
      return messageId;
    },
    close: () => Promise.resolve(),
  };
}
