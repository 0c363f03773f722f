/**
 * The Firestore and Pub/Sub emulators of the Google Cloud CLI, for test/emulator.
 *
 * The setup of the jest run finds or starts them once and leaves their addresses in the environment, under names of our own: the
 * other tests of the same run must not see an emulator.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';

import { answers, freePort, OwnedProcess } from './owned-process';

export const EMULATORS = ['firestore', 'pubsub'] as const;
export type Emulator = (typeof EMULATORS)[number];

interface Description {
  /** Where a user says that one runs, as the client libraries read it. */
  readonly variable: string;
  readonly component: string;
  readonly program: string;
  readonly command: readonly string[];
}

// The programs that `gcloud emulators … start` runs: gcloud itself would put them into a process group that is not ours to end.
const DESCRIPTIONS: Readonly<Record<Emulator, Description>> = {
  firestore: {
    variable: 'FIRESTORE_EMULATOR_HOST',
    component: 'cloud-firestore-emulator',
    program: 'platform/cloud-firestore-emulator/cloud_firestore_emulator',
    command: ['start', '--database-mode=firestore-native'],
  },
  pubsub: {
    variable: 'PUBSUB_EMULATOR_HOST',
    component: 'pubsub-emulator',
    program: 'platform/pubsub-emulator/bin/cloud-pubsub-emulator',
    command: [],
  },
};
const START_TIMEOUT_MS = 60_000;

/** An emulator that can be used: its address, or the program that becomes one. */
export type Found = { readonly host: string } | { readonly program: string } | { readonly missing: string };

/** Looks for an emulator: an address in the environment first, then gcloud's. */
export function find(emulator: Emulator): Found {
  const { variable, component, program } = DESCRIPTIONS[emulator];
  const host = process.env[variable] ?? '';
  if (host !== '') {
    return { host };
  }
  const hint = `set ${variable}, or install it with \`gcloud components install ${component}\``;
  const root = output('gcloud', ['info', '--format=value(installation.sdk_root)']);
  if (root === undefined) {
    return { missing: `no gcloud on the PATH (${hint})` };
  }
  const file = path.join(root, program);
  if (!existsSync(file)) {
    return { missing: `gcloud has no ${component} (${hint})` };
  }
  if (output('java', ['-version']) === undefined) {
    return { missing: `gcloud's ${component} needs Java, and there is no java on the PATH` };
  }
  return { program: file };
}

/** Starts an emulator on a free port of loopback; resolves when it answers. */
export async function start(emulator: Emulator, program: string): Promise<{ host: string; process: OwnedProcess }> {
  const port = await freePort();
  const { command } = DESCRIPTIONS[emulator];
  const started = new OwnedProcess([program, ...command, '--host=127.0.0.1', `--port=${port}`]);
  try {
    await started.ready(() => answers(`http://127.0.0.1:${port}/`), START_TIMEOUT_MS);
  } catch (error) {
    await started.stop();
    throw error;
  }
  return { host: `127.0.0.1:${port}`, process: started };
}

/** An emulator to use, found or started, and what ends it where it was started; or why there is none. */
export async function acquire(
  emulator: Emulator,
): Promise<{ readonly host: string; readonly release: () => Promise<void> } | { readonly missing: string }> {
  const found = find(emulator);
  if (!('program' in found)) {
    return 'missing' in found ? found : { host: found.host, release: () => Promise.resolve() };
  }
  const { host, process: started } = await start(emulator, found.program);
  return {
    host,
    release: async () => {
      await started.stop();
    },
  };
}

const hostVariable = (emulator: Emulator): string => `TEST_${DESCRIPTIONS[emulator].variable}`;
const missingVariable = (emulator: Emulator): string => `TEST_${emulator.toUpperCase()}_EMULATOR_MISSING`;

/** Leaves for the test files where an emulator is, or why there is none. */
export function announce(emulator: Emulator, found: { readonly host: string } | { readonly missing: string }): void {
  process.env[hostVariable(emulator)] = 'host' in found ? found.host : '';
  process.env[missingVariable(emulator)] = 'missing' in found ? found.missing : '';
}

/** The variables that make client libraries and our functions use these emulators, and a project of the caller's own. */
export function emulatorEnvironment(emulators: readonly Emulator[], projectId: string): Record<string, string> {
  const hosts = emulators.map((emulator) => [
    DESCRIPTIONS[emulator].variable,
    process.env[hostVariable(emulator)] ?? '',
  ]);
  // Without it the libraries look for a metadata server, outside this machine, before their first call.
  const detection = { METADATA_SERVER_DETECTION: 'none' };
  return { GOOGLE_CLOUD_PROJECT: projectId, ...detection, ...(Object.fromEntries(hosts) as Record<string, string>) };
}

/** A project that no other file and no earlier run has used. */
export function aProjectId(name: string): string {
  return `${name}-${randomBytes(4).toString('hex')}`;
}

/** `describe` where these emulators are; elsewhere its tests are skipped, and fail with CI=true. */
export function describeWith(emulators: readonly Emulator[], name: string, tests: () => void): void {
  const reasons = emulators.map((emulator) => process.env[missingVariable(emulator)] ?? '').filter((why) => why !== '');
  if (reasons.length === 0) {
    describe(name, tests);
  } else if (process.env['CI'] === 'true') {
    describe(name, () => {
      it('has its emulators', () => {
        throw new Error(`With CI=true a missing emulator is a failure: ${reasons.join('; ')}.`);
      });
    });
  } else {
    // A machine without the emulators can run the others; emulators-setup.ts says what is missing.
    describe.skip(name, tests);
  }
}

/** What a program writes to standard output; undefined where it is not there or fails. */
function output(program: string, parameters: readonly string[]): string | undefined {
  try {
    return execFileSync(program, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
