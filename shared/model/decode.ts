/**
 * From logits to labels with calibrated confidences, and to the tasks that a person should look at.
 *
 * Agrees with training/ingredients/runtime.py: test/parity compares the answers.
 *
 * @see Guo et al. 2017 (arXiv:1706.04599) for temperature scaling
 */
import type { Label, Labels, Task } from '../ingredient/answer';
import type { CategoriesManifest, Manifest, SourceManifest } from './artifacts';
import type { Confidences } from './explain';
import type { Logits } from './session';

// 1 is a person's: a model is never certain.
const MAX_CONFIDENCE = 0.9999;
const PRECISION = 1e4;

/** Softmax of logits / temperature. */
export function softmax(logits: Float32Array, temperature: number): Float64Array {
  const result = new Float64Array(logits.length);
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity) / temperature;
  let sum = 0;
  for (let i = 0; i < logits.length; i += 1) {
    const power = Math.exp(logits[i]! / temperature - largest);
    result[i] = power;
    sum += power;
  }
  return result.map((power) => power / sum);
}

/** Sigmoid of logits / temperature + bias, element by element. */
export function sigmoid(logits: Float32Array, temperature: number, bias: number): Float64Array {
  return Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-(logit / temperature + bias))));
}

type Probabilities = Readonly<Record<Task, Float64Array>>;

/** Reads rows of logits by a manifest's calibration and bounds. */
export class Decoder {
  readonly #tasks: Manifest['tasks'];

  constructor(tasks: Manifest['tasks']) {
    this.#tasks = tasks;
  }

  /** The labels of each row of a batch. */
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
    const ingredient = best(p, tasks.ingredient.labels);
    const needsReview: Task[] = Math.max(...p) < tasks.ingredient.reviewBelow ? ['ingredient'] : [];
    if (ingredient.label === 'not_ingredient') {
      return { ingredient, source: null, categories: [], needsReview };
    }
    if (sourceNeedsReview(source, tasks.source)) {
      needsReview.push('source');
    }
    const { labels, certainty } = chooseCategories(categories, tasks.categories);
    if (certainty < tasks.categories.reviewBelow) {
      needsReview.push('categories');
    }
    return { ingredient, source: best(source, tasks.source.labels), categories: labels, needsReview };
  }
}

function best(p: Float64Array, labels: readonly string[]): Label {
  const index = p.indexOf(Math.max(...p));
  return { label: labels[index]!, confidence: rounded(p[index]!) };
}

/** An animal food called plant is the error that hurts: the animal labels' probabilities count also where they lost. */
function sourceNeedsReview(p: Float64Array, task: SourceManifest): boolean {
  const chosen = p.indexOf(Math.max(...p));
  const isRisk = (index: number): boolean => task.riskLabels.includes(task.labels[index]!);
  const risk = p.reduce((sum, value, index) => sum + (isRisk(index) ? value : 0), 0);
  return p[chosen]! < task.reviewBelow || (!isRisk(chosen) && risk >= task.reviewRiskFrom);
}

/** The labels above their thresholds (the best one if none is), and the probability that each of all labels is on its side. */
function chooseCategories(p: Float64Array, task: CategoriesManifest): { labels: Label[]; certainty: number } {
  const picked = [...p].map((value, index) => value >= task.thresholds[task.labels[index]!]!);
  if (!picked.includes(true)) {
    picked[p.indexOf(Math.max(...p))] = true;
  }
  const certainty = p.reduce((product, value, index) => product * (picked[index] ? value : 1 - value), 1);
  const order = [...p.keys()].filter((index) => picked[index]);
  order.sort((a, b) => p[b]! - p[a]! || a - b);
  const labels = order.map((index) => ({
    label: task.labels[index]!,
    confidence: rounded(p[index]!),
  }));
  return { labels, certainty };
}

function rounded(probability: number): number {
  return Math.min(MAX_CONFIDENCE, Math.round(probability * PRECISION) / PRECISION);
}
