/**
 * Names out of what people paste, and a table out of the answers. The page's door to papaparse.
 */
import Papa from 'papaparse';

import { FORMULA, type NameResult, TABLE_COLUMNS, toTableRow } from '../client';

export interface Table {
  /** What each column is called: its header, or "Column 2". */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The column that names are likely in. */
  readonly likely: number;
}

const LIKELY_HEADER = /^(ingredients?|names?|ingredient[ _-]?names?|product([ _-]?name)?|items?|foods?|text)$/i;
const SAMPLE = 50;

/** A file's text; undefined where it is not UTF-8, of which a more patient decoder would make other names. */
export function textOfBytes(bytes: ArrayBuffer | Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The lines that are not blank. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The text that `linesOf` reads as these names: a cell's line break is a space, which means the same to the service. */
export function textOf(names: readonly string[]): string {
  return names.map((name) => name.replaceAll(/[\r\n]+/g, ' ')).join('\n');
}

/**
 * The table in a text; undefined where it is a plain list.
 *
 * A list may hold commas ("salt, flaky"): a table has as many cells in each row, and at least two.
 */
export function tableOf(text: string): Table | undefined {
  const rows = Papa.parse<string[]>(text.trim(), { skipEmptyLines: 'greedy' }).data;
  const width = rows[0]?.length ?? 0;
  if (width < 2 || rows.length < 2 || rows.slice(0, SAMPLE).some((row) => row.length !== width)) {
    return undefined;
  }
  const [first, ...rest] = rows as [string[], ...string[][]];
  const named = first.findIndex((cell) => LIKELY_HEADER.test(cell.trim()));
  if (named === -1) {
    return { columns: first.map((_, index) => `Column ${index + 1}`), rows, likely: mostVaried(rows, width) };
  }
  return { columns: first.map((cell, index) => cell.trim() || `Column ${index + 1}`), rows: rest, likely: named };
}

/** The names of a column. */
export function namesOfColumn({ rows }: Table, column: number): string[] {
  return rows.map((row) => (row[column] ?? '').trim()).filter((name) => name !== '');
}

/** Without a header, names are the column of words that repeats itself least. */
function mostVaried(rows: readonly (readonly string[])[], width: number): number {
  const scores = Array.from({ length: width }, (_, column) => {
    const cells = rows.slice(0, SAMPLE).map((row) => row[column] ?? '');
    return new Set(cells.filter((cell) => /\p{L}{2}/u.test(cell))).size;
  });
  return scores.indexOf(Math.max(...scores));
}

/** Answers as CSV (RFC 4180). What a spreadsheet would take for a formula is made text by an apostrophe in front. */
export function toCsv(results: readonly NameResult[]): string {
  const rows = results.map((result) => {
    const row = toTableRow(result);
    return TABLE_COLUMNS.map((column) => row[column]);
  });
  return `${Papa.unparse([[...TABLE_COLUMNS], ...rows], { escapeFormulae: FORMULA, newline: '\r\n' })}\r\n`;
}
