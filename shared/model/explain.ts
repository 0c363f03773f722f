/**
 * Each word's part in an answer, by leaving it out.
 *
 * The part of a word in a task is how much the model's confidence in the answer's labels falls when the word is not there: near 1 where the
 * answer rests on it, negative where it spoke against it. Of several categories it is the mean.
 *
 * @see Li, Monroe and Jurafsky 2016 (arXiv:1612.08220), "Understanding Neural Networks through Representation Erasure", section 3
 */
import { type Labels, type Task, TASKS } from '../ingredient/answer';
import { OverloadedError } from '../platform/errors';

/** The calibrated confidence of every label of every task, in the answer to one name. */
export type Confidences = Readonly<Record<Task, ReadonlyMap<string, number>>>;

/** What an explanation needs of a model: one result for each text, in order; an empty text is the name without words. */
export interface ConfidenceModel {
  confidences(texts: readonly string[]): Promise<Confidences[]>;
}

/** A word of the normal form, and its part in each task. */
export interface WordParts extends Readonly<Record<Task, number>> {
  readonly word: string;
}

// As the batcher's: a run holds the event loop.
const MAX_BATCH = 4;
const MAX_WAITING = 16;
const PRECISION = 1e4;

/** The words of a normal form: what white space stands between. */
export function wordsOf(normalName: string): string[] {
  return normalName.split(' ');
}

/** Explains answers one after the other, since each asks the model once a word. */
export class Explainer {
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param model asked for once an explanation, so that the first one may wait for the model to load. */
  constructor(
    private readonly model: () => Promise<ConfidenceModel>,
    private readonly maxWaiting = MAX_WAITING,
  ) {}

  /**
   * The part of each word, in the order of the name.
   *
   * @param labels the answer that is explained.
   * @throws {OverloadedError} at once, if too many explanations wait already.
   */
  async explain(normalName: string, labels: Labels): Promise<WordParts[]> {
    if (this.#waiting >= this.maxWaiting) {
      throw new OverloadedError('Too many explanations wait for the model: try again in a second.');
    }
    this.#waiting += 1;
    const explained = this.#turn.then(() => this.#explain(normalName, labels));
    this.#turn = explained.catch(() => undefined);
    return explained.finally(() => {
      this.#waiting -= 1;
    });
  }

  async #explain(normalName: string, labels: Labels): Promise<WordParts[]> {
    const words = wordsOf(normalName);
    const without = words.map((_, left) => words.filter((_word, place) => place !== left).join(' '));
    const [whole, ...rest] = await this.#confidences([normalName, ...without]);
    const answered = answeredLabels(labels);
    return words.map((word, index) => {
      const parts = TASKS.map((task) => [task, fall(whole![task], rest[index]![task], answered[task])]);
      return { word, ...(Object.fromEntries(parts) as Record<Task, number>) };
    });
  }

  async #confidences(texts: readonly string[]): Promise<Confidences[]> {
    const model = await this.model();
    const all: Confidences[] = [];
    for (let start = 0; start < texts.length; start += MAX_BATCH) {
      all.push(...(await model.confidences(texts.slice(start, start + MAX_BATCH))));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return all;
  }
}

function answeredLabels({ ingredient, source, categories }: Labels): Record<Task, readonly string[]> {
  return {
    ingredient: [ingredient.label],
    source: source === null ? [] : [source.label],
    categories: categories.map(({ label }) => label),
  };
}

/** How much the mean confidence in the labels falls; 0 where a task has no answer. */
function fall(
  whole: ReadonlyMap<string, number>,
  without: ReadonlyMap<string, number>,
  labels: readonly string[],
): number {
  const falls = labels.map((label) => whole.get(label)! - without.get(label)!);
  const mean = falls.reduce((sum, value) => sum + value, 0) / Math.max(1, falls.length);
  return Math.round(mean * PRECISION) / PRECISION + 0;
}
