/**
 * The Node.js versions that the package runs on, each a program of its own: npm packages, installed when a test first asks.
 */
import path from 'node:path';

import { installed } from './installed';

export const NODE_VERSIONS = [20, 22, 24] as const;
export type NodeVersion = (typeof NODE_VERSIONS)[number];

/** The path of a `node` of this version. */
export async function nodeProgram(version: NodeVersion): Promise<string> {
  return path.join(await installed('test/support/nodes'), `node-${version}/bin/node`);
}
