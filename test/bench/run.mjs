/**
 * Builds the benchmarks and the programs that they start, and runs them.
 *
 *   node test/bench/run.mjs [ARGUMENT ...]
 */
import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildSync } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const rows = readdirSync(path.join(root, 'test/bench/rows')).filter((file) => file.endsWith('.ts'));

buildSync({
  absWorkingDir: root,
  entryPoints: ['test/bench/main.ts', ...rows.map((file) => `test/bench/rows/${file}`)],
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  outbase: '.',
  outdir: 'dist',
  logLevel: 'warning',
  // The support modules find the project from where they stand.
  define: { __dirname: JSON.stringify(path.join(root, 'test/support')) },
});

createRequire(import.meta.url)(path.join(root, 'dist/test/bench/main.js'));
