/**
 * Makes functions/lookup/playground-assets.ts of this folder: the page travels inside the function, wherever that is built.
 *
 *   node playground/build.mjs [--check]
 *
 * --check writes nothing and exits with 1 where the file is not what it would write.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const FOLDER = path.dirname(fileURLToPath(import.meta.url));
const TARGET = path.resolve(FOLDER, '../functions/lookup/playground-assets.ts');
const BROWSERS = ['chrome123', 'firefox120', 'safari17.5'];

/** The module's text. */
async function assetsModule() {
  const bundled = await build({
    absWorkingDir: FOLDER,
    entryPoints: ['app.ts', 'style.css'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: BROWSERS,
    charset: 'utf8',
    legalComments: 'none',
    outdir: 'out',
    write: false,
    logLevel: 'warning',
  });
  const made = (name) => bundled.outputFiles.find((file) => file.path.endsWith(name)).text;
  const html = (await readFile(path.join(FOLDER, 'index.html'), 'utf8')).replace(/\n\s+/g, '\n');
  const assets = {
    '/': html,
    '/playground/app.js': made('app.js'),
    '/playground/icon.svg': await readFile(path.join(FOLDER, 'icon.svg'), 'utf8'),
    '/playground/style.css': made('style.css'),
  };
  return `/** Made by \`npm run build:playground\` of playground/, which a test compares. By path. */
export const PLAYGROUND_ASSETS: Readonly<Record<string, string>> = ${JSON.stringify(assets, null, 2)};
`;
}

const made = await assetsModule();
if (!process.argv.includes('--check')) {
  await writeFile(TARGET, made);
} else if (made !== (await readFile(TARGET, 'utf8'))) {
  console.error('functions/lookup/playground-assets.ts is not made of this playground/: run npm run build:playground.');
  process.exitCode = 1;
}
