/**
 * An answer as a row of a table, for CSV: one column a fact, the surest label first.
 */
import type { Answer, Problem } from './types';

export const TABLE_COLUMNS = [
  'name',
  'ingredient',
  'ingredient_confidence',
  'source',
  'source_confidence',
  'categories',
  'category_confidences',
  'needs_review',
  'origin',
  'model',
  'error',
] as const;

/**
 * What a spreadsheet would take for a formula, the wide forms of East Asian input too: a cell that begins so needs an apostrophe in front.
 * A plain number does no harm.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export const FORMULA = /^(?![-+]?[\d.,]+$)[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

type Row = Record<(typeof TABLE_COLUMNS)[number], string>;

/** The label and confidence of an answer, whatever the types of its labels. */
interface Labelled {
  readonly label: string;
  readonly confidence: number;
}

export type Tabular = Pick<Answer, 'name' | 'origin' | 'model' | 'needsReview'> & {
  readonly ingredient: Labelled;
  readonly source: Labelled | null;
  readonly categories: readonly Labelled[];
};

/** A cell for each of TABLE_COLUMNS; several values in one are parted by "; ". */
export function toTableRow(
  result: Tabular | { readonly name: string; readonly error: Pick<Problem, 'code' | 'detail'> },
): Row {
  if ('error' in result) {
    const empty = Object.fromEntries(TABLE_COLUMNS.map((column) => [column, ''])) as Row;
    return { ...empty, name: result.name, error: `${result.error.code}: ${result.error.detail}` };
  }
  const { name, ingredient, source, categories, needsReview, origin, model } = result;
  return {
    name,
    ingredient: ingredient.label,
    ingredient_confidence: String(ingredient.confidence),
    source: source?.label ?? '',
    source_confidence: source === null ? '' : String(source.confidence),
    categories: categories.map(({ label }) => label).join('; '),
    category_confidences: categories.map(({ confidence }) => String(confidence)).join('; '),
    needs_review: needsReview.join('; '),
    origin,
    model,
    error: '',
  };
}
