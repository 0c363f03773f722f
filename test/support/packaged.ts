/**
 * The package as it is deployed, `dist/function.zip`: built once a run of jest, unpacked into a folder outside the project, and started
 * there on loopback by a bare Node.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { unzipSync } from 'fflate';

import type { FunctionTarget } from '../../shared/platform/config';
import { ROOT } from './fixtures';
import { madeOnce } from './made-once';
import { answers, freePort, OwnedProcess } from './owned-process';

const LOOPBACK = path.join(ROOT, 'test/support/loopback.cjs');
const START_TIMEOUT_MS = 20_000;

export interface Package {
  readonly zip: string;
  /** Where it is unpacked: leave its files as they are, others start from them too. */
  readonly folder: string;
}

export interface PackagedFunction {
  readonly url: string;
  readonly process: OwnedProcess;
}

export interface PackagedOptions {
  /** The `node` that runs it; the one that runs the tests where it is left out. */
  readonly node?: string;
  /** Settings; the environment of the tests is not passed on. Without a FIRESTORE_EMULATOR_HOST, Firestore does not answer. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another folder that it is unpacked in. */
  readonly folder?: string;
  /** What node is to run, in the place of main.cjs. */
  readonly program?: readonly string[];
}

/** Where this run of jest has it. */
function runFolder(): string {
  return path.join(os.tmpdir(), `ingredient-package-${process.env['JEST_RUN'] ?? String(process.pid)}`);
}

/** The package of the sources as they are. */
export async function packaged(): Promise<Package> {
  const made = runFolder();
  await madeOnce(made, async (unfinished) => {
    await mkdir(unfinished);
    const zip = path.join(unfinished, 'function.zip');
    await promisify(execFile)('npm', ['run', '--silent', 'package', '--', '--output', zip], { cwd: ROOT });
    await unpack(zip, path.join(unfinished, 'unpacked'));
  });
  return { zip: path.join(made, 'function.zip'), folder: path.join(made, 'unpacked') };
}

/** After the run: the package is of its sources alone. */
export async function removePackage(): Promise<void> {
  await rm(runFolder(), { recursive: true, force: true });
}

// As unzip writes: Linux maps the pages of a file as large as they were written, and whole, so that a library written in one piece takes
// 10 MB more of a process than it uses.
const PIECE = 65_536;

function* piecesOf(content: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < content.length; start += PIECE) {
    yield content.subarray(start, start + PIECE);
  }
}

async function unpack(zip: string, folder: string): Promise<void> {
  for (const [name, content] of Object.entries(unzipSync(await readFile(zip)))) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, piecesOf(content));
  }
}

/** Starts a function of the package; resolves once it answers HTTP. The caller stops its process. */
export async function startPackaged(target: FunctionTarget, options: PackagedOptions = {}): Promise<PackagedFunction> {
  const folder = options.folder ?? (await packaged()).folder;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = new OwnedProcess(
    [options.node ?? process.execPath, '--require', LOOPBACK, ...(options.program ?? ['main.cjs'])],
    { cwd: folder, env: await packagedEnvironment(target, port, options.env) },
  );
  try {
    await started.ready(() => answers(url), START_TIMEOUT_MS);
  } catch (error) {
    await started.stop();
    throw error;
  }
  return { url, process: started };
}

/** The whole environment of a packaged function: nothing leaves the machine where no emulator is named. */
export async function packagedEnvironment(
  target: string,
  port: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  return {
    FUNCTION_TARGET: target,
    PORT: String(port),
    GOOGLE_CLOUD_PROJECT: 'local-project',
    FIRESTORE_EMULATOR_HOST: `127.0.0.1:${await freePort()}`,
    METADATA_SERVER_DETECTION: 'none',
    ...settings,
  };
}
