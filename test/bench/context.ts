/**
 * What the benchmarks share: how often, with which programs, and which of them this machine lacks.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { type Manifest, readManifest } from '../../shared/model/artifacts';
import type { FunctionTarget } from '../../shared/platform/config';
import { acquire, aProjectId } from '../support/emulators';
import { FRAMEWORK, MODEL_FOLDER, ROOT } from '../support/fixtures';
import { MALLOC } from '../support/malloc';
import { freePort } from '../support/owned-process';
import { packaged, packagedEnvironment } from '../support/packaged';
import { LOOPBACK, type Started, startUntil, statusOf } from './processes';

/** Nine tokens: four words, the control tokens, the first and the last. */
export const NAME = 'red wine and salt';
export const LOOKUP_PATH = `/v1/ingredients/${encodeURIComponent(NAME)}`;

/** A store that nobody can reach: lookups are answered by the model alone, and nothing is kept. */
export const NO_STORE = { FIRESTORE_EMULATOR_HOST: '127.0.0.1:9' } as const;

/** An instance has no certificates beside those of Node, where a machine may: Node 20 reads them when it starts, and holds them in memory. */
export const AS_DEPLOYED = { NODE_EXTRA_CA_CERTS: '' } as const;

export interface Context {
  readonly runs: number;
  readonly manifest: Manifest;
  /** Of the shipped model. */
  readonly layers: number;
  /** The unpacked package. */
  readonly folder: string;
  readonly zip: string;
  /** A Python with training/requirements.txt; undefined where there is none. */
  readonly python: string | undefined;
  /** The address of a Firestore emulator; undefined where there is none. */
  readonly firestore: string | undefined;
  readonly cache: string;
}

const owned: (() => Promise<void>)[] = [];

export async function prepare(runs: number, suites: readonly string[]): Promise<Context> {
  const { folder, zip } = await packaged();
  const cache = path.join(ROOT, 'dist/bench-cache');
  await mkdir(cache, { recursive: true });
  const venv = process.env['BENCH_PYTHON'] ?? path.join(ROOT, '.venv/bin/python');
  const needsStore = suites.some((suite) => ['start', 'http', 'overload', 'memory'].includes(suite));
  const manifest = await readManifest(MODEL_FOLDER);
  return {
    runs,
    manifest,
    layers: layersOf(manifest),
    folder,
    zip,
    python: existsSync(venv) ? venv : undefined,
    firestore: needsStore ? await firestoreEmulator() : undefined,
    cache,
  };
}

/** A manifest that does not say has the six layers of the first releases. */
function layersOf(manifest: Manifest): number {
  const { architecture } = manifest as { architecture?: { layers?: number } };
  return architecture?.layers ?? 6;
}

async function firestoreEmulator(): Promise<string | undefined> {
  const emulator = await acquire('firestore');
  if ('missing' in emulator) {
    return undefined;
  }
  owned.push(emulator.release);
  return emulator.host;
}

/** Ends what prepare started. */
export async function release(): Promise<void> {
  await Promise.all(owned.map((end) => end()));
}

export interface Server extends Started {
  readonly url: string;
}

export interface ServerOptions {
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Puts the process where its CPU is limited, before node runs. */
  readonly prefix?: readonly string[];
  /** Asked until it is 200. */
  readonly path?: string;
}

/** Starts a packaged function and waits for its first answer. */
export async function startPackage(
  context: Context,
  target: FunctionTarget,
  { node = process.execPath, env = {}, prefix = [], path: asked = LOOKUP_PATH }: ServerOptions = {},
): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const firestore = context.firestore === undefined ? {} : { FIRESTORE_EMULATOR_HOST: context.firestore };
  // One machine asks for all callers: it has no limit of its own.
  const own = { GOOGLE_CLOUD_PROJECT: aProjectId('bench'), NODE_ENV: 'production', RATE_LIMIT_PER_MINUTE: '0' };
  const settings = { ...MALLOC, ...firestore, ...own, ...env };
  const environment = await packagedEnvironment(target, port, settings);
  const isReady =
    target === 'lookupIngredient'
      ? async () => (await statusOf(`${url}${asked}`)) === 200
      : async () => (await statusOf(url, anEvent(NAME))) < 300;
  const command = [...prefix, node, '--require', LOOPBACK, 'main.cjs'];
  const started = await startUntil(command, isReady, { cwd: context.folder, env: environment });
  return { ...started, url };
}

/** Starts a server of one file that answers every request. */
export async function startServer(
  script: readonly string[],
  { node = process.execPath }: ServerOptions = {},
): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { PORT: String(port), FUNCTION_TARGET: 'hello', NODE_ENV: 'production' };
  const isReady = async (): Promise<boolean> => (await statusOf(url)) === 200;
  const started = await startUntil([node, '--require', LOOPBACK, ...script], isReady, { env });
  return { ...started, url };
}

export const FRAMEWORK_HELLO = [FRAMEWORK, `--source=${path.join(ROOT, 'test/bench/rows/hello.cjs')}`];
export const BARE_SERVER = [path.join(ROOT, 'test/bench/rows/bare-server.cjs')];

/** A push of Pub/Sub that submits a name. */
export function anEvent(name: string): string {
  const data = Buffer.from(JSON.stringify({ name })).toString('base64');
  return JSON.stringify({ message: { data, messageId: '1' }, subscription: 'projects/bench/subscriptions/bench' });
}
