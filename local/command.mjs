/**
 * Builds a command and runs it in this process, so that a signal to `npm start` reaches the server itself.
 *
 *   node local/command.mjs classify|dead-letters|package|reclassify|start|submit [ARGUMENT ...]
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const [name, ...rest] = process.argv.slice(2);

let esbuild;
try {
  esbuild = await import('esbuild');
} catch {
  console.error('Error: the packages are not installed: run npm ci first.');
  process.exit(1);
}

esbuild.buildSync({
  absWorkingDir: root,
  entryPoints: [`local/bin/${name}.ts`],
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  outbase: '.',
  outdir: 'dist',
  logLevel: 'warning',
});

const built = path.join(root, `dist/local/bin/${name}.js`);
process.argv = [process.argv[0], built, ...rest];
createRequire(import.meta.url)(built);
