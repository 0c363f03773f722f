/**
 * `npm run reviews -- export`: what people decided, as rows for training/.
 *
 * Reads `.data/` also while `npm start` keeps it, Firestore's emulator where FIRESTORE_EMULATOR_HOST names one, and the project's Firestore
 * where `--cloud` asks for it.
 */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { toReview } from '../shared/ingredient/labels';
import { readConfig } from '../shared/platform/config';
import type { AnswerStore, IngredientRecord } from '../shared/store/answer-store';
import { FirestoreStore } from '../shared/store/firestore-store';
import { CommandError, UsageError } from './errors';
import { DATA_FOLDER, FileStore } from './file-store';
import { HELP_FLAGS, parseCommandLine } from './lines';
import { lookForNoMetadataServer } from './metadata-server';

const USAGE = `Usage: npm run reviews -- export [--cloud] [FOLDER]

Writes the names that people reviewed as rows for training, sorted by name: ingredients/reviews.tsv and
not_ingredients/reviews.tsv in FOLDER, which is training/data where it is left out. Reads ${DATA_FOLDER}/, or the Firestore
emulator at FIRESTORE_EMULATOR_HOST where that is set.
  --cloud  reads the Firestore of the project GOOGLE_CLOUD_PROJECT, or of the project that your credentials name
Exit status: 0, or 1 where reviews cannot be read or written, or 2 for a wrong option.
`;
const DEFAULT_FOLDER = 'training/data';
const PAGE_SIZE = 500;
/** Why a reviewed name is no ingredient, a review does not say. */
const REVIEWED_KIND = 'reviewed';

export async function main(args: readonly string[]): Promise<number> {
  const { flags, names: words } = parseCommandLine(args, ['--cloud']);
  if (HELP_FLAGS.some((flag) => flags.has(flag))) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [command, folder = DEFAULT_FOLDER, ...rest] = words;
  if (command !== 'export' || rest.length > 0) {
    throw new UsageError('say what to do: npm run reviews -- export [--cloud] [FOLDER]');
  }
  const rows = toRows(await readReviewed(flags.has('--cloud')));
  await write(path.join(folder, 'ingredients', 'reviews.tsv'), rows.ingredients);
  await write(path.join(folder, 'not_ingredients', 'reviews.tsv'), rows.notIngredients);
  const counts = `${rows.ingredients.length - 1} ingredients, ${rows.notIngredients.length - 1} other names`;
  process.stdout.write(`${counts} in ${folder}: check them with (cd training && python -m scripts.check_data)\n`);
  return 0;
}

/** The lines of both files, each with its header first. */
export function toRows(records: readonly IngredientRecord[]): {
  readonly ingredients: readonly string[];
  readonly notIngredients: readonly string[];
} {
  const named = records
    .map((record) => ({ name: record.normalName, ...toReview(record) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const ingredients = named.filter(({ ingredient }) => ingredient === 'ingredient');
  const others = named.filter(({ ingredient }) => ingredient === 'not_ingredient');
  return {
    ingredients: [
      'name\tsource\tcategories',
      ...ingredients.map(({ name, source, categories }) => `${name}\t${source ?? ''}\t${categories.join(',')}`),
    ],
    notIngredients: ['name\tkind', ...others.map(({ name }) => `${name}\t${REVIEWED_KIND}`)],
  };
}

async function readReviewed(isCloud: boolean): Promise<readonly IngredientRecord[]> {
  const { projectId, firestoreDatabase: database, firestoreEmulatorHost: emulatorHost } = readConfig();
  if (isCloud && emulatorHost !== undefined) {
    throw new UsageError('--cloud and FIRESTORE_EMULATOR_HOST exclude each other: leave one of them out');
  }
  if (!isCloud && emulatorHost === undefined) {
    return readEmbedded();
  }
  if (!isCloud) {
    lookForNoMetadataServer();
  }
  const store = await FirestoreStore.open({ projectId, database, emulatorHost });
  try {
    return await readPages(store);
  } finally {
    await store.close();
  }
}

async function readEmbedded(): Promise<readonly IngredientRecord[]> {
  const exists = await stat(DATA_FOLDER).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!exists) {
    throw new CommandError(`there is no ${DATA_FOLDER}/ here: review with npm start first, or read with --cloud`);
  }
  return FileStore.readReviewed(DATA_FOLDER);
}

async function readPages(store: AnswerStore): Promise<readonly IngredientRecord[]> {
  const records: IngredientRecord[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const page = await store.listReviewed(after ?? null, PAGE_SIZE);
    records.push(...page.records);
    after = page.next;
  }
  return records;
}

async function write(file: string, lines: readonly string[]): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  } catch (error) {
    throw new CommandError(`${file} cannot be written (${(error as Error).message}): name a folder that can be`);
  }
}
