/**
 * Labels of the shipped 8-bit file against those of the same model in float32. The range of its weights is held by training/tests/test_shipped_model.py.
 *
 * The names were chosen by a hash, before quantising (training/scripts/make_fixtures.py); where the two differ, the fixture says so.
 */
import { parseName } from '../../shared/ingredient/name';
import { OnnxClassifier } from '../../shared/model/classifier';
import { MODEL_FOLDER, readFixture } from '../support/fixtures';

interface Golden {
  readonly name: string;
  readonly ingredient: string;
  readonly source: string | null;
  readonly categories: readonly string[];
  readonly int8Differs: readonly string[];
}

// Of 500 names: what quantising this release cost. A release that costs more is a decision, not a fixture to write anew.
const DIFFERENCES = { ingredient: 0, source: 1, categories: 13 };
// Hundreds of inferences, one name at a time, on a machine that may be busy with other tests.
const TIMEOUT_MS = 180_000;

const golden = readFixture<Golden>('golden.jsonl');

describe('the 8-bit model', () => {
  it(
    'gives 500 names the labels of float32, but for those that are listed',
    async () => {
      const classifier = await OnnxClassifier.load(MODEL_FOLDER);
      const unlisted: unknown[] = [];
      for (const expected of golden) {
        const [labels] = await classifier.classify([parseName(expected.name).normalName]);
        const actual = {
          ingredient: labels!.ingredient.label,
          source: labels!.source?.label ?? null,
          categories: labels!.categories.map(({ label }) => label).sort(),
        };
        for (const task of ['ingredient', 'source', 'categories'] as const) {
          const isSame = JSON.stringify(actual[task]) === JSON.stringify(expected[task]);
          if (isSame === expected.int8Differs.includes(task)) {
            unlisted.push({ name: expected.name, task, actual: actual[task], expected: expected[task] });
          }
        }
      }

      expect(golden).toHaveLength(500);
      expect(unlisted).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it('differs in no more of them than it did when it was released', () => {
    const listed = golden.flatMap(({ int8Differs }) => int8Differs);
    const count = (task: string) => listed.filter((one) => one === task).length;

    expect({
      ingredient: count('ingredient'),
      source: count('source'),
      categories: count('categories'),
    }).toEqual(DIFFERENCES);
  });
});
