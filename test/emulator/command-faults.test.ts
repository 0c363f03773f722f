/**
 * Every call that leaves a command meets every fault once, on the real emulators. A command that failed or was killed is run again, as
 * its user would; the end is the same each time: every message is there, and nothing else.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import { openSubscription } from '../../local/pubsub-subscription';
import { readConfig } from '../../shared/platform/config';
import { aRecord } from '../support/builders';
import { type Command, startCommand } from '../support/command';
import { prepareTopics, putAside } from '../support/dead-letters';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { type Fault, FAULTS, GrpcProxy } from '../support/grpc-proxy';

jest.setTimeout(600_000);

const SIDE_BY_SIDE = 24;
const MOST_RUNS = 5;
// A message that was taken and neither acknowledged nor given back comes again after the subscription's 10 s.
const LEASE_MS = 11_000;
// What is late happens after 12 s, and may take a message once more.
const LATE_MS = 13_000;
const NAME = 'oat milk';

interface Scenario {
  readonly command: string;
  readonly args: readonly string[];
  /** The messages that are in the topic at the end, each once or, after a fault, more often. */
  readonly messages: readonly string[];
  readonly deadLetters: number;
}

const SCENARIOS = {
  submit: { command: 'submit', args: [NAME], messages: [NAME], deadLetters: 0 },
  reclassify: { command: 'reclassify', args: [], messages: [NAME], deadLetters: 0 },
  replay: { command: 'dead-letters', args: ['replay'], messages: [NAME], deadLetters: 0 },
  drop: { command: 'dead-letters', args: ['drop', '--all'], messages: [], deadLetters: 0 },
  list: { command: 'dead-letters', args: ['list'], messages: [], deadLetters: 1 },
} as const satisfies Record<string, Scenario>;
type ScenarioName = keyof typeof SCENARIOS;

/** The calls of a command, numbered on from those of the function in fault-matrix.test.ts. */
const POINTS: readonly (readonly [number: number, scenario: ScenarioName, method: string])[] = [
  [8, 'submit', 'Publish'],
  [9, 'reclassify', 'RunQuery'],
  [10, 'reclassify', 'Publish'],
  [11, 'replay', 'Pull'],
  [12, 'replay', 'Publish'],
  [13, 'replay', 'Acknowledge'],
  [14, 'drop', 'Pull'],
  [15, 'drop', 'Acknowledge'],
  [16, 'list', 'Pull'],
  [17, 'list', 'ModifyAckDeadline'],
];
const CASES = POINTS.flatMap(([number, scenario, method]) =>
  (Object.keys(FAULTS) as Fault[]).map((fault) => ({ number, scenario, method, fault })),
);

interface End {
  readonly met: boolean;
  /** The status of each run of the command, until it was 0. */
  readonly statuses: readonly unknown[];
  readonly messages: readonly string[];
  readonly deadLetters: number;
  readonly files: readonly string[];
  readonly calls: ReadonlySet<string>;
}

describeWith(['firestore', 'pubsub'], 'the fault matrix of the commands', () => {
  const ends = new Map<string, End>();
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'command-faults-'));
    const clean = (Object.keys(SCENARIOS) as ScenarioName[]).map((scenario) => ({ scenario }));
    const waiting: { scenario: ScenarioName; number?: number; method?: string; fault?: Fault }[] = [...clean, ...CASES];
    const workers = Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { scenario, number, method, fault } = next;
        ends.set(`${number ?? scenario} ${fault ?? 'none'}`, await meet(scenario, method, fault));
      }
    });
    await Promise.all(workers);
  }, 590_000);

  afterAll(() => rm(folder, { recursive: true }));

  /** Runs a command in a project of its own, until it ends with 0. */
  async function meet(scenario: ScenarioName, method: string | undefined, fault: Fault | undefined): Promise<End> {
    const projectId = aProjectId('command');
    const emulators = emulatorEnvironment(['firestore', 'pubsub'], projectId);
    const cwd = await mkdtemp(path.join(folder, 'case-'));
    Object.assign(process.env, emulators);
    const pubsub = new PubSub({ projectId });
    let running: Command | undefined;
    const kill = (): void => {
      running?.child.kill('SIGKILL');
    };
    const proxies = await Promise.all(
      ['FIRESTORE_EMULATOR_HOST', 'PUBSUB_EMULATOR_HOST'].map((name) => GrpcProxy.open(emulators[name]!, kill)),
    );
    await prepareTopics(pubsub);
    await prepare(scenario, projectId, pubsub);
    const hasMet = proxies.map((proxy) =>
      fault === undefined ? () => true : proxy.arm((call) => call.method === method, fault),
    );
    const env = { ...emulators, FIRESTORE_EMULATOR_HOST: proxies[0]!.host, PUBSUB_EMULATOR_HOST: proxies[1]!.host };
    const statuses: unknown[] = [];
    const { command, args, deadLetters } = SCENARIOS[scenario];
    let left = 0;
    do {
      running = startCommand(command, args, env, cwd);
      statuses.push((await running.ended).status);
      if (command === 'dead-letters' && statuses.at(-1) === 0) {
        await pause(fault === 'late' || fault === 'delayed' ? LATE_MS + LEASE_MS : LEASE_MS);
        left = (await namesIn('ingredients-dead-letters', projectId)).length;
        await pause(left === deadLetters ? 0 : LEASE_MS);
      }
    } while ((statuses.at(-1) !== 0 || left !== deadLetters) && statuses.length < MOST_RUNS);
    const end = {
      met: hasMet.some((has) => has()),
      statuses,
      messages: await namesIn('all', projectId),
      deadLetters: left,
      files: (await readdir(cwd, { recursive: true })).filter((file) => file.endsWith('.json')),
      calls: new Set(proxies.flatMap(({ calls }) => calls.map((call) => call.method))),
    };
    await Promise.all([pubsub.close(), ...proxies.map((proxy) => proxy.close())]);
    return end;
  }

  async function prepare(scenario: ScenarioName, projectId: string, pubsub: PubSub): Promise<void> {
    if (scenario === 'reclassify') {
      const database = new Firestore({ projectId });
      const record = aRecord({ name: NAME, model: '2020.1.1' });
      await database.doc(`ingredients/${record.key}`).set({ ...record });
      await database.terminate();
    } else if (scenario !== 'submit') {
      await putAside(pubsub, JSON.stringify({ name: NAME }));
    }
  }

  /** The different names in a subscription. */
  async function namesIn(subscription: string, projectId: string): Promise<string[]> {
    const opened = await openSubscription(readConfig({ ...emulatorEnvironment(['pubsub'], projectId) }), subscription);
    const messages = await opened.pull(100);
    await opened.close();
    return [...new Set(messages.map(({ data }) => (JSON.parse(data.toString()) as { name: string }).name))];
  }

  it('knows every call that leaves a command', () => {
    const scenarios = Object.keys(SCENARIOS) as ScenarioName[];
    const seen = scenarios.map((scenario) => [scenario, [...ends.get(`${scenario} none`)!.calls].sort()]);
    const numbered = scenarios.map((scenario) => [
      scenario,
      POINTS.filter(([, of]) => of === scenario)
        .map(([, , method]) => method)
        .sort(),
    ]);

    expect(seen).toEqual(numbered);
  });

  it.each(CASES)('$number, $method of $scenario: the end is the same where it meets "$fault"', (one) => {
    const { met, statuses, messages, deadLetters, files } = ends.get(`${one.number} ${one.fault}`)!;

    expect(met).toBe(true);
    expect(statuses.at(-1)).toBe(0);
    expect({ messages, deadLetters, files }).toEqual({
      messages: SCENARIOS[one.scenario].messages,
      deadLetters: SCENARIOS[one.scenario].deadLetters,
      files: [],
    });
  });

  it('has said how many there were', () => {
    expect(ends.size).toBe(CASES.length + Object.keys(SCENARIOS).length);
    process.stdout.write(`fault matrix of the commands: ${POINTS.length} points, ${CASES.length} runs\n`);
  });
});

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
