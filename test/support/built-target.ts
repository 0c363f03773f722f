/**
 * A program of the tests, built into `dist/` as the package is: the Functions Framework loads it as it loads ours.
 */
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';

import { build } from 'esbuild';

import { ROOT } from './fixtures';

/** Builds `entry`, a path from the root; returns the folder, which the caller removes. */
export async function buildTarget(entry: string): Promise<string> {
  const folder = await mkdtemp(path.join(ROOT, 'dist/target-'));
  await build({
    ...{ entryPoints: [path.join(ROOT, entry)], outfile: path.join(folder, 'index.js') },
    ...{ bundle: true, packages: 'external', platform: 'node', target: 'node20', logLevel: 'warning' },
  });
  return folder;
}
