/**
 * Files that tests read: the release's model, and what Python wrote.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(__dirname, '../..');
/** The Functions Framework's own program. */
export const FRAMEWORK = path.join(ROOT, 'node_modules/@google-cloud/functions-framework/build/src/main.js');
export const MODEL_FOLDER = process.env['MODEL_DIR'] ?? path.join(ROOT, 'model-artifacts');

/** The rows of a file of JSON lines in test/fixtures/. */
export function readFixture<T>(name: string): T[] {
  const text = readFileSync(path.join(ROOT, 'test/fixtures', name), 'utf8');
  // Not at U+2028: JSON leaves it as it is inside strings.
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
