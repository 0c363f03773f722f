/**
 * Every call that leaves `classifyIngredient` meets every fault once, on the real emulators; the end state is the same each time.
 *
 * The points are numbered in POINTS. A run without faults records all calls that are made: one that is not in the table fails.
 *
 * A fault that kills has instances of its own, and each start its own instance: nobody else's kill ends a call that hangs.
 */
import { createHash } from 'node:crypto';

import { type DocumentData, Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import type { Labels } from '../../shared/ingredient/answer';
import { parseName } from '../../shared/ingredient/name';
import { OnnxClassifier } from '../../shared/model/classifier';
import { InvalidMessageError } from '../../shared/platform/errors';
import { queryFields } from '../../shared/store/queries';
import { toRejected } from '../../shared/store/record';
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
// Nothing has come for so long: a delivery is done with.
const QUIET_MS = 1_000;
const OLD_MODEL = '2020.1.1';
const NEVER_YET = new Date('2026-12-01T12:00:00.000Z');

/** What is published, and how to find the document that it ends in. */
const SCENARIOS = [
  ...(['a start', 'a new ingredient', 'a second id', 'a poison message', 'a reclassification'] as const),
  ...(['the same event again', 'the same poison again'] as const),
] as const;
type Scenario = (typeof SCENARIOS)[number];

/** Each call of a scenario, by its number; one that names no document is known by the transaction that a read of it began. */
const POINTS: readonly (readonly [number: number, scenario: Scenario, method: string, by?: 'transaction'])[] = [
  [0, 'a start', 'BatchGetDocuments'],
  [1, 'a new ingredient', 'BatchGetDocuments'],
  [2, 'a new ingredient', 'Commit'],
  [3, 'a second id', 'BatchGetDocuments'],
  [4, 'a second id', 'Commit'],
  [5, 'a poison message', 'Commit'],
  [6, 'a reclassification', 'BatchGetDocuments'],
  [7, 'a reclassification', 'Commit'],
  // 8 to 17 are those of the commands.
  [18, 'the same event again', 'BatchGetDocuments'],
  [19, 'the same event again', 'Commit', 'transaction'],
  [20, 'the same poison again', 'Commit'],
  [21, 'the same poison again', 'BatchGetDocuments'],
  [22, 'the same poison again', 'Commit', 'transaction'],
];
const CONNECT = 'ingredients/connect';
const CASES = POINTS.flatMap(([number, scenario, method, by]) =>
  (Object.keys(FAULTS) as Fault[]).map((fault) => ({ number, scenario, method, by, fault })),
);

interface Instances {
  readonly proxy: GrpcProxy;
  readonly pool: FunctionPool;
  readonly url: string;
}

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
  return scenario.includes('poison')
    ? { scenario, name, ...marked(createHash('sha256').update(name).digest('hex')), collection: 'rejected' }
    : { scenario, name, ...marked(parseName(name).key), collection: 'ingredients' };

  function marked(id: string): Pick<Run, 'id' | 'mark'> {
    // An instance that starts connects by asking for a document that is never there.
    return { id, mark: scenario === 'a start' ? CONNECT : id };
  }
}

function runOf({ number, scenario, fault }: (typeof CASES)[number]): Run {
  return aRun(scenario, `${number} ${fault.replace(/\W/g, ' ')}`);
}

describeWith(['firestore', 'pubsub'], 'the fault matrix', () => {
  let database: Firestore;
  let pubsub: PubSub;
  let emulators: Record<string, string>;
  let model: string;
  const opened: Instances[] = [];
  const clean = new Map<Scenario, DocumentData>();
  const cleanCalls = new Map<Scenario, string[]>();
  const results: { name: string; run: Run; met: boolean; document: DocumentData | undefined }[] = [];
  let classifier: OnnxClassifier;

  beforeAll(async () => {
    emulators = emulatorEnvironment(['firestore', 'pubsub'], PROJECT);
    Object.assign(process.env, emulators);
    database = new Firestore({ projectId: PROJECT });
    pubsub = new PubSub({ projectId: PROJECT });
    classifier = await OnnxClassifier.load(MODEL_FOLDER);
    model = classifier.version;
    const [quiet, killed] = [await openInstances(), await openInstances()];
    for (const scenario of SCENARIOS) {
      await runClean(quiet, scenario);
    }
    // All at once: most of the time is waiting, and a fault is meant for one document alone.
    const running = CASES.map((one) =>
      one.scenario === 'a start' ? runStart(one) : runCase(one.fault.startsWith('killed') ? killed : quiet, one),
    );
    results.push(...(await Promise.all(running)));
  }, 470_000);

  afterAll(async () => {
    await pubsub.close();
    await Promise.all(opened.map(({ pool }) => pool.close()));
    await Promise.all(opened.map(({ proxy }) => proxy.close()));
    await database.terminate();
  });

  /** One instance at a time behind a proxy. @param prepare called before it starts. */
  async function openInstances(prepare: (proxy: GrpcProxy) => void = () => undefined): Promise<Instances> {
    const proxy = await GrpcProxy.open(emulators['FIRESTORE_EMULATOR_HOST']!, () => {
      pool.killAll();
    });
    const firestore = { ...emulatorEnvironment(['firestore'], PROJECT), FIRESTORE_EMULATOR_HOST: proxy.host };
    const pool = new FunctionPool('classifyIngredient', firestore);
    prepare(proxy);
    const instances = { proxy, pool, url: await pool.open(1) };
    opened.push(instances);
    return instances;
  }

  async function runClean(instances: Instances, scenario: Scenario): Promise<void> {
    const { proxy, pool } = scenario === 'a start' ? await openInstances() : instances;
    const run = aRun(scenario, `without a fault in ${scenario}`);
    await prepare(run);
    const began = scenario === 'a start' ? 0 : proxy.calls.length;
    if (scenario !== 'a start') {
      await deliver(instances.url, `clean-${SCENARIOS.indexOf(scenario)}`, run);
      await eventually('the delivery', () =>
        proxy.calls.length > began && pool.quietMs > QUIET_MS ? true : undefined,
      );
    }
    cleanCalls.set(
      scenario,
      proxy.calls.slice(began).map(({ method }) => method),
    );
    if (scenario === 'a start') {
      await deliver(instances.url, 'clean-start', run);
    }
    clean.set(scenario, await endOf(run));
  }

  /** An instance that meets the fault as it starts, and an event for it. */
  async function runStart(one: (typeof CASES)[number]) {
    let hasMet!: () => boolean;
    const { url } = await openInstances((proxy) => {
      hasMet = proxy.arm(({ method, body }) => method === one.method && body.includes(CONNECT), one.fault);
    });
    return finish(url, one, hasMet);
  }

  async function runCase({ proxy, url }: Instances, one: (typeof CASES)[number]) {
    const { mark } = runOf(one);
    const isAbout = (call: Call): boolean =>
      one.by === 'transaction'
        ? proxy.calls.some((read) => read.body.includes(mark) && isOfTransaction(call, read))
        : call.body.includes(mark);
    return finish(
      url,
      one,
      proxy.arm((call) => call.method === one.method && isAbout(call), one.fault),
    );
  }

  async function finish(url: string, one: (typeof CASES)[number], hasMet: () => boolean) {
    const run = runOf(one);
    await prepare(run);
    await deliver(url, `case-${one.number}-${one.fault.replace(/\W/g, '-')}`, run);
    await eventually(`the fault of ${run.name}`, () => (hasMet() ? true : undefined), END_TIMEOUT_MS);
    await endOf(run);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return { name: `${one.number} ${one.fault}`, run, met: hasMet(), document: await read(run) };
  }

  /** What is there before the message comes. */
  async function prepare({ scenario, name, id }: Run): Promise<void> {
    if (scenario === 'the same event again') {
      const record = aRecord({ name, ids: ['app-2'], idCount: 1, submittedAt: NEVER_YET, model });
      await database.doc(`ingredients/${id}`).set({ ...record, ...queryFields(record) });
    } else if (scenario === 'the same poison again') {
      const reason = new InvalidMessageError('The data of the message is not JSON in UTF-8.');
      const { fields } = toRejected({ data: Buffer.from(name), reason }, new Date());
      await database.doc(`rejected/${id}`).set({ ...fields, payload: Buffer.from(fields.payload) });
    } else if (scenario === 'a second id') {
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
    const data = scenario.includes('poison') ? name : JSON.stringify({ name, id: 'app-2', submittedAt });
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
        'the same event again': () => true,
        'the same poison again': () => true,
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
    expect(result?.document).toMatchObject(await ofName(classifier, result!.run));
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

// The time of the write, and what follows from the name: see ofName.
const CLOCK = ['createdAt', 'updatedAt', 'rejectedAt', 'expireAt'];
const NAME = [
  ...['name', 'normalName', 'key', 'payload', 'payloadBytes'],
  ...['ingredient', 'source', 'categories', 'needsReview', 'categoryLabels', 'listed'],
];

/** What must be equal whichever name it is of. */
function comparable(data: DocumentData | undefined): DocumentData {
  return Object.fromEntries(Object.entries(data ?? {}).filter(([field]) => ![...CLOCK, ...NAME].includes(field)));
}

/** What follows from the name: what was published, or its key, its normal form and the labels that the model itself gives. */
async function ofName(classifier: OnnxClassifier, { scenario, collection, name }: Run): Promise<DocumentData> {
  if (collection === 'rejected') {
    return { payload: Buffer.from(name), payloadBytes: Buffer.byteLength(name) };
  }
  const { normalName, key } = parseName(name);
  const [given] = await classifier.classify([normalName]);
  // What was there before stays, and came from nobody's model.
  const isKept = scenario === 'a second id' || scenario === 'the same event again';
  const { ingredient, source, categories, needsReview }: Labels = isKept ? aRecord({ name }) : given!;
  return {
    ...{ name, normalName, key, ingredient, source, categories, needsReview },
    listed: ingredient.label === 'ingredient',
    categoryLabels: categories.map(({ label }) => label),
  };
}

/** True for a call that names no document, only the transaction that a read has begun. */
function isOfTransaction({ body }: Call, { answer }: Call): boolean {
  const transaction = lastField(body);
  return transaction !== undefined && answer?.includes(transaction) === true;
}

const FRAME_BYTES = 5;
const MAX_SHORT_BYTES = 0x7f;

/** The last field of a short message of protobuf: of a Rollback, or a Commit that writes nothing, the transaction. */
function lastField(body: Buffer): Buffer | undefined {
  let last: Buffer | undefined;
  for (let at = FRAME_BYTES; at < body.length;) {
    const length = body[at + 1]!;
    if (length > MAX_SHORT_BYTES) {
      return undefined;
    }
    last = body.subarray(at + 2, at + 2 + length);
    at += 2 + length;
  }
  return last;
}
