/**
 * A client of Firestore, or of its emulator.
 */
import type { Firestore } from '@google-cloud/firestore';

export interface FirestoreSettings {
  readonly projectId: string | undefined;
  readonly database: string;
  readonly emulatorHost: string | undefined;
}

/** Loads the client library, which takes 30 to 60 ms, and makes a client; it connects with its first call. */
export async function openClient({ projectId, database, emulatorHost }: FirestoreSettings): Promise<Firestore> {
  const { Firestore } = await import('@google-cloud/firestore');
  const project = projectId ?? (emulatorHost === undefined ? undefined : 'local');
  return new Firestore({ databaseId: database, ...(project === undefined ? {} : { projectId: project }) });
}
