/**
 * Answers against what Python's reference gave on the same model file (training/scripts/make_fixtures.py).
 */
import type { Answer, Label } from '../../shared/ingredient/answer';
import { parseName } from '../../shared/ingredient/name';
import { OnnxClassifier } from '../../shared/model/classifier';
import { MODEL_FOLDER, readFixture } from '../support/fixtures';

// Kernels of different instruction sets round the last bits of float32 differently, and a rounded activation may then differ by a step.
const TOLERANCE = 0.002;
// Thousands of inferences, one name at a time, on a machine that may be busy with other tests.
const TIMEOUT_MS = 180_000;

const expected = readFixture<Answer>('answers.jsonl');

function labelsOf({ ingredient, source, categories, needsReview }: Omit<Answer, 'name' | 'key' | 'model' | 'origin'>) {
  return [ingredient.label, source?.label, categories.map(({ label }) => label).sort(), needsReview];
}

describe('OnnxClassifier', () => {
  let classifier: OnnxClassifier;

  beforeAll(async () => {
    classifier = await OnnxClassifier.load(MODEL_FOLDER);
  });

  it(
    'gives the labels that Python gives, with its confidences',
    async () => {
      const different: unknown[] = [];
      for (const answer of expected) {
        const { normalName, key } = parseName(answer.name);
        const [labels] = await classifier.classify([normalName]);

        const near = (mine: Label | null | undefined, theirs: Label | null | undefined): boolean =>
          Math.abs((mine?.confidence ?? 0) - (theirs?.confidence ?? 0)) <= TOLERANCE;
        const same =
          key === answer.key &&
          JSON.stringify(labelsOf(labels!)) === JSON.stringify(labelsOf(answer)) &&
          near(labels?.ingredient, answer.ingredient) &&
          near(labels?.source, answer.source) &&
          labels?.categories.every((category, index) => near(category, answer.categories[index]));
        if (!same) {
          different.push({ expected: answer, actual: labels });
        }
      }

      expect(expected.length).toBeGreaterThan(1_000);
      expect(different).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each([2, 3])(
    'gives the same labels with %i threads, to the last bit',
    async (threads) => {
      const names = expected.slice(0, 480).map(({ name }) => parseName(name).normalName);
      const parallel = await OnnxClassifier.load(MODEL_FOLDER, { threads });

      for (let first = 0; first < names.length; first += 16) {
        const batch = names.slice(first, first + 16);

        expect(await parallel.classify(batch)).toEqual(await classifier.classify(batch));
      }
    },
    TIMEOUT_MS,
  );

  it(
    'answers a name alike alone and in batches of mixed lengths, to the last bit',
    async () => {
      const names = expected.slice(0, 480).map(({ name }) => parseName(name).normalName);
      const alone = [];
      for (const name of names) {
        alone.push((await classifier.classify([name]))[0]);
      }

      for (const size of [2, 5, 32]) {
        const together = [];
        for (let start = 0; start < names.length; start += size) {
          together.push(...(await classifier.classify(names.slice(start, start + size))));
        }

        expect(together).toEqual(alone);
      }
    },
    TIMEOUT_MS,
  );
});
