import vm from 'node:vm';

import { build } from 'esbuild';

import { withEagerModules } from '../../../local/package/eager';

const MODULES: Readonly<Record<string, string>> = {
  './entry': `
    const { add, self } = require('./add');
    const { counter } = require('./counter');
    counter.count += 1;
    module.exports = { sum: add(1, 2), self, count: require('./counter').counter.count, late: () => require('./late') };`,
  './add': `'use strict'; exports.self = (() => this === exports)(); exports.add = (a, b) => a + b;`,
  './counter': `exports.counter = { count: 0 };`,
  './late': `module.exports = ({ f = (a) => a } = {}) => f('late');`,
  './esm': `export const plain = [1, 2].map((n, i) => () => n + i).map((f) => f()); export default plain;`,
};

async function bundle(entry: string, keepNames: boolean): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `module.exports = require('${entry}');` },
    ...{ bundle: true, write: false, platform: 'node', format: 'cjs', minify: true, lineLimit: 200, keepNames },
    plugins: [
      {
        name: 'modules',
        setup: (plugin) => {
          plugin.onResolve({ filter: /^\.\// }, ({ path }) => ({ path, namespace: 'test' }));
          plugin.onLoad({ filter: /.*/, namespace: 'test' }, ({ path }) => ({ contents: MODULES[path]! }));
        },
      },
    ],
  });
  return outputFiles[0]!.text;
}

function exportsOf(text: string): unknown {
  const module = { exports: {} };
  vm.runInNewContext(text, { module, exports: module.exports, require });
  return module.exports;
}

describe('withEagerModules', () => {
  it.each([
    ['without', false],
    ['with', true],
  ])('marks every CommonJS module as called at once, in a bundle %s names', async (_how, keepNames) => {
    const text = await bundle('./entry', keepNames);

    const eager = withEagerModules(text);

    expect(eager.match(/\(\(function\(/g)).toHaveLength(4);
    expect(withEagerModules(eager)).toBe(eager);
  });

  it.each([
    ['without', false],
    ['with', true],
  ])('leaves what the modules export, in a bundle %s names', async (_how, keepNames) => {
    const eager = exportsOf(withEagerModules(await bundle('./entry', keepNames))) as { late: () => () => string };

    expect(eager).toMatchObject({ sum: 3, self: true, count: 1 });
    expect(eager.late()()).toBe('late');
  });

  it('leaves alone what is no CommonJS module', async () => {
    const text = await bundle('./esm', true);

    expect(withEagerModules(text)).toBe(text);
    expect(exportsOf(text)).toMatchObject({ plain: [1, 3] });
  });
});
