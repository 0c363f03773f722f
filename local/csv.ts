/**
 * Tables of other people: rows of a stream, and a row as text. The command's door to papaparse.
 */
import { Readable } from 'node:stream';

import Papa from 'papaparse';

import { FORMULA } from '../client';
import { CommandError } from './errors';

/** UTF-16 units of one row. A quote that is never closed makes one row of the rest of a file, which may not fit into memory. */
const MAX_ROW_UNITS = 1_000_000;

/**
 * The rows of a stream of CSV (RFC 4180); which delimiter it has is told from its beginning.
 *
 * What is not UTF-8 is read as U+FFFD.
 *
 * @throws {CommandError} for a row that is too long to be one.
 */
export async function* readRows(stream: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  let unitsSinceRow = 0;
  async function* texts(): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      unitsSinceRow += text.length;
      if (unitsSinceRow > MAX_ROW_UNITS + text.length) {
        throw new CommandError('a row has more than a million characters: close the quote in it');
      }
      yield text;
    }
    yield decoder.decode();
  }
  const parser = Papa.parse(Papa.NODE_STREAM_INPUT, { skipEmptyLines: 'greedy' });
  const source = Readable.from(texts());
  source.on('error', (error) => parser.destroy(error));
  for await (const cells of source.pipe(parser) as AsyncIterable<string[]>) {
    unitsSinceRow = 0;
    yield cells;
  }
}

/** A line of CSV, with its end. What a spreadsheet would take for a formula gets an apostrophe in front. */
export function toCsvLine(cells: readonly string[]): string {
  return `${Papa.unparse([[...cells]], { escapeFormulae: FORMULA })}\n`;
}
