/**
 * Google's client libraries look for a metadata server outside this machine before their first call, also where that call goes to an
 * emulator: two seconds and a warning, or a request that a strict network reports.
 */

const VARIABLE = 'METADATA_SERVER_DETECTION';

/** Makes the client libraries of this process look for none; leaves what a user has set. */
export function lookForNoMetadataServer(): void {
  // The libraries have no option for it.
  if ((process.env[VARIABLE] ?? '') === '') {
    process.env[VARIABLE] = 'none';
  }
}
