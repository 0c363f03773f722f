/**
 * After the last test of test/emulator: stops the emulators that the setup started, and no others.
 */
import './emulators-setup';
import { removePackage } from './packaged';

export default async function tearDown(): Promise<void> {
  await Promise.all((globalThis.startedEmulators ?? []).map((emulator) => emulator.stop()));
  await removePackage();
}
