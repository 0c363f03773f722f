/**
 * Thousands of events through both emulators while instances are killed and Firestore is cut off and hangs; then what is in Firestore
 * is compared with what has to be there, document by document.
 *
 * SOAK_EVENTS says how many events (20,000).
 */
import { Firestore, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import { openSubscription } from '../../local/pubsub-subscription';
import { type Answer, toAnswer } from '../../shared/ingredient/answer';
import { OnnxClassifier } from '../../shared/model/classifier';
import { readConfig } from '../../shared/platform/config';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { MODEL_FOLDER } from '../support/fixtures';
import { FunctionPool } from '../support/function-pool';
import { eventually } from '../support/owned-process';
import { packaged, removePackage } from '../support/packaged';
import { TcpProxy } from '../support/tcp-proxy';
import { type Expected, type Plan, planEvents, sha256 } from './events';

const EVENTS = Number(process.env['SOAK_EVENTS'] ?? 20_000);
const TIMEOUT_MS = 180_000 + EVENTS * 200;
const INSTANCES = 4;
const KILL_EVERY_MS = 2_000;
const FAULT_MS = 10_000;
// The faults are spread over the events, as far as those go.
const BETWEEN_FAULTS_MS = Math.min(5_000, EVENTS);
// From there on nobody is killed: of the last ones each kill only makes the emulator wait longer with the next delivery.
const KILL_UNTIL = 0.95;
const TELL_EVERY_MS = 10_000;
const BATCH = 16;
const PROJECT = aProjectId('soak');
// The emulator pushes few messages of a subscription at once: several of them make a load.
const TOPICS = Array.from({ length: 8 }, (_, index) => `ingredients-${index}`);
const DEAD_LETTERS = 'ingredients-dead-letters';

jest.setTimeout(TIMEOUT_MS + 120_000);

const endpointOf = (url: string, topic: string): string => `${url}/projects/${PROJECT}/topics/${topic}`;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describeWith(['firestore', 'pubsub'], 'a soak', () => {
  let plan: Plan;
  let database: Firestore;
  let pubsub: PubSub;
  let proxy: TcpProxy;
  let pool: FunctionPool;
  const outcomes = new Map<string, number>();
  let dead = 0;
  let kills = 0;
  let durationMs = 0;
  let tellAt = 0;

  beforeAll(async () => {
    const emulators = emulatorEnvironment(['firestore', 'pubsub'], PROJECT);
    Object.assign(process.env, emulators);
    plan = planEvents(EVENTS);
    database = new Firestore({ projectId: PROJECT });
    pubsub = new PubSub({ projectId: PROJECT });
    proxy = await TcpProxy.open(emulators['FIRESTORE_EMULATOR_HOST']!);
    pool = new FunctionPool(
      'classifyIngredient',
      { ...emulatorEnvironment(['firestore'], PROJECT), FIRESTORE_EMULATOR_HOST: proxy.host },
      ({ message, outcome }) => {
        if (message === 'event') {
          outcomes.set(String(outcome), (outcomes.get(String(outcome)) ?? 0) + 1);
        }
      },
      (await packaged()).folder,
    );
    await run(await pool.open(INSTANCES));
  }, TIMEOUT_MS);

  afterAll(async () => {
    await pubsub.close();
    await pool.close();
    await proxy.close();
    await database.terminate();
    await removePackage();
    report();
  });

  /** Publishes all, with faults meanwhile; resolves when every message was acknowledged and nothing is outstanding. */
  async function run(url: string): Promise<void> {
    const began = performance.now();
    await subscribe(url);
    const stop = new AbortController();
    const killing = killUntil(stop.signal);
    const faults = injectFaults();
    const published = await publishAll(url);
    await faults;
    await eventually('most messages', () => acknowledged(published, KILL_UNTIL), TIMEOUT_MS);
    stop.abort();
    await killing;
    await pushAnew(url);
    await eventually('all messages', () => acknowledged(published, 1), TIMEOUT_MS);
    await eventually('the last answer', () => (pool.inFlight === 0 ? true : undefined), TIMEOUT_MS);
    durationMs = performance.now() - began;
    dead = await countDeadLetters();
  }

  /** Sets each endpoint again: the emulator then forgets how long it meant to wait after the failures before. */
  async function pushAnew(url: string): Promise<void> {
    for (const topic of TOPICS) {
      await pubsub.subscription(`${topic}-classify`).modifyPushConfig({ pushEndpoint: endpointOf(url, topic) });
    }
  }

  async function countDeadLetters(): Promise<number> {
    const subscription = await openSubscription(readConfig(), DEAD_LETTERS);
    const messages = await subscription.pull(100);
    await subscription.close();
    return messages.length;
  }

  async function subscribe(url: string): Promise<void> {
    await pubsub.createTopic(DEAD_LETTERS);
    await pubsub.topic(DEAD_LETTERS).createSubscription(DEAD_LETTERS);
    for (const topic of TOPICS) {
      await pubsub.createTopic(topic);
      await pubsub.topic(topic).createSubscription(`${topic}-classify`, {
        pushConfig: { pushEndpoint: endpointOf(url, topic) },
        ackDeadlineSeconds: 60,
        deadLetterPolicy: {
          deadLetterTopic: `projects/${PROJECT}/topics/${DEAD_LETTERS}`,
          maxDeliveryAttempts: 100,
        },
      });
    }
  }

  /** Resolves to the ids of the messages. */
  async function publishAll(url: string): Promise<Set<string>> {
    const topics = TOPICS.map((topic) => pubsub.topic(topic));
    const ids = new Set<string>();
    const publishing: Promise<unknown>[] = [];
    for (const [index, { pushedAs, ...event }] of plan.events.entries()) {
      publishing.push(
        pushedAs === undefined
          ? topics[index % topics.length]!.publishMessage(event).then((id) => ids.add(id))
          : pushUntilTaken(url, event.data, pushedAs),
      );
      if (index % 500 === 499) {
        await Promise.all(publishing.splice(0));
      }
    }
    await Promise.all(publishing);
    return ids;
  }

  /** As Pub/Sub would, again and again until it is acknowledged. */
  async function pushUntilTaken(url: string, data: Buffer, as: 'data' | 'body'): Promise<void> {
    const message = { data: data.toString(), messageId: sha256(data) };
    const body = as === 'body' ? data.toString() : JSON.stringify({ message, subscription: 's' });
    const request = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
    await eventually(
      'a raw push',
      async () => {
        const response = await fetch(url, request).catch(() => undefined);
        return response?.ok === true ? true : undefined;
      },
      TIMEOUT_MS,
    );
  }

  async function killUntil(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      // At random, every two seconds on average.
      await pause(Math.random() * 2 * KILL_EVERY_MS);
      kills += pool.killOne() ? 1 : 0;
    }
  }

  /** Firestore is cut off twice and hangs once between. */
  async function injectFaults(): Promise<void> {
    for (const fault of ['cut', 'hang', 'cut'] as const) {
      await pause(BETWEEN_FAULTS_MS);
      if (fault === 'cut') {
        await proxy.cut();
      } else {
        proxy.hang();
      }
      await pause(FAULT_MS);
      if (fault === 'cut') {
        await proxy.mend();
      } else {
        proxy.goOn();
      }
    }
  }

  /** True where so much of the messages was acknowledged. */
  async function acknowledged(published: ReadonlySet<string>, part: number): Promise<true | undefined> {
    await pause(500);
    const count = [...published].filter((id) => pool.acknowledged.has(id)).length;
    tell(`${count} of ${published.size} messages`);
    return count >= published.size * part ? true : undefined;
  }

  /** Says how far it is, now and then. */
  function tell(progress: string): void {
    if (performance.now() > tellAt) {
      tellAt = performance.now() + TELL_EVERY_MS;
      process.stderr.write(`${progress}, ${kills} kills\n`);
    }
  }

  function report(): void {
    const perSecond = (EVENTS / (durationMs / 1000)).toFixed(1);
    const statuses = [...pool.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
    const seen = [...outcomes].sort().map(([outcome, count]) => `${outcome}: ${count}`);
    process.stdout.write(
      [
        `soak: ${EVENTS} events in ${(durationMs / 1000).toFixed(1)} s (${perSecond} a second), ${kills} kills`,
        `  ${plan.ingredients.size} ingredients, ${plan.rejected.size} rejections, ${dead} dead letters`,
        `  deliveries by status: ${statuses.join(', ')}`,
        `  logged: ${seen.join(', ')}`,
        '',
      ].join('\n'),
    );
  }

  async function all(collection: string): Promise<Map<string, QueryDocumentSnapshot>> {
    const { docs } = await database.collection(collection).get();
    return new Map(docs.map((document) => [document.id, document]));
  }

  it('leaves one right document of each valid ingredient, and no other', async () => {
    const documents = await all('ingredients');

    expect(difference(documents.keys(), plan.ingredients.keys())).toEqual([]);
    const answers = await expectedAnswers(plan.ingredients);
    const wrong = [...plan.ingredients].flatMap(([key, expected]) =>
      problemsOf(documents.get(key)!, expected, answers.get(key)!),
    );
    expect(wrong).toEqual([]);
  });

  it('leaves one rejection of each poison, and no other', async () => {
    const documents = await all('rejected');

    expect(difference(documents.keys(), plan.rejected.keys())).toEqual([]);
    const wrong = [...plan.rejected].filter(([id, code]) => documents.get(id)?.get('code') !== code);
    expect(wrong).toEqual([]);
  });

  it('leaves nothing else: no other collection, no dead letter', async () => {
    const collections = await database.listCollections();

    expect(collections.map(({ id }) => id).sort()).toEqual(['ingredients', 'rejected']);
    expect(dead).toBe(0);
  });

  it('has met the faults that it was to hold against', () => {
    expect(kills).toBeGreaterThan(FAULT_MS / KILL_EVERY_MS);
    expect(pool.statuses.get(502)).toBeGreaterThan(0);
    expect(outcomes.get('failed')).toBeGreaterThan(0);
  });
});

/** What is in one of them alone. */
function difference(actual: Iterable<string>, expected: Iterable<string>): string[] {
  const [left, right] = [new Set(actual), new Set(expected)];
  return [
    ...[...left].filter((value) => !right.has(value)).map((value) => `unexpected: ${value}`),
    ...[...right].filter((value) => !left.has(value)).map((value) => `missing: ${value}`),
  ];
}

/** Each key's answer by the model itself, without function, store or transport. */
async function expectedAnswers(ingredients: ReadonlyMap<string, Expected>): Promise<Map<string, Answer>> {
  const classifier = await OnnxClassifier.load(MODEL_FOLDER);
  const entries = [...ingredients];
  const answers = new Map<string, Answer>();
  for (let start = 0; start < entries.length; start += BATCH) {
    const batch = entries.slice(start, start + BATCH);
    const labels = await classifier.classify(batch.map(([, { normalName }]) => normalName));
    batch.forEach(([key], index) => {
      answers.set(key, toAnswer('', { key, ...labels[index]!, model: classifier.version, origin: 'model' }));
    });
  }
  return answers;
}

/** What is wrong with one document. */
function problemsOf(document: QueryDocumentSnapshot, expected: Expected, answer: Answer): object[] {
  const data = document.data();
  const { name, ids, idCount } = data as { name: string; ids: string[]; idCount: number };
  const isRight =
    expected.names.has(name) &&
    JSON.stringify([...ids].sort()) === JSON.stringify([...expected.ids].sort()) &&
    idCount === expected.ids.size &&
    data['normalName'] === expected.normalName &&
    data['status'] === 'classified' &&
    data['expireAt'] === null &&
    data['submittedAt'] !== null &&
    JSON.stringify(toAnswer('', data as Answer)) === JSON.stringify(answer);
  return isRight ? [] : [{ data, expected, answer }];
}
