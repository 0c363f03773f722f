/**
 * How the entry point ends where it cannot serve, started by the Functions Framework's own main.
 */
import { cp, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { programFolder, type Ended } from '../support/command';
import { FRAMEWORK, MODEL_FOLDER, ROOT } from '../support/fixtures';
import { freePort } from '../support/owned-process';

const { folder, execute } = programFolder();

describe('the packaged entry point', () => {
  const serve = async (settings: Record<string, string>): Promise<Ended> => {
    const port = String(await freePort());
    const args = [FRAMEWORK, `--source=${ROOT}`, '--target=lookupIngredient', `--port=${port}`];
    return execute(args, { FUNCTION_TARGET: 'lookupIngredient', ...settings });
  };

  it('ends with 1 and a clear line where a model file is not the manifest’s', async () => {
    const damaged = path.join(folder(), 'damaged');
    await cp(MODEL_FOLDER, damaged, { recursive: true });
    await truncate(path.join(damaged, 'model.onnx'), 1000);

    const { status, stdout } = await serve({ MODEL_DIR: damaged });

    expect(status).toBe(1);
    expect(stdout).toContain('"code":"MODEL_ARTIFACT"');
    expect(stdout).toContain('model.onnx is not the file of the manifest');
  });

  it('ends with 1 where the manifest is of another version', async () => {
    const unknown = path.join(folder(), 'unknown');
    await cp(MODEL_FOLDER, unknown, { recursive: true });
    await writeFile(path.join(unknown, 'manifest.json'), '{"manifestVersion": 99}');

    const { status, stdout } = await serve({ MODEL_DIR: unknown });

    expect(status).toBe(1);
    expect(stdout).toContain('has manifestVersion 99, and this code reads 1');
  });

  it('ends with 1 and all that is wrong with its settings', async () => {
    const { status, stdout } = await serve({ MEMORY_CACHE_ENTRIES: '-1', CACHE_MAX_AGE_S: 'x' });

    expect(status).toBe(1);
    expect(stdout).toContain('MEMORY_CACHE_ENTRIES must be');
    expect(stdout).toContain('CACHE_MAX_AGE_S must be');
  });
});
