/**
 * The packaged entry point as the platform starts it: the Functions Framework's own main, in a process of its own, on loopback.
 *
 * Firestore is not there: FIRESTORE_EMULATOR_HOST names a port where nothing listens, so that nothing leaves the machine.
 */
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import type { Answer } from '../../shared/ingredient/answer';
import { FRAMEWORK, MODEL_FOLDER, ROOT } from '../support/fixtures';
import { answers, freePort, OwnedProcess } from '../support/owned-process';
import { sendRaw } from '../support/raw';

const LOOPBACK = path.join(ROOT, 'test/support/loopback.cjs');
const START_TIMEOUT_MS = 20_000;

const command = (port: number, ...options: readonly string[]): string[] => [
  ...['--require', LOOPBACK, FRAMEWORK, `--source=${ROOT}`, `--port=${port}`],
  ...options,
];

async function environment(settings: Record<string, string>): Promise<NodeJS.ProcessEnv> {
  const firestore = `127.0.0.1:${await freePort()}`;
  return { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER, FIRESTORE_EMULATOR_HOST: firestore, ...settings };
}

const running: OwnedProcess[] = [];

afterAll(async () => {
  await Promise.all(running.map((started) => started.stop()));
});

async function start(target: string): Promise<{ url: string; port: number }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = new OwnedProcess([process.execPath, ...command(port)], {
    env: await environment({ FUNCTION_TARGET: target }),
  });
  running.push(started);
  await started.ready(() => answers(url), START_TIMEOUT_MS);
  return { url, port };
}

describe('the entry point of lookupIngredient', () => {
  let url: string;
  let port: number;

  beforeAll(async () => {
    ({ url, port } = await start('lookupIngredient'));
  });

  it.each(['GET /% HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'salt\r\n\r\n'])(
    'answers %j before the framework does, as a problem',
    async (request) => {
      const answer = await sendRaw(port, request);

      expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(answer).toMatch(/^content-type: application\/problem\+json\r$/im);
      expect(answer).not.toMatch(/<html|node_modules/);
    },
  );

  it('labels a name, and says that the answer was not kept', async () => {
    const response = await fetch(`${url}/v1/ingredients/Smoked%20paprika`);
    const answer = (await response.json()) as Answer;

    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    // sha256 of "smoked paprika", its first 32 hex digits
    expect(answer).toMatchObject({ key: 'n1-06834765b67ad7dc44b85a5de484abad', ingredient: { label: 'ingredient' } });
  });
});

describe('the entry point of classifyIngredient', () => {
  it('has the guard of events', async () => {
    const { url } = await start('classifyIngredient');

    const wrongMethod = await fetch(url);
    const noObject = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: 'null',
    });

    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
    expect([noObject.status, noObject.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
  });
});

describe('the entry point without its target', () => {
  it.each<[string, Record<string, string>, string[], string]>([
    ['is not set', {}, ['--target=classifyIngredient'], 'FUNCTION_TARGET must be set'],
    ['is empty', { FUNCTION_TARGET: '' }, ['--target=classifyIngredient'], 'FUNCTION_TARGET must be set'],
    [
      'names no function',
      { FUNCTION_TARGET: 'classify' },
      [],
      'FUNCTION_TARGET must be one of lookupIngredient, classifyIngredient, not \\"classify\\"',
    ],
    [
      'is not the one that the framework was told',
      { FUNCTION_TARGET: 'lookupIngredient' },
      ['--target', 'classifyIngredient'],
      'it is lookupIngredient, and --target is classifyIngredient',
    ],
  ])('ends with 1 and one line where FUNCTION_TARGET %s', async (_what, settings, options, expected) => {
    const child = spawn(process.execPath, command(await freePort(), ...options), { env: await environment(settings) });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));

    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));

    expect(status).toBe(1);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ severity: 'ERROR', code: 'INVALID_CONFIG' });
    expect(stdout).toContain(expected);
  });
});

describe('npm run gcp-build', () => {
  let upload: string;

  beforeAll(async () => {
    upload = await mkdtemp(path.join(tmpdir(), 'upload-'));
  });

  afterAll(async () => {
    await rm(upload, { recursive: true });
  });

  it('builds the functions from what is uploaded, which lacks local/', async () => {
    for (const part of ['functions', 'shared', 'package.json', 'tsconfig.json']) {
      await cp(path.join(ROOT, part), path.join(upload, part), { recursive: true });
    }
    await symlink(path.join(ROOT, 'node_modules'), path.join(upload, 'node_modules'));

    await promisify(execFile)('npm', ['run', '--silent', 'gcp-build'], { cwd: upload });

    const built = await readdir(path.join(upload, 'dist'), { recursive: true });
    expect(built.filter((file) => file.endsWith('.js'))).toEqual([path.join('functions', 'index.js')]);
  });
});
