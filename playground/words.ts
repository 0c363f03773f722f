/**
 * Labels in the words of people.
 */
import type { Answer, Task } from '../client';

const WORDS: Readonly<Record<string, string>> = {
  not_ingredient: 'Not an ingredient',
  ingredient: 'An ingredient',
  dead_animal: 'Dead animal',
  animal_product: 'Living animal',
  plant: 'Plant',
  other: 'Neither animal nor plant',
  fat_oil: 'Fat or oil',
};

export const QUESTIONS: Readonly<Record<Task, string>> = {
  ingredient: 'Is it an ingredient?',
  source: 'What does it come from?',
  categories: 'Where in the kitchen?',
};

export function wordsOf(label: string): string {
  return WORDS[label] ?? label.charAt(0).toUpperCase() + label.slice(1).replaceAll('_', ' ');
}

/** 99.8 %. Rounded down: a model is never as sure as a person, whose confidence alone is 100 %. */
export function percent(confidence: number): string {
  return confidence === 1 ? '100 %' : `${(Math.floor(confidence * 1000) / 10).toFixed(1)} %`;
}

/** 0.4 ms, 12 ms. */
export function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** What colours it: where it comes from, or that it is none. */
export function toneOf({ source }: Pick<Answer, 'source'>): string {
  return source?.label ?? 'none';
}

/** An answer in one sentence. */
export function sentenceOf({ name, ingredient, source, categories, needsReview, origin }: Answer): string {
  const by = origin === 'review' ? ', as a person decided' : '';
  const doubt = needsReview.length === 0 ? '' : ` Worth a look: ${needsReview.join(', ')}.`;
  if (source === null) {
    return `${name}: not an ingredient, ${percent(ingredient.confidence)}${by}.${doubt}`;
  }
  const shelves = categories.map(({ label }) => wordsOf(label).toLowerCase()).join(', ');
  return `${name}: an ingredient; from: ${wordsOf(source.label).toLowerCase()}, ${percent(source.confidence)}; ${shelves}${by}.${doubt}`;
}
