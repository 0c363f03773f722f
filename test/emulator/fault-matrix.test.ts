/**
 * Every call that leaves the function meets every fault once, on the real emulators; the end state is the same each time.
 *
 * The points are numbered in POINTS. A run without faults records the calls that are made: one that is not in the table fails.
 */
import { createHash } from 'node:crypto';

import { type DocumentData, Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import type { Labels } from '../../shared/ingredient/answer';
import { parseName } from '../../shared/ingredient/name';
import { OnnxClassifier } from '../../shared/model/classifier';
import { aRecord } from '../support/builders';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { MODEL_FOLDER } from '../support/fixtures';
import { FunctionPool } from '../support/function-pool';
import { type Call, type Fault, FAULTS, GrpcProxy } from '../support/grpc-proxy';
import { eventually } from '../support/owned-process';

jest.setTimeout(480_000);

const END_TIMEOUT_MS = 300_000;
// As long as the latest of the faults takes, and the redelivery after it.
const SETTLE_MS = 14_000;
const PROJECT = aProjectId('faults');
const OLD_MODEL = '2020.1.1';
const NEVER_YET = new Date('2026-12-01T12:00:00.000Z');

/** What is published, and how to find the document that it ends in. */
const SCENARIOS = ['a start', 'a new ingredient', 'a second id', 'a poison message', 'a reclassification'] as const;
type Scenario = (typeof SCENARIOS)[number];

/** Each call of a scenario, by its number. */
const POINTS: readonly (readonly [number: number, scenario: Scenario, method: string])[] = [
  [0, 'a start', 'BatchGetDocuments'],
  [1, 'a new ingredient', 'BatchGetDocuments'],
  [2, 'a new ingredient', 'Commit'],
  [3, 'a second id', 'BatchGetDocuments'],
  [4, 'a second id', 'Commit'],
  [5, 'a poison message', 'Commit'],
  [6, 'a reclassification', 'BatchGetDocuments'],
  [7, 'a reclassification', 'Commit'],
];
const CASES = POINTS.flatMap(([number, scenario, method]) =>
  (Object.keys(FAULTS) as Fault[]).map((fault) => ({ number, scenario, method, fault })),
);

interface Run {
  readonly scenario: Scenario;
  readonly name: string;
  /** The document that it ends in. */
  readonly id: string;
  /** What every call of this scenario carries. */
  readonly mark: string;
  readonly collection: 'ingredients' | 'rejected';
}

function aRun(scenario: Scenario, suffix: string): Run {
  const name = `oat milk ${suffix}`;
  return scenario === 'a poison message'
    ? { scenario, name, ...marked(createHash('sha256').update(name).digest('hex')), collection: 'rejected' }
    : { scenario, name, ...marked(parseName(name).key), collection: 'ingredients' };

  function marked(id: string): Pick<Run, 'id' | 'mark'> {
    // An instance that starts connects by asking for a document that is never there.
    return { id, mark: scenario === 'a start' ? 'ingredients/connect' : id };
  }
}

describeWith(['firestore', 'pubsub'], 'the fault matrix', () => {
  let database: Firestore;
  let pubsub: PubSub;
  let proxy: GrpcProxy;
  let pool: FunctionPool;
  const clean = new Map<Scenario, DocumentData>();
  const cleanCalls = new Map<Scenario, string[]>();
  const results: { name: string; run: Run; met: boolean; document: DocumentData | undefined }[] = [];
  let classifier: OnnxClassifier;

  beforeAll(async () => {
    const emulators = emulatorEnvironment(['firestore', 'pubsub'], PROJECT);
    Object.assign(process.env, emulators);
    database = new Firestore({ projectId: PROJECT });
    pubsub = new PubSub({ projectId: PROJECT });
    proxy = await GrpcProxy.open(emulators['FIRESTORE_EMULATOR_HOST']!, () => {
      pool.killAll();
    });
    const firestore = { ...emulatorEnvironment(['firestore'], PROJECT), FIRESTORE_EMULATOR_HOST: proxy.host };
    pool = new FunctionPool('classifyIngredient', firestore);
    const url = await pool.open(1);
    for (const scenario of SCENARIOS) {
      await runClean(url, scenario);
    }
    classifier = await OnnxClassifier.load(MODEL_FOLDER);
    // All at once: most of the time is waiting, and a fault is meant for one document alone.
    results.push(...(await Promise.all(CASES.map((one) => runCase(url, one)))));
  }, 470_000);

  afterAll(async () => {
    await pubsub.close();
    await pool.close();
    await proxy.close();
    await database.terminate();
  });

  async function runClean(url: string, scenario: Scenario): Promise<void> {
    const run = aRun(scenario, `without a fault in ${scenario}`);
    await prepare(run);
    const about = (call: Call): boolean => call.body.includes(run.mark);
    await deliver(url, `clean-${SCENARIOS.indexOf(scenario)}`, run);
    clean.set(scenario, await endOf(run));
    cleanCalls.set(
      scenario,
      proxy.calls.filter(about).map(({ method }) => method),
    );
  }

  async function runCase(url: string, { number, scenario, method, fault }: (typeof CASES)[number]) {
    const run = aRun(scenario, `${number} ${fault.replace(/\W/g, ' ')}`);
    await prepare(run);
    const hasMet = proxy.arm((call) => call.method === method && call.body.includes(run.mark), fault);
    if (scenario === 'a start') {
      pool.killAll();
    }
    await deliver(url, `case-${number}-${fault.replace(/\W/g, '-')}`, run);
    await eventually(`the fault of ${run.name}`, () => (hasMet() ? true : undefined), END_TIMEOUT_MS);
    await endOf(run);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return { name: `${number} ${fault}`, run, met: hasMet(), document: await read(run) };
  }

  /** What is there before the message comes. */
  async function prepare({ scenario, name, id }: Run): Promise<void> {
    if (scenario === 'a second id') {
      await database.doc(`ingredients/${id}`).set({ ...aRecord({ name, ids: ['app-1'], idCount: 1 }) });
    } else if (scenario === 'a reclassification') {
      await database.doc(`ingredients/${id}`).set({ ...aRecord({ name, model: OLD_MODEL }) });
    }
  }

  /** Publishes to a topic of its own: what the emulator holds back for one case must not hold up another. */
  async function deliver(url: string, topic: string, { scenario, name }: Run): Promise<void> {
    await pubsub.createTopic(topic);
    await pubsub.topic(topic).createSubscription(`${topic}-classify`, {
      pushConfig: { pushEndpoint: `${url}/projects/${PROJECT}/topics/${topic}` },
      ackDeadlineSeconds: 60,
    });
    const submittedAt = NEVER_YET.toISOString();
    const data = scenario === 'a poison message' ? name : JSON.stringify({ name, id: 'app-2', submittedAt });
    const attributes = scenario === 'a reclassification' ? { cause: 'reclassify' } : {};
    await pubsub.topic(topic).publishMessage({ data: Buffer.from(data), attributes });
  }

  async function read({ collection, id }: Run): Promise<DocumentData | undefined> {
    return (await database.collection(collection).doc(id).get()).data();
  }

  async function endOf(run: Run): Promise<DocumentData> {
    const isEnd = (data: DocumentData): boolean =>
      ({
        'a start': () => true,
        'a new ingredient': () => true,
        'a second id': () => data['idCount'] === 2,
        'a poison message': () => true,
        'a reclassification': () => data['model'] !== OLD_MODEL,
      })[run.scenario]();
    return eventually(
      `the end of ${run.name}`,
      async () => {
        const data = await read(run);
        return data !== undefined && isEnd(data) ? data : undefined;
      },
      END_TIMEOUT_MS,
    );
  }

  it('knows every call that leaves the function', () => {
    const numbered = SCENARIOS.map((scenario) => [
      scenario,
      POINTS.filter(([, of]) => of === scenario).map(([, , method]) => method),
    ]);

    expect([...cleanCalls]).toEqual(numbered);
  });

  it.each(CASES)('$number, $method of $scenario: the end is the same where it meets "$fault"', async (one) => {
    const result = results.find(({ name }) => name === `${one.number} ${one.fault}`);

    expect(result?.met).toBe(true);
    expect(comparable(result?.document)).toEqual(comparable(clean.get(one.scenario)));
    if (result!.run.collection === 'ingredients') {
      const { ingredient, source, categories, needsReview } = await labelsOf(classifier, result!.run);
      expect(result?.document).toMatchObject({ ingredient, source, categories, needsReview });
      expect(result?.document).toMatchObject({
        listed: ingredient.label === 'ingredient',
        categoryLabels: categories.map(({ label }) => label),
      });
    }
  });

  it('leaves nothing else', async () => {
    const ended = CASES.length + SCENARIOS.length;
    const [ingredients, rejected] = await Promise.all(
      ['ingredients', 'rejected'].map(async (name) => (await database.collection(name).listDocuments()).length),
    );

    expect(ingredients! + rejected!).toBe(ended);
    process.stdout.write(`fault matrix: ${POINTS.length} points, ${CASES.length} runs\n`);
  });
});

// The time of the write, and what follows from the name.
const CLOCK = ['createdAt', 'updatedAt', 'rejectedAt', 'expireAt'];
const NAME = [
  'name',
  'normalName',
  'key',
  'payload',
  'payloadBytes',
  'ingredient',
  'source',
  'categories',
  'needsReview',
  'categoryLabels',
  'listed',
];

/** What must be equal whichever name it is of. */
function comparable(data: DocumentData | undefined): DocumentData {
  return Object.fromEntries(Object.entries(data ?? {}).filter(([field]) => ![...CLOCK, ...NAME].includes(field)));
}

/** The labels of a document as the model itself gives them; those that were there before stay. */
async function labelsOf(classifier: OnnxClassifier, { scenario, name }: Run): Promise<Labels> {
  const [labels] = await classifier.classify([parseName(name).normalName]);
  return scenario === 'a second id' ? aRecord({ name }) : labels!;
}
