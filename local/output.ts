/**
 * Results as text: a table for the eye, JSON Lines or CSV for programs.
 */
import { TABLE_COLUMNS, toTableRow } from '../client';
import type { Label } from '../shared/ingredient/answer';
import type { Result } from './bulk';
import { toCsvLine } from './csv';
import { quoted } from './lines';

const WIDTHS = [30, 16, 16, 40] as const;

/** A result and the row of the table that its name stood in, where it came from one. */
export interface Labelled {
  readonly result: Result;
  readonly row: readonly string[] | undefined;
}

export interface Format {
  /** What stands before the first result; `header` is that of the table that the names come from. */
  readonly head: (header: readonly string[] | undefined) => string;
  readonly line: (labelled: Labelled) => string;
}

export const JSON_LINES: Format = {
  head: () => '',
  line: ({ result }) => `${JSON.stringify(result)}\n`,
};

export const TABLE: Format = {
  head: () => tableLine(['name', 'ingredient', 'source', 'categories', 'needs review']),
  line: ({ result }) => toTableLine(result),
};

/** The rows that came, with columns more; or the names and those columns. */
export function csvFormat(isTable: boolean): Format {
  const columns = isTable ? TABLE_COLUMNS.filter((column) => column !== 'name') : TABLE_COLUMNS;
  let width = 0;
  return {
    head: (header = []) => {
      width = header.length;
      return toCsvLine([...header, ...columns.map((column) => (header.includes(column) ? `label_${column}` : column))]);
    },
    line: ({ result, row = [] }) => {
      const cells = toTableRow(result);
      // A row that is short of cells must not shift the labels into another column.
      const missing = Array<string>(Math.max(0, width - row.length)).fill('');
      return toCsvLine([...row, ...missing, ...columns.map((column) => cells[column])]);
    },
  };
}

function toTableLine(result: Result): string {
  if ('error' in result) {
    return tableLine([quoted(result.name), `error: ${result.error.detail}`]);
  }
  const percent = ({ label, confidence }: Label): string => `${label} ${Math.round(confidence * 100)}%`;
  const { name, ingredient, source, categories, needsReview } = result;
  return tableLine([
    name,
    percent(ingredient).replace('not_ingredient', 'no'),
    source === null ? '-' : percent(source),
    categories.map(percent).join(', ') || '-',
    needsReview.join(', '),
  ]);
}

function tableLine(cells: readonly string[]): string {
  return `${cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join(' ')
    .trimEnd()}\n`;
}
