/**
 * Tests run on the sources; the setup builds `dist/` once, for those that start processes.
 *
 * The browser has a project of its own, for its tests are slow and need a Chromium.
 *
 * The emulators have a project of their own: jest runs its globalSetup only when one of its tests is to run.
 */
const shared = {
  testEnvironment: '<rootDir>/test/support/node-environment.ts',
  // jose is published as ES modules alone, which jest does not load.
  transform: { '^.+\\.ts$|/node_modules/jose/.+\\.js$': '<rootDir>/test/support/esbuild-transform.cjs' },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
};

module.exports = {
  maxWorkers: 2,
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: 'tests',
      globalSetup: '<rootDir>/test/support/build-setup.ts',
      globalTeardown: '<rootDir>/test/support/build-teardown.ts',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      // Each of these has a project, or a command, of its own.
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(browser|emulator|soak)/'],
    },
    {
      ...shared,
      displayName: 'browser',
      testMatch: ['<rootDir>/test/browser/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/build-setup.ts',
    },
    {
      ...shared,
      displayName: 'emulator',
      testMatch: ['<rootDir>/test/emulator/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/emulators-setup.ts',
      globalTeardown: '<rootDir>/test/support/emulators-teardown.ts',
    },
  ],
};
