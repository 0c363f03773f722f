/**
 * Names in the batches that the service takes.
 */

/** Names that one batch takes. */
export const MAX_BATCH = 256;
/** Bytes of JSON in one batch, below the service's 512 kB. */
const MAX_BATCH_BYTES = 500_000;
/** UTF-16 units of what is sent of a name: one that is longer when trimmed has more than 120 characters, whatever they are. */
const MAX_NAME_UNITS = 1000;

/**
 * Cuts names into runs that keep both limits of a batch, in order.
 *
 * @param size a whole number from 1 to MAX_BATCH.
 * @param signal no more names are read once it is aborted.
 */
export async function* chunksOf(
  names: Iterable<string> | AsyncIterable<string>,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  let chunk: string[] = [];
  let bytes = 0;
  for await (const name of names) {
    if (signal.aborted) {
      return;
    }
    const added = bytesOf(sendable(name));
    if (chunk.length === size || (chunk.length > 0 && bytes + added > MAX_BATCH_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(name);
    bytes += added;
  }
  if (chunk.length > 0) {
    yield chunk;
  }
}

/** The part of a name that is sent: a pasted book stays too long to be a name when most of it stays here. */
export function sendable(name: string): string {
  const trimmed = name.trim();
  if (trimmed.length <= MAX_NAME_UNITS) {
    return trimmed;
  }
  const isPair = /[\uD800-\uDBFF]/.test(trimmed.charAt(MAX_NAME_UNITS - 1));
  return trimmed.slice(0, isPair ? MAX_NAME_UNITS - 1 : MAX_NAME_UNITS);
}

function bytesOf(name: string): number {
  // And a comma.
  return new TextEncoder().encode(JSON.stringify(name)).length + 1;
}
