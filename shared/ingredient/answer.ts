/**
 * The answer that HTTP, the command line, events and Firestore share. Which layer answered is not part of it.
 */

export const TASKS = ['ingredient', 'source', 'categories'] as const;
export type Task = (typeof TASKS)[number];

/** `model`, or `review` where a person's labels stand. */
export type Origin = 'model' | 'review';

export interface Label {
  readonly label: string;
  /** Calibrated: of all answers with 0.9, nine in ten are right. 1 is a person's. */
  readonly confidence: number;
}

/** What was decided of a name, whoever decided it. */
export interface Labels {
  readonly ingredient: Label;
  /** Null for `not_ingredient`. */
  readonly source: Label | null;
  /** Sorted by confidence; empty for `not_ingredient`, else at least one. */
  readonly categories: readonly Label[];
  /** Tasks whose confidence is too low to act on by itself. */
  readonly needsReview: readonly Task[];
}

export interface Answer extends Labels {
  readonly name: string;
  readonly key: string;
  readonly model: string;
  readonly origin: Origin;
}

/** The answer's fields in the contract's order and nothing else, so that equal answers are equal bytes. */
export function toAnswer(name: string, answer: Omit<Answer, 'name'>): Answer {
  return {
    name,
    key: answer.key,
    ingredient: toLabel(answer.ingredient),
    source: answer.source === null ? null : toLabel(answer.source),
    categories: answer.categories.map(toLabel),
    needsReview: [...answer.needsReview],
    model: answer.model,
    origin: answer.origin,
  };
}

function toLabel({ label, confidence }: Label): Label {
  return { label, confidence };
}

/** Compares versions such as "2026.12.1" number by number: negative if `a` is older, 0 if equal. */
export function compareModelVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}
