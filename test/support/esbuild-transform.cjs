/**
 * Jest's transform of TypeScript by esbuild, which builds the project too; types are checked by tsc.
 */
const { transformSync } = require('esbuild');

module.exports = {
  process(source, path) {
    return transformSync(source, {
      loader: 'ts',
      format: 'cjs',
      target: 'node20',
      // Jest's modules cannot import() without a flag; require() does the same here.
      supported: { 'dynamic-import': false },
      sourcemap: 'inline',
      sourcefile: path,
      // jest.setTimeout and the like are globals here; nothing is hoisted, as no module of ours is mocked.
      sourcesContent: false,
    });
  },
};
