/**
 * `npm run classify`: labels for the arguments, for each line of standard input, or for a column of a table there.
 *
 * A table to a terminal, JSON Lines in input order to a pipe, or CSV. A bad line gives a line with `error`, and the rest go on. A list of
 * any length takes the same memory.
 */
import { once } from 'node:events';

import { readConfig } from '../shared/platform/config';
import { BATCH, type BulkClassifier, BulkLabeller, inBatches, type Text } from './bulk';
import { loadBulkClassifier } from './bulk-classifier';
import { readRows } from './csv';
import { CommandError, UsageError } from './errors';
import { type CommandLine, HELP_FLAGS, parseCommandLine, textsOf } from './lines';
import { csvFormat, type Format, JSON_LINES, TABLE } from './output';
import { Progress, sizeOfStdin } from './progress';

const USAGE = `Usage: npm run --silent classify -- [OPTION ...] [NAME ...]

Labels each NAME, or each line of standard input where there is none.
  --column=C   standard input is a table (CSV): its names are in the column C, which is a
               header, or the number of a column of a table without headers
  --csv        CSV: the table's own columns and the labels, or the names and the labels
  --json       JSON Lines also to a terminal
  --progress   how far it is, also where standard error is no terminal
Exit status: 0, or 1 if any name was not labelled, or 2 for a wrong option.
`;
/** What decoders write for what is not in their encoding. */
const REPLACEMENT = '\uFFFD';

/** A name to label, and the row of the table that it stands in. */
interface Item {
  readonly text: Text;
  readonly row?: readonly string[];
}

/** @param load what gives the labels. */
export async function main(
  args: readonly string[],
  load: () => Promise<BulkClassifier> = () => loadBulkClassifier(readConfig().modelDir),
): Promise<number> {
  const command = parseCommandLine(args, ['--csv', '--json', '--progress'], ['--column']);
  if (HELP_FLAGS.some((flag) => command.flags.has(flag))) {
    process.stdout.write(USAGE);
    return 0;
  }
  const column = command.values.get('--column');
  if (column !== undefined && command.names.length > 0) {
    throw new UsageError('--column and names exclude each other: leave one of them out');
  }
  const format = formatOf(command, column !== undefined);
  const labeller = new BulkLabeller(await load());
  const progress = progressOf(command);
  const stdin = progress?.counted(process.stdin) ?? process.stdin;
  if (command.names.length === 0 && process.stdin.isTTY) {
    process.stderr.write('Type names, one a line; Ctrl-D ends.\n');
  }
  if (column === undefined) {
    await write(format.head(undefined));
    return labelAll(itemsOf(textsOf(command.names, stdin)), labeller, format, progress);
  }
  const { header, items } = await readColumn(stdin, column);
  await write(format.head(header));
  return labelAll(items, labeller, format, progress);
}

function formatOf({ flags }: CommandLine, isTable: boolean): Format {
  if (flags.has('--csv') && flags.has('--json')) {
    throw new UsageError('--csv and --json exclude each other: leave one of them out');
  }
  if (flags.has('--csv')) {
    return csvFormat(isTable);
  }
  return flags.has('--json') || !process.stdout.isTTY ? JSON_LINES : TABLE;
}

/** Not where the results scroll through the same terminal. */
function progressOf({ flags, names }: CommandLine): Progress | undefined {
  const isWanted = flags.has('--progress') || (process.stderr.isTTY && !process.stdout.isTTY && names.length === 0);
  return isWanted ? new Progress((text) => process.stderr.write(text), sizeOfStdin()) : undefined;
}

async function labelAll(
  items: AsyncGenerator<Item>,
  labeller: BulkLabeller,
  format: Format,
  progress: Progress | undefined,
): Promise<number> {
  let done = 0;
  let failed = false;
  for await (const batch of inBatches(items, BATCH)) {
    const results = await labeller.label(batch.map(({ text }) => text));
    failed ||= results.some((result) => 'error' in result);
    await write(results.map((result, index) => format.line({ result, row: batch[index]!.row })).join(''));
    done += batch.length;
    progress?.update(done);
  }
  progress?.end(done);
  return failed ? 1 : 0;
}

async function* itemsOf(texts: AsyncIterable<Text>): AsyncGenerator<Item> {
  for await (const text of texts) {
    yield { text };
  }
}

/**
 * The names of a column.
 *
 * @throws {CommandError} where the table has no such column.
 */
async function readColumn(
  stream: AsyncIterable<Buffer>,
  column: string,
): Promise<{ header: readonly string[]; items: AsyncGenerator<Item> }> {
  const rows = readRows(stream);
  const first = await rows.next();
  const top = first.done === true ? [] : first.value;
  if (/^[1-9]\d*$/.test(column) && !top.includes(column)) {
    const header = top.map((_, index) => `column_${index + 1}`);
    return { header, items: itemsOfRows(startingWith(first, rows), placeOf(column, Number(column) - 1, top)) };
  }
  const place = top.findIndex((cell) => cell.trim().toLowerCase() === column.trim().toLowerCase());
  return { header: top, items: itemsOfRows(rows, placeOf(column, place, top)) };
}

function placeOf(column: string, place: number, top: readonly string[]): number {
  if (place < 0 || place >= top.length) {
    const there = top.map((cell) => JSON.stringify(cell.slice(0, 40))).join(', ') || 'nothing';
    throw new CommandError(`the table has no column ${JSON.stringify(column)}: its first row holds ${there}`);
  }
  return place;
}

async function* startingWith<T>(first: IteratorResult<T, unknown>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done !== true) {
    yield first.value;
  }
  yield* rest;
}

async function* itemsOfRows(rows: AsyncIterable<readonly string[]>, place: number): AsyncGenerator<Item> {
  for await (const row of rows) {
    const text = row[place] ?? '';
    yield { text: text.includes(REPLACEMENT) ? undefined : text, row };
  }
}

/** Waits where the reader is slower: what it has not read yet would pile up in memory. */
async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) {
    await once(process.stdout, 'drain');
  }
}
