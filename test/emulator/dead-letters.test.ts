/**
 * `npm run dead-letters` and what a replay leaves, with the function behind the emulators.
 */
import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import { type Ended, startCommand } from '../support/command';
import { prepareTopics, putAside } from '../support/dead-letters';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { functionProcess, type FunctionProcess } from '../support/function-process';
import { ROOT } from '../support/fixtures';
import { eventually } from '../support/owned-process';

jest.setTimeout(90_000);

const PROJECT = aProjectId('dead');
// The first 32 hex digits of `printf %s 'rye flour' | sha256sum`.
const RYE = 'ingredients/n1-e6a2d2f2c09164662f23ddf676aef255';

describeWith(['firestore', 'pubsub'], 'npm run dead-letters', () => {
  let database: Firestore;
  let pubsub: PubSub;
  let classify: FunctionProcess;
  let environment: Record<string, string>;

  beforeAll(async () => {
    environment = emulatorEnvironment(['firestore', 'pubsub'], PROJECT);
    Object.assign(process.env, environment);
    database = new Firestore({ projectId: PROJECT });
    pubsub = new PubSub({ projectId: PROJECT });
    classify = await functionProcess('classifyIngredient', emulatorEnvironment(['firestore'], PROJECT));
    await prepareTopics(pubsub, `${classify.url}/projects/${PROJECT}/topics/ingredients`);
  });

  afterAll(async () => {
    await Promise.all([pubsub.close(), database.terminate(), classify.process.stop()]);
  });

  const deadLetters = (...args: string[]): Promise<Ended> =>
    startCommand('dead-letters', args, environment, ROOT).ended;

  it('lists and shows what is there, and leaves it there', async () => {
    const id = await putAside(pubsub, '{"name": "\u001b[31mrye"}', { cause: 'submit' });

    const list = await deadLetters('list');
    const shown = await deadLetters('show', id);
    const json = await deadLetters('--json', 'list');
    const dropped = await deadLetters('drop', id);
    const empty = await deadLetters('list');

    expect(list).toMatchObject({ status: 0, stderr: '' });
    // What a terminal would obey is shown, not sent.
    expect(list.stdout).toBe(
      `${id}  2026-12-01T12:00:00.000+00:00  100 deliveries  "{\\"name\\": \\"\\u001b[31mrye\\"}"\n`,
    );
    expect(shown.stdout).toContain('attribute   "cause": "submit"\n');
    expect(shown.stdout).toContain('data        20 bytes: "{\\"name\\": \\"\\u001b[31mrye\\"}"\n');
    expect(JSON.parse(json.stdout)).toMatchObject({ id, deliveries: 100, bytes: 20 });
    expect(dropped).toMatchObject({ status: 0, stdout: `dropped ${id}\n` });
    expect(empty).toMatchObject({ status: 0, stdout: '' });
  });

  it('replays all, without what Pub/Sub added, and a second replay applies nothing twice', async () => {
    const data = '{"name": "Rye flour", "id": "app-1", "submittedAt": "2026-12-01T12:00:00Z"}';
    const ids = [await putAside(pubsub, data), await putAside(pubsub, data)];

    const replayed = await deadLetters('replay');
    const document = database.doc(RYE);
    await eventually('both events', () =>
      classify.process.log.filter(({ message }) => message === 'event').length === 2 ? true : undefined,
    );
    const empty = await deadLetters('list');

    expect(replayed.status).toBe(0);
    expect(replayed.stdout.trimEnd().split('\n').sort()).toEqual(ids.map((id) => `replayed ${id}`).sort());
    expect(empty.stdout).toBe('');
    expect((await document.get()).data()).toMatchObject({ name: 'Rye flour', ids: ['app-1'], idCount: 1 });
    expect(classify.process.log.filter(({ message }) => message === 'event').map(({ outcome }) => outcome)).toEqual([
      'created',
      'unchanged',
    ]);
  });

  it('replays and drops only what is named', async () => {
    const [first, second] = [await putAside(pubsub, '{"name": "salt"}'), await putAside(pubsub, '{"name": "honey"}')];

    const replayed = await deadLetters('replay', first);
    const left = await deadLetters('--json', 'list');
    const dropped = await deadLetters('drop', second, '404');

    expect(replayed.stdout).toBe(`replayed ${first}\n`);
    expect(JSON.parse(left.stdout)).toMatchObject({ id: second });
    expect(dropped).toMatchObject({ status: 1, stdout: `dropped ${second}\n` });
    expect(dropped.stderr).toBe('there is no dead letter "404": list prints those that are there\n');
  });

  it.each([
    [['drop'], 'drop takes the ids of messages, or --all'],
    [['drop', '7', '--all'], 'drop takes the ids of messages, or --all'],
    [['show'], 'show takes the ids of messages, as list prints them'],
    [['list', '7'], 'list takes no ids: show does'],
    [['delete'], 'say what to do: list, show, replay, drop (--help shows more)'],
    [[], 'say what to do: list, show, replay, drop (--help shows more)'],
  ])('ends %j with 2 and a line', async (args, line) => {
    expect(await deadLetters(...args)).toEqual({ status: 2, stdout: '', stderr: `Error: ${line}\n` });
  });

  it('says which subscription is not there', async () => {
    const ended = await deadLetters('--subscription', 'nowhere', 'list');

    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(
      /^Error: the Pub\/Sub emulator at \S+ has no subscription nowhere of the project dead-/,
    );
  });
});
