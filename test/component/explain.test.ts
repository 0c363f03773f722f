/**
 * Explanations with the real model: what they rank first is what the model's own answers change by most.
 */
import type { Answer, Label, Labels, Task } from '../../shared/ingredient/answer';
import { parseName } from '../../shared/ingredient/name';
import { readManifest } from '../../shared/model/artifacts';
import { OnnxClassifier } from '../../shared/model/classifier';
import { type Confidences, Explainer, type WordParts, wordsOf } from '../../shared/model/explain';
import { TaughtNames } from '../../shared/model/taught';
import { MODEL_FOLDER, readFixture } from '../support/fixtures';

const COUNT = 200;
// Confidences and parts have four digits, and a model's confidence ends at 0.9999.
const TOLERANCE = 3e-4;

/** Names that Python answered, of two to six words. */
const NAMES = readFixture<Answer>('answers.jsonl')
  .map(({ name }) => parseName(name).normalName)
  .filter((name) => wordsOf(name).length >= 2 && wordsOf(name).length <= 6)
  .slice(0, COUNT);

/** Between which bounds the confidence in a label lies, as far as an answer tells: of another label's, the rest at most. */
function bounds(label: string, answered: Label | null): [least: number, most: number] {
  if (answered === null) {
    return [0, 1];
  }
  return answered.label === label ? [answered.confidence, answered.confidence] : [0, 1 - answered.confidence];
}

/** How far the answer moves, at least and at most. */
function move(label: Label, reduced: Label | null): { readonly least: number; readonly most: number } {
  const [least, most] = bounds(label.label, reduced);
  const isInside = label.confidence >= least && label.confidence <= most;
  const ends = [Math.abs(label.confidence - least), Math.abs(label.confidence - most)];
  return { least: isInside ? 0 : Math.min(...ends), most: Math.max(...ends) };
}

const without = (name: string, place: number): string =>
  wordsOf(name)
    .filter((_, index) => index !== place)
    .join(' ');

/** How far the confidence in the answer's categories moves, on average, when each word is taken away. */
function categoryMoves({ categories }: Labels, whole: Confidences, reduced: readonly Confidences[]): number[] {
  return reduced.map((without) => {
    const falls = categories.map(({ label }) => whole.categories.get(label)! - without.categories.get(label)!);
    return Math.abs(falls.reduce((sum, fall) => sum + fall, 0)) / falls.length;
  });
}

function first(words: readonly WordParts[], task: Task): number {
  const sizes = words.map((word) => Math.abs(word[task]));
  return sizes.indexOf(Math.max(...sizes));
}

describe('Explainer', () => {
  let classifier: OnnxClassifier;
  let explainer: Explainer;

  beforeAll(async () => {
    classifier = await OnnxClassifier.load(MODEL_FOLDER);
    explainer = new Explainer(() => Promise.resolve(classifier));
  });

  it(`ranks first what changes the answer most when it is taken away, for ingredient and source, on ${COUNT} names`, async () => {
    const wrong: unknown[] = [];
    const told = { ingredient: 0, source: 0 };
    for (const name of NAMES) {
      const [labels] = await classifier.classify([name]);
      const words = await explainer.explain(name, labels!);
      // By the model's answers, not by explanations.
      const reduced = await classifier.classify(words.map((_, place) => without(name, place)));
      for (const task of ['ingredient', 'source'] as const) {
        const label = labels![task];
        const moves = label === null ? [] : reduced.map((answer) => move(label, answer[task]));
        const top = moves[first(words, task)];
        told[task] += moves.some(({ least }) => least > TOLERANCE) ? 1 : 0;
        if (moves.some(({ least }) => least > top!.most + TOLERANCE)) {
          wrong.push({ name, task, words, moves });
        }
      }
    }

    expect(NAMES).toHaveLength(COUNT);
    // The answers must tell something: were none to change, any order would pass.
    expect(Math.min(told.ingredient, told.source)).toBeGreaterThan(COUNT / 4);
    expect(wrong).toEqual([]);
  }, 180_000);

  it(`ranks first what moves the categories most when it is taken away, on ${COUNT} names`, async () => {
    const wrong: unknown[] = [];
    let told = 0;
    for (const name of NAMES) {
      const [labels] = await classifier.classify([name]);
      const words = await explainer.explain(name, labels!);
      if (labels!.categories.length === 0) {
        continue;
      }
      // Each by itself, label by label.
      const [whole] = await classifier.confidences([name]);
      const reduced: Confidences[] = [];
      for (const place of words.keys()) {
        reduced.push(...(await classifier.confidences([without(name, place)])));
      }
      const moves = categoryMoves(labels!, whole!, reduced);
      told += Math.max(...moves) > TOLERANCE ? 1 : 0;
      if (Math.max(...moves) > moves[first(words, 'categories')]! + TOLERANCE) {
        wrong.push({ name, words, moves });
      }
    }

    expect(told).toBeGreaterThan(COUNT / 4);
    expect(wrong).toEqual([]);
  }, 180_000);

  it.each([
    ['oat milk', 'oat', 'source'],
    ['vegan mayonnaise', 'vegan', 'source'],
    ['poop cake', 'poop', 'ingredient'],
    ['smoked paprika', 'paprika', 'categories'],
  ] as const)('finds that %s rests on "%s" for its %s', async (name, word, task) => {
    const [labels] = await classifier.classify([name]);

    const words = await explainer.explain(name, labels!);

    expect(words.map((entry) => entry.word)).toEqual(name.split(' '));
    expect(words[first(words, task)]?.word).toBe(word);
    expect(words.find((entry) => entry.word === word)?.[task]).toBeGreaterThan(0);
  });

  it('compares a single word with no name at all', async () => {
    const [labels] = await classifier.classify(['turmeric']);

    const [turmeric, ...rest] = await explainer.explain('turmeric', labels!);

    expect(rest).toEqual([]);
    expect(turmeric?.categories).toBeGreaterThan(0);
  });
});

describe('the names that the shipped release was taught', () => {
  it('are nearest where a person would look for them', async () => {
    const taught = await TaughtNames.load(MODEL_FOLDER, await readManifest(MODEL_FOLDER));

    expect(taught?.nearest('tomatoe sause', 1)).toEqual(['tomatoe sauce']);
    expect(taught?.nearest('smoked paprika powder', 1)).toEqual(['smoked paprika']);
    expect(taught?.nearest('worcestershire sauce', 1)).toEqual(['worcestershire sauce']);
  });
});
