/**
 * `npm run soak`: apart from `npm test`, since it takes minutes.
 */
const path = require('node:path');

const root = path.resolve(__dirname, '../..');

module.exports = {
  rootDir: root,
  displayName: 'soak',
  testEnvironment: '<rootDir>/test/support/node-environment.ts',
  transform: { '^.+\\.ts$': '<rootDir>/test/support/esbuild-transform.cjs' },
  testMatch: ['<rootDir>/test/soak/**/*.test.ts'],
  globalSetup: '<rootDir>/test/support/emulators-setup.ts',
  globalTeardown: '<rootDir>/test/support/emulators-teardown.ts',
};
