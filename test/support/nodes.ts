/**
 * The Node.js versions that the package runs on, each a program of its own: npm packages, installed when a test first asks.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { ROOT } from './fixtures';
import { madeOnce } from './made-once';

export const NODE_VERSIONS = [20, 22, 24] as const;
export type NodeVersion = (typeof NODE_VERSIONS)[number];

const SOURCE = path.join(ROOT, 'test/support/nodes');
const LOCKFILE = readFileSync(path.join(SOURCE, 'package-lock.json'));
// Other versions, another folder: what is there already is never out of date.
const FOLDER = path.join(ROOT, `dist/nodes-${createHash('sha256').update(LOCKFILE).digest('hex').slice(0, 8)}`);

/** The path of a `node` of this version. */
export async function nodeProgram(version: NodeVersion): Promise<string> {
  await madeOnce(FOLDER, async (folder) => {
    await mkdir(folder, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
      await cp(path.join(SOURCE, file), path.join(folder, file));
    }
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  });
  return path.join(FOLDER, `node_modules/node-${version}/bin/node`);
}
