/**
 * `npm run classify`: labels for the arguments or for each line of standard input.
 *
 * A table to a terminal, JSON Lines in input order to a pipe. A bad line gives a line with `error`, and the rest go on.
 */
import { type Answer, type Label, toAnswer } from '../shared/ingredient/answer';
import type { IngredientName } from '../shared/ingredient/name';
import { OnnxClassifier } from '../shared/model/classifier';
import { readConfig } from '../shared/platform/config';
import { ServiceError } from '../shared/platform/errors';
import { HELP_FLAGS, nameOf, parseCommandLine, quoted, textsOf } from './lines';

const USAGE = `Usage: npm run --silent classify -- [--json] [NAME ...]

Labels each NAME, or each line of standard input where there is none.
  --json   JSON Lines also to a terminal
Exit status: 0, or 1 if any name was not labelled, or 2 for a wrong option.
`;
// What a bad line holds is for the eye: a file without line ends must not come back whole.
const MAX_SHOWN = 200;
const WIDTHS = [30, 16, 16, 40] as const;

interface BadName {
  readonly name: string;
  readonly error: { readonly code: string; readonly detail: string };
}

export async function main(args: readonly string[]): Promise<number> {
  const { flags, names } = parseCommandLine(args, ['--json']);
  if (HELP_FLAGS.some((flag) => flags.has(flag))) {
    process.stdout.write(USAGE);
    return 0;
  }
  const asJson = flags.has('--json') || !process.stdout.isTTY;
  const classifier = await OnnxClassifier.load(readConfig().modelDir);
  let failed = false;
  if (!asJson) {
    process.stdout.write(tableRow(['name', 'ingredient', 'source', 'categories', 'needs review']));
  }
  if (names.length === 0 && process.stdin.isTTY) {
    process.stderr.write('Type names, one a line; Ctrl-D ends.\n');
  }
  for await (const text of textsOf(names, process.stdin)) {
    const result = await classifyLine(text, classifier);
    failed ||= 'error' in result;
    process.stdout.write(asJson ? `${JSON.stringify(result)}\n` : toTableRow(result));
  }
  return failed ? 1 : 0;
}

async function classifyLine(text: string | undefined, classifier: OnnxClassifier): Promise<Answer | BadName> {
  const parsed = parseLine(text);
  if ('error' in parsed) {
    return parsed;
  }
  const { name, key, normalName } = parsed;
  const [labels] = await classifier.classify([normalName]);
  return toAnswer(name, { key, ...labels!, model: classifier.version, origin: 'model' });
}

function parseLine(text: string | undefined): IngredientName | BadName {
  try {
    return nameOf(text);
  } catch (error) {
    if (error instanceof ServiceError) {
      return { name: (text ?? '').slice(0, MAX_SHOWN), error: { code: error.code, detail: error.message } };
    }
    throw error;
  }
}

function toTableRow(result: Answer | BadName): string {
  if ('error' in result) {
    return tableRow([quoted(result.name), `error: ${result.error.detail}`]);
  }
  const percent = ({ label, confidence }: Label): string => `${label} ${Math.round(confidence * 100)}%`;
  const { name, ingredient, source, categories, needsReview } = result;
  return tableRow([
    name,
    percent(ingredient).replace('not_ingredient', 'no'),
    source === null ? '-' : percent(source),
    categories.map(percent).join(', ') || '-',
    needsReview.join(', '),
  ]);
}

function tableRow(cells: readonly string[]): string {
  return `${cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join(' ')
    .trimEnd()}\n`;
}
