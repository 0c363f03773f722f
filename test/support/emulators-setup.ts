/**
 * Before the first test of test/emulator: finds or starts the emulators, and builds what its child processes run.
 */
import build from './build-setup';
import { announce, type Emulator, EMULATORS, find, start } from './emulators';
import type { OwnedProcess } from './owned-process';

declare global {
  // The way from jest's globalSetup to its globalTeardown.
  var startedEmulators: OwnedProcess[] | undefined;
}

export default async function setUp(): Promise<void> {
  const started: OwnedProcess[] = [];
  globalThis.startedEmulators = started;
  const outcomes = await Promise.allSettled(EMULATORS.map((emulator) => provide(emulator, started)));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
  if (failures.length > 0) {
    // jest runs no teardown after a setup that failed
    await Promise.all(started.map((emulator) => emulator.stop()));
    throw new Error(failures.map(({ message }) => message).join('\n'));
  }
  build();
}

async function provide(emulator: Emulator, started: OwnedProcess[]): Promise<void> {
  const found = find(emulator);
  if ('program' in found) {
    const { host, process } = await start(emulator, found.program);
    started.push(process);
    announce(emulator, { host });
    return;
  }
  announce(emulator, found);
  if ('missing' in found) {
    const outcome = process.env['CI'] === 'true' ? 'FAILING' : 'SKIPPED';
    process.stderr.write(`\n${outcome}: tests that need the ${emulator} emulator: ${found.missing}.\n`);
  }
}
