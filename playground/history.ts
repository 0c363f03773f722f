/**
 * Names asked before, the latest first, kept in this browser with their answers: they can be read without a connection.
 */
import type { Answer } from '../client';

const STORAGE_KEY = 'ingredient-classifier-history';
const MOST = 24;

export interface Remembered {
  readonly answer: Answer;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export function readHistory(): Remembered[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isRemembered) : [];
  } catch {
    return []; // storage that is closed to us, or what another page left there
  }
}

export function remember(answer: Answer, at: number): void {
  write([{ answer, at }, ...readHistory().filter((other) => other.answer.key !== answer.key)].slice(0, MOST));
}

export function forgetAll(): void {
  write([]);
}

/** What was answered before to a name with the same letters. */
export function recall(name: string): Remembered | undefined {
  const wanted = name.trim().toLowerCase();
  return readHistory().find(({ answer }) => answer.name.toLowerCase() === wanted);
}

function write(history: readonly Remembered[]): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(history));
  } catch {
    // Full or closed: the page works without a memory.
  }
}

function isRemembered(value: unknown): value is Remembered {
  const { answer, at } = (value ?? {}) as Partial<Remembered>;
  return (
    typeof at === 'number' &&
    typeof answer?.name === 'string' &&
    typeof answer.key === 'string' &&
    typeof answer.ingredient.confidence === 'number' &&
    Array.isArray(answer.categories) &&
    Array.isArray(answer.needsReview)
  );
}
