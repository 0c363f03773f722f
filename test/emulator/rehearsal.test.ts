/**
 * The deployment, rehearsed: the package is started as Terraform's plan has it, the emulators are wired by the plan's own topics and
 * subscriptions, and a name goes through all of it.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';

import { type FunctionTarget, SETTINGS } from '../../shared/platform/config';
import { isRecord } from '../../shared/platform/json';
import { indexes } from '../../shared/store/indexes.json';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { eventually, freePort, OwnedProcess } from '../support/owned-process';
import { MALLOC } from '../support/malloc';
import { packaged, packagedEnvironment } from '../support/packaged';
import {
  plan,
  type Plan,
  type PlannedContainer,
  type PlannedMetric,
  type PlannedProbe,
  describeWithTerraform,
} from '../support/plan';
import { ROOT } from '../support/fixtures';

jest.setTimeout(120_000);

const PROJECT = aProjectId('rehearsal');
const DATABASE = 'rehearsal';
const LOOPBACK = path.join(ROOT, 'test/support/loopback.cjs');
// A database of its own: nothing of it is found where a function is not told its name. The first call of a Firestore client may take longer
// than a lookup waits for it.
const VARIABLES = (zip: string): string => `
  region     = "europe-west1"
  invokers   = ["user:ada@example.com"]
  operations = { emails = ["ada@example.com"] }
  firestore  = { database = "${DATABASE}" }
  lookup     = { settings = { LOOKUP_CACHE_DEADLINE_MS = "20000" } }
  package    = "${zip}"`;

interface Running {
  readonly url: string;
  readonly process: OwnedProcess;
  readonly container: PlannedContainer;
  /** Which port of this machine stands for one of the container's. */
  readonly ports: ReadonlyMap<number, number>;
}

type Service = Plan['google_cloud_run_v2_service'][number];

const running: OwnedProcess[] = [];
const functions = new Map<string, Running>();
let folder: string;
let planned: Plan;
let database: Firestore;
let pubsub: PubSub;

const containerOf = (service: Service): PlannedContainer => service.template[0]!.containers[0]!;
const serviceOf = (name: string): Service =>
  planned.google_cloud_run_v2_service.find((service) => service.name === name)!;
const seconds = (duration: string): { seconds: number } => ({ seconds: Number(duration.replace(/s$/, '')) });

/** Starts a service as Google's buildpack has it start: the package's own functions-framework, the target and the port as variables. */
async function start(service: Service, target = service.build_config[0]!.function_target): Promise<Running> {
  const { folder: unpacked } = await packaged();
  const container = containerOf(service);
  const port = await freePort();
  const settings = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
  const { FIRESTORE_EMULATOR_HOST: firestore = '' } = emulatorEnvironment(['firestore'], PROJECT);
  const env = {
    ...(await packagedEnvironment(target, port, { FIRESTORE_EMULATOR_HOST: firestore })),
    ...settings,
    ...{ K_SERVICE: service.name, K_REVISION: `${service.name}-00001` },
  };
  const command = [process.execPath, '--require', LOOPBACK, 'node_modules/.bin/functions-framework'];
  const started = new OwnedProcess(command, { cwd: unpacked, env });
  running.push(started);
  const ports = new Map([[container.ports[0]!.container_port, port]]);
  return { url: `http://127.0.0.1:${port}`, process: started, container, ports };
}

/** One try of a probe, as Cloud Run makes it. */
async function passes(
  { http_get: [get], tcp_socket: [tcp], timeout_seconds }: PlannedProbe,
  at: Running,
): Promise<boolean> {
  const port = at.ports.get((get ?? tcp)!.port);
  if (port === undefined) {
    throw new Error(`The probe asks at port ${(get ?? tcp)!.port}, which is not the container's.`);
  }
  if (get !== undefined) {
    const signal = AbortSignal.timeout(timeout_seconds * 1000);
    return (await fetch(`http://127.0.0.1:${port}${get.path}`, { signal })).status === 200;
  }
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** Which fields of which log line a metric filters by, or takes a label or value from. */
function readsOf({ filter, label_extractors, value_extractor }: PlannedMetric): { message: string; paths: string[] } {
  const texts = [filter, ...Object.values(label_extractors ?? {}), value_extractor ?? ''];
  const paths = texts.flatMap((text) => [...text.matchAll(/jsonPayload\.([\w.]+)/g)].map(([, field]) => field!));
  return { message: /jsonPayload\.message="([^"]+)"/.exec(filter)?.[1] ?? '', paths: [...new Set(paths)] };
}

const valueAt = (line: Record<string, unknown>, field: string): unknown =>
  field.split('.').reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), line);

async function wire(): Promise<void> {
  for (const { id } of planned.google_pubsub_topic) {
    await pubsub.createTopic(id);
  }
  for (const subscription of planned.google_pubsub_subscription) {
    const [push] = subscription.push_config;
    const [retry] = subscription.retry_policy;
    const [dead] = subscription.dead_letter_policy;
    await pubsub.createSubscription(pubsub.topic(subscription.topic), subscription.name, {
      ackDeadlineSeconds: subscription.ack_deadline_seconds,
      // The emulator takes no more than seven days, the service 31.
      messageRetentionDuration: {
        seconds: Math.min(seconds(subscription.message_retention_duration).seconds, 7 * 86_400),
      },
      ...(push === undefined ? {} : { pushConfig: { pushEndpoint: local(push.push_endpoint) } }),
      ...(retry === undefined
        ? {}
        : {
            retryPolicy: {
              minimumBackoff: seconds(retry.minimum_backoff),
              maximumBackoff: seconds(retry.maximum_backoff),
            },
          }),
      ...(dead === undefined
        ? {}
        : {
            deadLetterPolicy: {
              deadLetterTopic: dead.dead_letter_topic,
              maxDeliveryAttempts: dead.max_delivery_attempts,
            },
          }),
    });
  }
}

/** The address on this machine of one that Cloud Run would give. */
function local(address: string): string {
  const service = planned.google_cloud_run_v2_service.find(({ uri }) => address.startsWith(`${uri}/`));
  if (service === undefined) {
    throw new Error(`${address} is the address of none of the functions.`);
  }
  return address.replace(service.uri, functions.get(service.name)!.url);
}

function describeDeployment(name: string, tests: () => void): void {
  describeWithTerraform('the rehearsal of the deployment', name, tests, (title, body) => {
    describeWith(['firestore', 'pubsub'], title, body);
  });
}

describeDeployment('a deployment by the plan', () => {
  beforeAll(async () => {
    const { zip } = await packaged();
    folder = await mkdtemp(path.join(os.tmpdir(), 'ingredient-plan-'));
    planned = await plan(folder, PROJECT, VARIABLES(zip));
    Object.assign(process.env, emulatorEnvironment(['firestore', 'pubsub'], PROJECT));
    pubsub = new PubSub({ projectId: PROJECT });
    database = new Firestore({ projectId: PROJECT, databaseId: DATABASE });
    for (const service of planned.google_cloud_run_v2_service) {
      functions.set(service.name, await start(service));
    }
  });

  afterAll(async () => {
    await Promise.all([pubsub.close(), database.terminate(), ...running.map((one) => one.stop())]);
    await rm(folder, { recursive: true, force: true });
  });

  it('deploys the zip by its hash, with two functions that it has', async () => {
    const { zip } = await packaged();
    const hash = createHash('sha256')
      .update(await readFile(zip))
      .digest('hex');
    const targets = planned.google_cloud_run_v2_service.map((service) => service.build_config[0]!.function_target);

    expect(planned.google_storage_bucket_object).toMatchObject([{ name: `function-${hash}.zip`, source: zip }]);
    expect(targets.sort()).toEqual(['classifyIngredient', 'lookupIngredient'] satisfies FunctionTarget[]);
  });

  it('sets no variable that the functions do not know', () => {
    const known = Object.values(SETTINGS).map(({ variable }) => variable);
    const set = planned.google_cloud_run_v2_service.flatMap((service) =>
      containerOf(service).env.map(({ name }) => name),
    );

    expect(set).toContain('FIRESTORE_DATABASE');
    expect(set.filter((name) => !known.includes(name) && !(name in MALLOC))).toEqual([]);
  });

  it('gives glibc what memory is measured with', () => {
    for (const service of planned.google_cloud_run_v2_service) {
      const set = containerOf(service).env.filter(({ name }) => name in MALLOC);
      expect(Object.fromEntries(set.map(({ name, value }) => [name, value]))).toEqual(MALLOC);
    }
  });

  it('has an index for every query, and no other', () => {
    const fields = (entries: readonly (string | null | undefined)[][]): string[] =>
      entries.map((entry) => entry.filter((part) => part != null).join(' ')).sort();
    const made = planned.google_firestore_index.map(({ collection, query_scope, fields: parts }) => [
      ...[collection, query_scope],
      ...parts.flatMap(({ field_path, order, array_config }) => [field_path, order, array_config]),
    ]);
    const derived = indexes.map(({ collectionGroup, queryScope, fields: parts }) => [
      ...[collectionGroup, queryScope],
      ...parts.flatMap((part) => [
        part.fieldPath,
        'order' in part ? part.order : undefined,
        'arrayConfig' in part ? part.arrayConfig : undefined,
      ]),
    ]);

    expect(derived.length).toBeGreaterThan(0);
    expect(fields(made)).toEqual(fields(derived));
  });

  // The steps of Google's buildpack for Node.js with GOOGLE_VENDOR_NPM_DEPENDENCIES, and no registry to ask.
  it('is built without a registry', async () => {
    const { folder: unpacked } = await packaged();
    const manifest = JSON.parse(await readFile(path.join(unpacked, 'package.json'), 'utf8')) as { main: string };
    const nowhere = { ...process.env, npm_config_registry: 'http://127.0.0.1:9/', npm_config_offline: 'true' };
    const inside = { cwd: unpacked, env: nowhere };

    await promisify(execFile)('npm', ['rebuild'], inside);
    await promisify(execFile)(process.execPath, ['--check', manifest.main], inside);
  });

  it.each(['ingredient-classify', 'ingredient-lookup'])('%s passes its start-up and liveness probes', async (name) => {
    const started = functions.get(name)!;
    const [startup] = started.container.startup_probe;
    const limitMs = startup!.failure_threshold * startup!.period_seconds * 1000;

    await started.process.ready(() => passes(startup!, started), limitMs);

    for (const probe of started.container.liveness_probe) {
      expect(await passes(probe, started)).toBe(true);
    }
  });

  it('carries a name from the topic to the lookup', async () => {
    await wire();
    const topic = planned.google_pubsub_topic.find(({ name }) => name === 'ingredients')!;

    const data = Buffer.from(JSON.stringify({ name: 'Smoked paprika', id: 'app-7' }));
    const messageId = await pubsub.topic(topic.id).publishMessage({ data });
    const event = await eventually('the event to be labelled', () =>
      functions.get('ingredient-classify')!.process.log.find((line) => line['messageId'] === messageId),
    );
    const response = await fetch(`${functions.get('ingredient-lookup')!.url}/v1/ingredients/smoked%20paprika`);

    const document = await database.doc('ingredients/n1-06834765b67ad7dc44b85a5de484abad').get();
    expect(event).toMatchObject({ message: 'event', outcome: 'created' });
    expect(document.data()).toMatchObject({ name: 'Smoked paprika', ids: ['app-7'] });
    expect(response.headers.get('cache-status')).toMatch(/^store; hit/);
    expect(await response.json()).toMatchObject({ ingredient: { label: 'ingredient' }, source: { label: 'plant' } });
  });

  // A metric that reads a field which no line has counts nothing, and nobody would notice.
  it('counts fields that the log lines have', async () => {
    const lookup = functions.get('ingredient-lookup')!;
    const topic = planned.google_pubsub_topic.find(({ name }) => name === 'ingredients')!;
    await Promise.all([
      fetch(`${lookup.url}/v1/ingredients/%20`),
      pubsub.topic(topic.id).publishMessage({ data: Buffer.from('{"name": ""}') }),
      pubsub.topic(topic.id).publishMessage({ data: Buffer.from('{"name": "shark fin jelly of the moon"}') }),
    ]);
    const metrics = planned.google_logging_metric.map((metric) => ({ ...metric, reads: readsOf(metric) }));
    const unread = (): string[] => {
      const lines = [...functions.values()].flatMap(({ process }) => process.log);
      return metrics.flatMap(({ name, reads: { message, paths } }) =>
        paths
          .filter((field) => !lines.some((line) => line['message'] === message && valueAt(line, field) !== undefined))
          .map((field) => `${name} reads ${field} of "${message}"`),
      );
    };

    await eventually('a line with every field', () => (unread().length === 0 ? true : undefined), 30_000).catch(
      () => undefined,
    );

    expect(metrics.length).toBeGreaterThan(10);
    expect(unread()).toEqual([]);
  });

  it('is broken by an entry point of another name', async () => {
    const renamed = await start(serviceOf('ingredient-lookup'), 'lookUpIngredient');

    await expect(
      renamed.process.ready(() => passes(renamed.container.startup_probe[0]!, renamed), 20_000),
    ).rejects.toThrow('FUNCTION_TARGET must be one of');
  });
});
