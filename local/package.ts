/**
 * `npm run package`: everything that a function needs on a bare Node, in one zip file.
 *
 * Equal inputs give equal bytes: every entry has the same date.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { zipSync, type Zippable } from 'fflate';

import { MODEL_FILE, PREPARED_MODEL_FILE, readArtifacts, sha256 } from '../shared/model/artifacts';
import { prepareModel } from '../shared/model/session';
import { ModelArtifactError } from '../shared/platform/errors';
import { UsageError } from './errors';
import { FRAMEWORK, NATIVE_FOLDER, writeBundles } from './package/bundles';

const USAGE = `Usage: npm run package [-- --output FILE]

Writes the package that is deployed: both functions, the model, and ONNX Runtime for Linux on x64.
  --output FILE   instead of dist/function.zip
`;
const PLATFORM = 'linux/x64';
const MODEL_FOLDER = 'model-artifacts';
const DATE = new Date(1980, 0, 1);
const UNIX = 3;
const REGULAR_FILE = 0o100_000;

interface Entry {
  readonly content: Uint8Array;
  readonly mode?: number;
}

export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const output = path.resolve(outputOf(args));
  const root = process.cwd();
  const entries = new Map<string, Entry>([
    ...(await code(root)),
    ...(await nativeLibrary(root)),
    ...(await model(path.join(root, MODEL_FOLDER))),
  ]);
  const zip = toZip(entries);
  await mkdir(path.dirname(output), { recursive: true });
  await writeFile(output, zip);
  const megabytes = (zip.length / 1e6).toFixed(1);
  process.stdout.write(`${path.relative(root, output)}: ${megabytes} MB, ${entries.size} files\n`);
  return 0;
}

function outputOf(args: readonly string[]): string {
  const [option, file, ...rest] = args;
  if (option === undefined) {
    return 'dist/function.zip';
  }
  if (option !== '--output' || file === undefined || rest.length > 0) {
    throw new UsageError(`npm run package does not take these options.\n${USAGE}`);
  }
  return file;
}

/** The bundles, what starts them, and a package.json that leaves nothing to install. */
async function code(root: string): Promise<Map<string, Entry>> {
  const { name, version, license, engines, dependencies } = JSON.parse(
    await readFile(path.join(root, 'package.json'), 'utf8'),
  ) as { name: string; version: string; license: string; engines: object; dependencies: Record<string, string> };
  // Google's build of a function fetches a framework of its own where none is declared, and starts node_modules/.bin/ where one is.
  const common = {
    ...{ name, version, license, engines },
    dependencies: { [FRAMEWORK]: dependencies[FRAMEWORK] },
  };
  const manifest = { ...common, private: true, main: 'main.cjs', scripts: { start: 'exec node main.cjs' } };
  // Without a lockfile the build asks the registry for one.
  const lockfile = { name, version, lockfileVersion: 3, requires: true, packages: { '': common } };
  const entries = new Map<string, Entry>([
    ['package.json', { content: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) }],
    ['package-lock.json', { content: Buffer.from(`${JSON.stringify(lockfile, null, 2)}\n`) }],
    ['main.cjs', { content: await readFile(path.join(root, 'local/package/main.cjs')) }],
    ['LICENSE', { content: await readFile(path.join(root, 'LICENSE')) }],
    [
      'node_modules/.bin/functions-framework',
      { content: Buffer.from("#!/usr/bin/env node\nrequire('../../main.cjs').start();\n"), mode: 0o755 },
    ],
  ]);
  await inTempFolder(async (folder) => {
    for (const file of await writeBundles(root, folder)) {
      entries.set(file, { content: await readFile(path.join(folder, file)) });
    }
  });
  return entries;
}

/** ONNX Runtime's library and its binding, for the one platform that the functions run on. */
async function nativeLibrary(root: string): Promise<Map<string, Entry>> {
  const folder = path.join(root, 'node_modules/onnxruntime-node/bin/napi-v6', PLATFORM);
  const entries = (await readdir(folder)).map(async (file): Promise<[string, Entry]> => [
    `${NATIVE_FOLDER}/${file}`,
    { content: await readFile(path.join(folder, file)) },
  ]);
  return new Map(await Promise.all(entries));
}

/** The model in the form that loads fastest, made from the release's file once that has proved to be the manifest's. */
async function model(folder: string): Promise<Map<string, Entry>> {
  const { manifest, modelPath } = await readArtifacts(folder);
  const prepared = await inTempFolder(async (temporary) => {
    const file = path.join(temporary, PREPARED_MODEL_FILE);
    await prepareModel(modelPath, file);
    return readFile(file);
  });
  const entries = new Map<string, Entry>([[`${MODEL_FOLDER}/${PREPARED_MODEL_FILE}`, { content: prepared }]]);
  for (const [file, { sha256: expected }] of Object.entries(manifest.files)) {
    if (file !== MODEL_FILE) {
      const content = await readFile(path.join(folder, file));
      if (sha256(content) !== expected) {
        throw new ModelArtifactError(`${file} is not the file of the manifest: restore the release's files.`);
      }
      entries.set(`${MODEL_FOLDER}/${file}`, { content });
    }
  }
  const preparedFile = { sha256: sha256(prepared), bytes: prepared.length };
  const packaged = { ...manifest, files: { ...manifest.files, [PREPARED_MODEL_FILE]: preparedFile } };
  return entries.set(`${MODEL_FOLDER}/manifest.json`, { content: Buffer.from(`${JSON.stringify(packaged)}\n`) });
}

function toZip(entries: ReadonlyMap<string, Entry>): Uint8Array {
  const files: Zippable = {};
  for (const [name, { content, mode = 0o644 }] of entries) {
    files[name] = [content, { level: 9, mtime: DATE, os: UNIX, attrs: ((REGULAR_FILE | mode) << 16) >>> 0 }];
  }
  return zipSync(files);
}

async function inTempFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ingredient-package-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
