/**
 * `npm run package`: what is deployed, unpacked into an empty folder, on each Node that it is for, with nothing installed.
 */
import { link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { withEagerModules } from '../../local/package/eager';
import type { Answer } from '../../shared/ingredient/answer';
import { inTempFolder } from '../support/builders';
import { FRAMEWORK, readFixture } from '../support/fixtures';
import { NODE_VERSIONS, nodeProgram, type NodeVersion } from '../support/nodes';
import { freePort, OwnedProcess } from '../support/owned-process';
import {
  packaged,
  packagedEnvironment,
  type PackagedFunction,
  type PackagedOptions,
  startPackaged,
} from '../support/packaged';

// A build, an installation, and starts on a machine that does other things too.
const SLOW_MS = 240_000;

const running: PackagedFunction[] = [];

afterAll(async () => {
  await Promise.all(running.map(({ process }) => process.stop()));
});

async function start(...parameters: Parameters<typeof startPackaged>): Promise<string> {
  const started = await startPackaged(...parameters);
  running.push(started);
  return started.url;
}

/** A folder like the unpacked one, whose entries may be taken away or replaced. */
async function inCopy<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const { folder: original } = await packaged();
  return inTempFolder(async (folder) => {
    for (const entry of await readdir(original, { recursive: true, withFileTypes: true })) {
      const from = path.join(entry.parentPath, entry.name);
      const to = path.join(folder, path.relative(original, from));
      await (entry.isDirectory() ? mkdir(to, { recursive: true }) : mkdir(path.dirname(to), { recursive: true }));
      if (entry.isFile()) {
        await link(from, to);
      }
    }
    return use(folder);
  });
}

it(
  'is one file of at most 40 MB, 30 MB where the model has at most 10',
  async () => {
    const { zip, folder } = await packaged();
    const model = await stat(path.join(folder, 'model-artifacts/model.ort'));
    const limit = model.size <= 10e6 ? 30e6 : 40e6;

    expect((await stat(zip)).size).toBeLessThanOrEqual(limit);
  },
  SLOW_MS,
);

it.each([
  ['lookupIngredient.cjs', 320],
  ['classifyIngredient.cjs', 320],
  ['firestore.cjs', 1_700],
])('has in %s at most %i kB to read at start: what nothing calls is left out', async (file, limit) => {
  const { folder } = await packaged();

  expect((await stat(path.join(folder, file))).size).toBeLessThanOrEqual(limit * 1_000);
});

it('leaves nothing to install: its one dependency is what .bin starts, and it brings a lockfile', async () => {
  const { folder } = await packaged();
  const read = async (file: string): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(path.join(folder, file), 'utf8')) as Record<string, unknown>;
  const manifest = await read('package.json');

  expect(manifest).toMatchObject({ main: 'main.cjs', scripts: { start: 'exec node main.cjs' } });
  // Without it, or without a lockfile, Google's build would ask the registry.
  expect(Object.keys(manifest['dependencies'] as object)).toEqual(['@google-cloud/functions-framework']);
  expect(await read('package-lock.json')).toMatchObject({
    packages: { '': { dependencies: manifest['dependencies'] } },
  });
  expect(await readdir(path.join(folder, 'node_modules/.bin'))).toEqual(['functions-framework']);
  expect(await readdir(path.join(folder, 'node_modules'))).toEqual(['.bin']);
});

it(
  'reads the taught names when an explanation first asks for them, and not at start',
  async () => {
    await inCopy(async (folder) => {
      await rm(path.join(folder, 'model-artifacts/taught.txt'));
      const url = await start('lookupIngredient', { folder });

      const answer = await fetch(`${url}/v1/ingredients/salt`);
      const explained = await fetch(`${url}/v1/ingredients/salt?explain=true`);

      expect([answer.status, explained.status]).toEqual([200, 503]);
      expect(await explained.json()).toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    });
  },
  SLOW_MS,
);

describe.each(NODE_VERSIONS)('the package on a bare Node %i', (version: NodeVersion) => {
  let node: string;

  beforeAll(async () => {
    node = await nodeProgram(version);
    await packaged();
  }, SLOW_MS);

  it('labels names as Python does', async () => {
    const expected = readFixture<Answer>('answers.jsonl').slice(0, 100);
    const url = await start('lookupIngredient', { node });

    const response = await fetch(`${url}/v1/ingredients:batch`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ names: expected.map(({ name }) => name) }),
    });
    const { results } = (await response.json()) as { results: Answer[] };

    expect(response.status).toBe(200);
    expect(results.map(labelsOf)).toEqual(expected.map(labelsOf));
  });

  it('takes events', async () => {
    const url = await start('classifyIngredient', { node });

    const wrongMethod = await fetch(url);

    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

function labelsOf({ key, ingredient, source, categories, needsReview, model }: Answer) {
  return {
    key,
    ingredient: ingredient.label,
    source: source?.label,
    categories: labelSet(categories),
    needsReview,
    model,
  };
}

function labelSet(labels: Answer['categories']): string[] {
  return labels.map(({ label }) => label).sort();
}

describe('main.cjs', () => {
  it.each<[string, PackagedOptions]>([
    ['its own command', { program: ['node_modules/.bin/functions-framework'] }],
    [
      'a Functions Framework of the platform, from another folder',
      { program: [FRAMEWORK, '--source=PACKAGE'], folder: '/' },
    ],
  ])('is started by %s as well', async (_what, options) => {
    const { folder } = await packaged();
    const program = options.program?.map((word) => word.replace('PACKAGE', folder)) ?? [];

    for (const target of ['lookupIngredient', 'classifyIngredient'] as const) {
      const url = await start(target, { ...options, program });

      const response = await fetch(`${url}/v1/ingredients?name=honey`);
      expect([target, response.status]).toEqual([target, target === 'lookupIngredient' ? 200 : 405]);
    }
  });

  it.each(['lookupIngredient.cjs', 'classifyIngredient.cjs', 'firestore.cjs'])(
    'compiles the modules of %s with it',
    async (bundle) => {
      const text = await readFile(path.join((await packaged()).folder, bundle), 'utf8');

      expect(text).toMatch(/=[\w$]+\(\(function\(/);
      expect(withEagerModules(text)).toBe(text);
    },
  );

  it('loads the bundle of its function, and not the other', async () => {
    await inCopy(async (folder) => {
      await rm(path.join(folder, 'classifyIngredient.cjs'));

      const url = await start('lookupIngredient', { folder });

      expect((await fetch(`${url}/v1/ingredients?name=honey`)).status).toBe(200);
    });
  });

  it.each(['', 'classify'])(
    'ends with 1 and a line that says what to set where FUNCTION_TARGET is "%s"',
    async (target) => {
      const { output } = await ended(target, (await packaged()).folder);

      expect(output).toContain('"code":"INVALID_CONFIG"');
      expect(output).toContain('FUNCTION_TARGET must be');
    },
  );

  it('ends with 1 where a byte of the model is another one', async () => {
    await inCopy(async (folder) => {
      const file = path.join(folder, 'model-artifacts/model.ort');
      const bytes = await readFile(file);
      bytes[bytes.length >> 1]! ^= 1;
      await rm(file);
      await writeFile(file, bytes);

      const { output } = await ended('lookupIngredient', folder);

      expect(output).toContain('"code":"MODEL_ARTIFACT"');
      expect(output).toContain('model.ort is not the file of the manifest');
    });
  });
});

/** Starts it and waits for its end, which must have the status 1. */
async function ended(target: string, folder: string): Promise<{ output: string }> {
  const env = await packagedEnvironment(target, await freePort());
  const process_ = new OwnedProcess([process.execPath, 'main.cjs'], { cwd: folder, env });
  try {
    await expect(process_.ready(() => Promise.resolve(false), 20_000)).rejects.toThrow(/ended with 1\b/);
    return { output: process_.output };
  } finally {
    await process_.stop();
  }
}
