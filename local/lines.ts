/**
 * Names for a command: its arguments, or the lines of standard input where there are none.
 */
import { type IngredientName, parseName } from '../shared/ingredient/name';
import { InvalidNameError } from '../shared/platform/errors';
import { UsageError } from './errors';

export const HELP_FLAGS = ['-h', '--help'];

/** Options (`--json`) and names; what follows `--` is a name even where it starts with a dash. */
export interface CommandLine {
  readonly flags: ReadonlySet<string>;
  readonly names: readonly string[];
}

/** @throws {UsageError} naming an option that is not known. */
export function parseCommandLine(args: readonly string[], known: readonly string[]): CommandLine {
  const end = args.indexOf('--');
  const before = end === -1 ? args : args.slice(0, end);
  const flags = before.filter((argument) => argument.startsWith('-'));
  const unknown = flags.find((flag) => !known.includes(flag) && !HELP_FLAGS.includes(flag));
  if (unknown !== undefined) {
    throw new UsageError(`unknown option ${unknown}; the options are ${[...known, ...HELP_FLAGS].join(', ')}`);
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

/** The arguments, or the lines of `stream` where there are none; undefined for a line that is not UTF-8. */
export async function* textsOf(
  names: readonly string[],
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<string | undefined> {
  if (names.length > 0) {
    yield* names;
    return;
  }
  for await (const line of readLines(stream)) {
    yield decodeLine(line);
  }
}

/** @throws {InvalidNameError} for what `textsOf` gave that is no name. */
export function nameOf(text: string | undefined): IngredientName {
  if (text === undefined) {
    throw new InvalidNameError('The line is not UTF-8: convert the file.');
  }
  return parseName(text);
}

/** A text as JSON writes it, also without DEL and the control characters above it: a terminal would obey them. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
