/**
 * A program that asks every method of a FirestoreStore at once and prints how each ended, one JSON line.
 *
 * On its own, since the client goes on with calls that the store has given up: in a test's process they would outlive the test.
 */
import { InvalidMessageError, StoreUnavailableError } from '../../shared/platform/errors';
import { readConfig } from '../../shared/platform/config';
import { FirestoreStore } from '../../shared/store/firestore-store';
import { aSubmission, classified } from './builders';

async function main(): Promise<void> {
  const { projectId, firestoreDatabase, firestoreEmulatorHost } = readConfig();
  const store = await FirestoreStore.open({
    projectId,
    database: firestoreDatabase,
    emulatorHost: firestoreEmulatorHost,
  });
  const calls = {
    get: store.get([classified().answer.key]),
    saveLookup: store.saveLookup(classified(), undefined, Infinity),
    saveSubmission: store.saveSubmission(classified(), aSubmission()),
    saveReclassification: store.saveReclassification(classified(), undefined),
    saveRejection: store.saveRejection({ data: Buffer.from('x'), reason: new InvalidMessageError('No.') }),
  };
  const outcomes = await Promise.all(
    Object.entries(calls).map(async ([method, call]) => {
      const error: unknown = await call.then(
        () => null,
        (reason: unknown) => reason,
      );
      const unavailable = error instanceof StoreUnavailableError;
      return [method, unavailable ? { code: error.code, retryable: error.retryable } : String(error)];
    }),
  );
  process.stdout.write(`${JSON.stringify(Object.fromEntries(outcomes))}\n`, () => process.exit(0));
}

void main();
