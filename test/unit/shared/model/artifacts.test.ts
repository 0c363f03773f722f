import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { readArtifacts, readManifest } from '../../../../shared/model/artifacts';
import { ModelArtifactError, ModelUnavailableError } from '../../../../shared/platform/errors';
import { inTempFolder, tasks } from '../../../support/builders';

// the SHA-256 of "abc" is the example of FIPS 180-4
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

function manifest(): Record<string, unknown> {
  const file = { sha256: ABC, bytes: 3 };
  return {
    manifestVersion: 1,
    version: '2026.12.1',
    maxTokens: 64,
    tasks: tasks(),
    files: { 'model.onnx': file, 'vocab.txt': file },
  };
}

/** A folder of a release whose two files hold "abc". */
async function withRelease<T>(use: (folder: string) => Promise<T>, content: unknown = manifest()): Promise<T> {
  return inTempFolder(async (folder) => {
    await writeFile(path.join(folder, 'model.onnx'), 'abc');
    await writeFile(path.join(folder, 'vocab.txt'), 'abc');
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(content));
    return use(folder);
  });
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

describe('readArtifacts', () => {
  it('gives the manifest, the vocabulary and the path of the model of a sound folder', async () => {
    await withRelease(async (folder) => {
      const artifacts = await readArtifacts(folder);

      expect(artifacts.manifest.version).toBe('2026.12.1');
      expect(artifacts.vocab).toEqual(Buffer.from('abc'));
      expect(artifacts.modelPath).toBe(path.join(folder, 'model.onnx'));
      expect(artifacts.modelBytes).toBeUndefined();
    });
  });

  it('takes the prepared model where the manifest lists one, checked as well', async () => {
    const file = { sha256: ABC, bytes: 3 };
    const content = { ...manifest(), files: { 'model.ort': file, 'vocab.txt': file } };
    await withRelease(async (folder) => {
      await writeFile(path.join(folder, 'model.ort'), 'abc');
      const { modelPath, modelBytes } = await readArtifacts(folder);
      await writeFile(path.join(folder, 'model.ort'), 'abd');
      const error = await failureOf(readArtifacts(folder));

      expect(modelPath).toBe(path.join(folder, 'model.ort'));
      expect(modelBytes).toEqual(Buffer.from('abc'));
      expect(String(error)).toContain('model.ort is not the file of the manifest');
    }, content);
  });

  it.each(['model.onnx', 'vocab.txt', 'manifest.json'])(
    'names %s where it is missing, and what to set',
    async (file) => {
      const error = await withRelease(async (folder) => {
        await rm(path.join(folder, file));
        return failureOf(readArtifacts(folder));
      });

      expect(error).toBeInstanceOf(ModelArtifactError);
      expect(String(error)).toContain(`${file} cannot be read: set MODEL_DIR`);
    },
  );

  it.each(['model.onnx', 'vocab.txt'])('names %s where one byte differs', async (file) => {
    const error = await withRelease(async (folder) => {
      await writeFile(path.join(folder, file), 'abd');
      return failureOf(readArtifacts(folder));
    });

    expect(error).toBeInstanceOf(ModelArtifactError);
    expect(String(error)).toContain(`${file} is not the file of the manifest`);
    expect(String(error)).toContain(`the manifest says ${ABC}`);
  });

  it('refuses a file that the manifest does not list', async () => {
    const content = { ...manifest(), files: { 'vocab.txt': { sha256: ABC, bytes: 3 } } };

    const error = await withRelease((folder) => failureOf(readArtifacts(folder)), content);

    expect(error).toBeInstanceOf(ModelArtifactError);
    expect(String(error)).toContain('the manifest says nothing');
  });

  it('refuses a folder that is not there', async () => {
    const error = await inTempFolder((folder) => failureOf(readArtifacts(path.join(folder, 'nowhere'))));

    expect(error).toBeInstanceOf(ModelArtifactError);
  });
});

describe('a file that cannot be read', () => {
  const FILES = ['model.onnx', 'vocab.txt', 'manifest.json'];
  // Reading the first page of a process's memory fails with EIO, on Linux.
  const itWithEio = existsSync('/proc/self/mem') ? it : it.skip;

  itWithEio.each(FILES)('is no damage where the disk fails for %s: the next request tries again', async (file) => {
    const error = await withRelease(async (folder) => {
      await rm(path.join(folder, file));
      await symlink('/proc/self/mem', path.join(folder, file));
      return failureOf(readArtifacts(folder));
    });

    expect(error).toBeInstanceOf(ModelUnavailableError);
    expect(String(error)).toContain(`${file} could not be read`);
    expect((error as ModelUnavailableError).cause).toMatchObject({ code: 'EIO' });
  });

  it.each(FILES)('is missing where %s is a folder', async (file) => {
    const error = await withRelease(async (folder) => {
      await rm(path.join(folder, file));
      await mkdir(path.join(folder, file));
      return failureOf(readArtifacts(folder));
    });

    expect(error).toBeInstanceOf(ModelArtifactError);
  });

  it('is missing where the folder is a file', async () => {
    const error = await withRelease((folder) => failureOf(readArtifacts(path.join(folder, 'vocab.txt'))));

    expect(error).toBeInstanceOf(ModelArtifactError);
  });
});

describe('readManifest', () => {
  it.each([0, 2, '1', null])('refuses the manifest version %p and says which it reads', async (manifestVersion) => {
    const content = { ...manifest(), manifestVersion };

    const error = await withRelease((folder) => failureOf(readManifest(folder)), content);

    expect(error).toBeInstanceOf(ModelArtifactError);
    expect(String(error)).toContain(`has manifestVersion ${JSON.stringify(manifestVersion)}, and this code reads 1`);
  });

  it('refuses what is not JSON', async () => {
    const error = await withRelease(async (folder) => {
      await writeFile(path.join(folder, 'manifest.json'), '{"manifestVersion": 1');
      return failureOf(readManifest(folder));
    });

    expect(error).toBeInstanceOf(ModelArtifactError);
    expect(String(error)).toContain('manifest.json is not JSON');
  });

  const { ingredient, source, categories } = tasks();
  it.each<[string, unknown]>([
    ['is an array', []],
    ['is null', null],
    ['has no version', { ...manifest(), version: undefined }],
    ['has a version with letters', { ...manifest(), version: '2026.12.1-rc1' }],
    ['has no maximum length', { ...manifest(), maxTokens: undefined }],
    ['has no files', { ...manifest(), files: null }],
    ['has no tasks', { ...manifest(), tasks: undefined }],
    ['lacks a task', { ...manifest(), tasks: { ingredient, source } }],
    ['lacks labels', { ...manifest(), tasks: { ingredient: { ...ingredient, labels: [] }, source, categories } }],
    [
      'has a temperature of 0',
      { ...manifest(), tasks: { ingredient: { ...ingredient, temperature: 0 }, source, categories } },
    ],
    [
      'lacks the risk labels',
      { ...manifest(), tasks: { ingredient, source: { ...source, riskLabels: undefined }, categories } },
    ],
    [
      'lacks the bound of the risk',
      { ...manifest(), tasks: { ingredient, source: { ...source, reviewRiskFrom: undefined }, categories } },
    ],
    [
      'lacks the bias',
      { ...manifest(), tasks: { ingredient, source, categories: { ...categories, bias: undefined } } },
    ],
    [
      'lacks the thresholds',
      { ...manifest(), tasks: { ingredient, source, categories: { ...categories, thresholds: undefined } } },
    ],
    [
      'lacks the threshold of one label',
      { ...manifest(), tasks: { ingredient, source, categories: { ...categories, thresholds: { spice: 0.5 } } } },
    ],
  ])('refuses a manifest that %s', async (_what, content) => {
    const error = await withRelease((folder) => failureOf(readManifest(folder)), content);

    expect(error).toBeInstanceOf(ModelArtifactError);
    expect(String(error)).toContain('use the manifest that the release came with');
  });
});
