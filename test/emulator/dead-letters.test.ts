/**
 * `npm run dead-letters` and what a replay leaves, with the function behind the emulators.
 */
import { Firestore, type Timestamp } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import { type Ended, startCommand } from '../support/command';
import { prepareTopics, putAside } from '../support/dead-letters';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { functionProcess, type FunctionProcess } from '../support/function-process';
import { ROOT } from '../support/fixtures';
import { GrpcProxy } from '../support/grpc-proxy';
import { eventually } from '../support/owned-process';

jest.setTimeout(180_000);

const MANY = 250;
const ATTEMPTS = 5;

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
    expect(dropped.stderr).toBe(
      'there is no dead letter "404" among the 1 that came: list prints those that are there\n',
    );
  });

  it('finds one among more than a pull gives', async () => {
    const ids: string[] = [];
    for (let index = 0; index < MANY; index += 1) {
      ids.push(await putAside(pubsub, `{"name": "salt ${index}"}`));
    }

    const shown = await deadLetters('--json', 'show', ids.at(-1)!);
    const list = await deadLetters('--json', 'list');
    const dropped = await deadLetters('drop', '--all');

    expect(JSON.parse(shown.stdout)).toMatchObject({ data: `{"name": "salt ${MANY - 1}"}` });
    const listed = list.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(listed.sort()).toEqual([...ids].sort());
    expect(dropped.stdout.trimEnd().split('\n')).toHaveLength(MANY);
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

describeWith(['firestore', 'pubsub'], 'an event that fails at every delivery', () => {
  it('is put aside by Pub/Sub, listed, and one document once the fault is mended and it is replayed', async () => {
    const project = aProjectId('refused');
    const environment = emulatorEnvironment(['firestore', 'pubsub'], project);
    Object.assign(process.env, environment);
    const database = new Firestore({ projectId: project });
    const pubsub = new PubSub({ projectId: project });
    let isRefusing = true;
    const proxy = await GrpcProxy.open(environment['FIRESTORE_EMULATOR_HOST']!, () => undefined);
    // more often than there are calls in so many deliveries
    for (let index = 0; index < 10 * ATTEMPTS; index += 1) {
      proxy.arm(({ body }) => isRefusing && body.includes(RYE), 'denied');
    }
    const firestore = { ...emulatorEnvironment(['firestore'], project), FIRESTORE_EMULATOR_HOST: proxy.host };
    const classify = await functionProcess('classifyIngredient', firestore);
    const deadLetters = (...args: string[]): Promise<Ended> =>
      startCommand('dead-letters', args, environment, ROOT).ended;
    const outcomes = (): unknown[] =>
      classify.process.log.filter(({ message }) => message === 'event').map(({ outcome, code }) => code ?? outcome);
    try {
      await prepareTopics(pubsub, `${classify.url}/projects/${project}/topics/ingredients`, ATTEMPTS);

      await pubsub.topic('ingredients').publishMessage({ data: Buffer.from('{"name": "Rye flour"}') });
      const aside = await eventually(
        'the dead letter',
        async () => {
          const { stdout } = await deadLetters('--json', 'list');
          return stdout === '' ? undefined : (JSON.parse(stdout) as Record<string, string>);
        },
        120_000,
      );
      const failed = outcomes();
      const before = (await database.doc(RYE).get()).data();
      isRefusing = false;
      const replayed = await deadLetters('replay');
      const kept = await eventually('the document', async () => (await database.doc(RYE).get()).data());
      await eventually('the event', () => (outcomes().length > failed.length ? true : undefined));
      const left = await deadLetters('list');

      expect(failed).toEqual(Array(ATTEMPTS).fill('STORE_UNAVAILABLE'));
      expect(before).toBeUndefined();
      expect(aside).toMatchObject({ start: '{"name": "Rye flour"}' });
      expect(replayed).toMatchObject({ status: 0, stdout: `replayed ${aside['id']!}\n` });
      expect(outcomes().slice(failed.length)).toEqual(['created']);
      expect(kept).toMatchObject({ name: 'Rye flour', idCount: 0 });
      // When it was submitted does not move with the replay.
      expect((kept['submittedAt'] as Timestamp).toDate()).toEqual(new Date(aside['publishedAt']!));
      expect(left.stdout).toBe('');
      expect((await database.collection('ingredients').listDocuments()).length).toBe(1);
    } finally {
      await Promise.all([pubsub.close(), database.terminate(), classify.process.stop()]);
      await proxy.close();
    }
  });
});
