/**
 * Names for a command: its arguments, or the lines of standard input where there are none.
 */

export const HELP_FLAGS = ['-h', '--help'];

/** Options (`--json`) and names; what follows `--` is a name even where it starts with a dash. */
export interface CommandLine {
  readonly flags: ReadonlySet<string>;
  readonly names: readonly string[];
}

/** @throws {RangeError} naming an option that is not known. */
export function parseCommandLine(args: readonly string[], known: readonly string[]): CommandLine {
  const end = args.indexOf('--');
  const before = end === -1 ? args : args.slice(0, end);
  const flags = before.filter((argument) => argument.startsWith('-'));
  const unknown = flags.find((flag) => !known.includes(flag) && !HELP_FLAGS.includes(flag));
  if (unknown !== undefined) {
    throw new RangeError(`unknown option ${unknown}; the options are ${[...known, ...HELP_FLAGS].join(', ')}`);
  }
  const names = before.filter((argument) => !argument.startsWith('-'));
  return { flags: new Set(flags), names: end === -1 ? names : [...names, ...args.slice(end + 1)] };
}

const NEWLINE = 0x0a;

/** The lines of a stream as bytes, without their line ends; node:readline would also split at U+2028. */
export async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
  }
  const last = Buffer.concat(parts);
  if (last.length > 0) {
    yield last;
  }
}

/** A line as text; undefined where it is not UTF-8. */
export function decodeLine(line: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return undefined;
  }
}

/** Gathers an iterable into arrays of at most `size`. */
export async function* chunks<T>(items: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length === size) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) {
    yield chunk;
  }
}
