/**
 * Names for a command: its arguments, or the lines of standard input where there are none.
 */
import { type IngredientName, parseName } from '../shared/ingredient/name';
import { InvalidNameError } from '../shared/platform/errors';
import { CommandError, UsageError } from './errors';

export const HELP_FLAGS = ['-h', '--help'];

/** Options (`--json`, `--column=name`) and names; what follows `--` is a name even where it starts with a dash. */
export interface CommandLine {
  readonly flags: ReadonlySet<string>;
  /** What stands behind the `=` of an option, or in the argument after it. */
  readonly values: ReadonlyMap<string, string>;
  readonly names: readonly string[];
}

/**
 * @param known options that stand alone.
 * @param valued options that take a value.
 * @throws {UsageError} naming an option that is not known, or lacks its value.
 */
export function parseCommandLine(
  args: readonly string[],
  known: readonly string[],
  valued: readonly string[] = [],
): CommandLine {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const names: string[] = [];
  const rest = [...args];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [option = '', ...value] = argument.split('=');
    if (argument === '--') {
      names.push(...rest.splice(0));
    } else if (!argument.startsWith('-')) {
      names.push(argument);
    } else if (known.includes(argument) || HELP_FLAGS.includes(argument)) {
      flags.add(argument);
    } else if (valued.includes(option)) {
      values.set(option, value.length > 0 ? value.join('=') : valueOf(option, rest.shift()));
    } else {
      const all = [...known, ...valued.map((name) => `${name}=…`), ...HELP_FLAGS];
      throw new UsageError(`unknown option ${argument}; the options are ${all.join(', ')}`);
    }
  }
  return { flags, values, names };
}

function valueOf(option: string, next: string | undefined): string {
  if (next === undefined) {
    throw new UsageError(`${option} lacks its value: write ${option}=…`);
  }
  return next;
}

const NEWLINE = 0x0a;
/** A name has at most some hundred; a file without line ends may not fit into memory. */
const MAX_LINE_BYTES = 1_000_000;

/**
 * The lines of a stream as bytes, without their line ends; node:readline would also split at U+2028.
 *
 * @throws {CommandError} for a line that is too long to be one.
 */
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
    if (parts.reduce((bytes, part) => bytes + part.length, 0) > MAX_LINE_BYTES) {
      throw new CommandError('a line has more than a million bytes: write one name a line');
    }
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
