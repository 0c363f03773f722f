/**
 * From logits to labels with calibrated confidences, and to the tasks that a person should look at.
 *
 * Agrees with training/ingredients/runtime.py: test/parity compares the answers.
 *
 * @see Guo et al. 2017 (arXiv:1706.04599) for temperature scaling
 */
import type { Label, Labels, Task } from '../ingredient/answer';
import { ModelUnavailableError } from '../platform/errors';
import type { Manifest } from './artifacts';
import type { Confidences } from './explain';
import type { Logits } from './session';

// 1 is a person's: a model is never certain.
const MAX_CONFIDENCE = 0.9999;
const PRECISION = 1e4;

/** Softmax of logits / temperature. */
export function softmax(logits: Float32Array, temperature: number): Float64Array {
  const result = new Float64Array(logits.length);
  const largest = logits[indexOfLargest(logits)]! / temperature;
  let sum = 0;
  for (let i = 0; i < logits.length; i += 1) {
    const power = Math.exp(logits[i]! / temperature - largest);
    result[i] = power;
    sum += power;
  }
  for (let i = 0; i < result.length; i += 1) {
    result[i]! /= sum;
  }
  return result;
}

/** Sigmoid of logits / temperature + bias, element by element. */
export function sigmoid(logits: Float32Array, temperature: number, bias: number): Float64Array {
  const result = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i += 1) {
    result[i] = 1 / (1 + Math.exp(-(logits[i]! / temperature + bias)));
  }
  return result;
}

type Probabilities = Readonly<Record<Task, Float64Array>>;

/** Reads rows of logits by a manifest's calibration and bounds. */
export class Decoder {
  readonly #tasks: Manifest['tasks'];
  /** By the index of a source's label. */
  readonly #isRisk: readonly boolean[];
  /** By the index of a category. */
  readonly #thresholds: readonly number[];

  constructor(tasks: Manifest['tasks']) {
    this.#tasks = tasks;
    const { source, categories } = tasks;
    this.#isRisk = source.labels.map((label) => source.riskLabels.includes(label));
    this.#thresholds = categories.labels.map((label) => categories.thresholds[label]!);
  }

  /** The labels of each row of a batch. @throws {ModelUnavailableError} where a logit is not a number. */
  decode(logits: Logits, rows: number): Labels[] {
    return this.#probabilities(logits, rows).map((row) => this.#decodeRow(row));
  }

  /** The confidence of every label, of each row of a batch. */
  confidences(logits: Logits, rows: number): Confidences[] {
    const named = (task: Task, row: Probabilities): ReadonlyMap<string, number> =>
      new Map(this.#tasks[task].labels.map((label, index) => [label, row[task][index]!]));
    return this.#probabilities(logits, rows).map((row) => ({
      ingredient: named('ingredient', row),
      source: named('source', row),
      categories: named('categories', row),
    }));
  }

  #probabilities(logits: Logits, rows: number): Probabilities[] {
    const { ingredient, source, categories } = this.#tasks;
    const cut = (task: Task, row: number): Float32Array => {
      const size = this.#tasks[task].labels.length;
      return logits[task].subarray(row * size, (row + 1) * size);
    };
    return Array.from({ length: rows }, (_, row) => ({
      ingredient: softmax(cut('ingredient', row), ingredient.temperature),
      source: softmax(cut('source', row), source.temperature),
      categories: sigmoid(cut('categories', row), categories.temperature, categories.bias),
    }));
  }

  #decodeRow({ ingredient: p, source, categories }: Probabilities): Labels {
    const tasks = this.#tasks;
    if (p.includes(NaN) || source.includes(NaN) || categories.includes(NaN)) {
      throw new ModelUnavailableError('The model gave no numbers.');
    }
    const first = indexOfLargest(p);
    const ingredient = toLabel(p, first, tasks.ingredient.labels);
    const needsReview: Task[] = p[first]! < tasks.ingredient.reviewBelow ? ['ingredient'] : [];
    if (ingredient.label === 'not_ingredient') {
      return { ingredient, source: null, categories: [], needsReview };
    }
    const chosen = indexOfLargest(source);
    if (this.#sourceNeedsReview(source, chosen)) {
      needsReview.push('source');
    }
    const { labels, certainty } = this.#chooseCategories(categories);
    if (certainty < tasks.categories.reviewBelow) {
      needsReview.push('categories');
    }
    return { ingredient, source: toLabel(source, chosen, tasks.source.labels), categories: labels, needsReview };
  }

  /** An animal food called plant is the error that hurts: the animal labels' probabilities count also where they lost. */
  #sourceNeedsReview(p: Float64Array, chosen: number): boolean {
    const { reviewBelow, reviewRiskFrom } = this.#tasks.source;
    let risk = 0;
    for (let i = 0; i < p.length; i += 1) {
      risk += this.#isRisk[i]! ? p[i]! : 0;
    }
    return p[chosen]! < reviewBelow || (!this.#isRisk[chosen]! && risk >= reviewRiskFrom);
  }

  /** The labels above their thresholds (the best one if none is), and the probability that each of all labels is on its side. */
  #chooseCategories(p: Float64Array): { labels: Label[]; certainty: number } {
    const picked: number[] = [];
    for (let i = 0; i < p.length; i += 1) {
      if (p[i]! >= this.#thresholds[i]!) {
        picked.push(i);
      }
    }
    if (picked.length === 0) {
      picked.push(indexOfLargest(p));
    }
    let certainty = 1;
    for (let i = 0; i < p.length; i += 1) {
      certainty *= picked.includes(i) ? p[i]! : 1 - p[i]!;
    }
    picked.sort((a, b) => p[b]! - p[a]! || a - b);
    return { labels: picked.map((index) => toLabel(p, index, this.#tasks.categories.labels)), certainty };
  }
}

function toLabel(p: Float64Array, index: number, labels: readonly string[]): Label {
  return { label: labels[index]!, confidence: rounded(p[index]!) };
}

/** Of equals the first. */
function indexOfLargest(values: Float32Array | Float64Array): number {
  let largest = 0;
  for (let i = 1; i < values.length; i += 1) {
    if (values[i]! > values[largest]!) {
      largest = i;
    }
  }
  return largest;
}

function rounded(probability: number): number {
  return Math.min(MAX_CONFIDENCE, Math.round(probability * PRECISION) / PRECISION);
}
