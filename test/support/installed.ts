/**
 * Packages that only some tests or benchmarks need, each set with a lockfile of its own, installed when first asked for.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { ROOT } from './fixtures';
import { madeOnce } from './made-once';

/** Installs what package.json and package-lock.json of `source` name; returns the folder of its node_modules. */
export async function installed(source: string): Promise<string> {
  const lockfile = await readFile(path.join(ROOT, source, 'package-lock.json'));
  // Other versions, another folder: what is there already is never out of date.
  const hash = createHash('sha256').update(lockfile).digest('hex').slice(0, 8);
  const folder = path.join(ROOT, 'dist', `${path.basename(source)}-${hash}`);
  await madeOnce(folder, async (unfinished) => {
    await mkdir(unfinished, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
      await cp(path.join(ROOT, source, file), path.join(unfinished, file));
    }
    const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', options, { cwd: unfinished });
  });
  return path.join(folder, 'node_modules');
}
