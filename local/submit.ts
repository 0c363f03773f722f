/**
 * `npm run submit`: publishes new-ingredient events to a running `npm start`, an emulator, or a real topic.
 */
import { parseName } from '../shared/ingredient/name';
import { type Config, readConfig } from '../shared/platform/config';
import { ServiceError } from '../shared/platform/errors';
import { decodeLine, HELP_FLAGS, parseCommandLine, readLines } from './lines';
import { openPublisher, type Publisher } from './pubsub';

const USAGE = `Usage: npm run submit -- [NAME ...]

Publishes an event for each NAME, or for each line of standard input where there is none: to the topic TOPIC of the
emulator at PUBSUB_EMULATOR_HOST or of the project GOOGLE_CLOUD_PROJECT where one is set, else to \`npm start\` at PORT.
Exit status: 0, or 1 if any name was not published, or 2 for a wrong option.
`;

export async function main(args: readonly string[]): Promise<number> {
  const { flags, names } = parseCommandLine(args, []);
  if (HELP_FLAGS.some((flag) => flags.has(flag))) {
    process.stdout.write(USAGE);
    return 0;
  }
  const config = readConfig();
  const isCloud = config.pubsubEmulatorHost !== undefined || config.projectId !== undefined;
  const publisher = isCloud ? await openPublisher(config) : localPublisher(config);
  let failed = false;
  try {
    for await (const text of names.length > 0 ? names : linesOf(process.stdin)) {
      failed = !(await submit(text, publisher)) || failed;
    }
  } finally {
    await publisher.close();
  }
  return failed ? 1 : 0;
}

async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  for await (const line of readLines(stream)) {
    yield decodeLine(line) ?? '';
  }
}

async function submit(text: string, publisher: Publisher): Promise<boolean> {
  try {
    const { name } = parseName(text);
    const data = Buffer.from(JSON.stringify({ name, submittedAt: new Date().toISOString() }));
    process.stdout.write(`published ${name} as message ${await publisher.publish(data)}\n`);
    return true;
  } catch (error) {
    const message = error instanceof ServiceError ? error.message : String(error);
    process.stderr.write(`not published ${JSON.stringify(text)}: ${message}\n`);
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
