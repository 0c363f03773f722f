/**
 * Values that tests start from: each builder is whole, and a test overrides what it is about.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { Answer, Labels } from '../../shared/ingredient/answer';
import { type IngredientName, parseName } from '../../shared/ingredient/name';
import type { Manifest } from '../../shared/model/artifacts';
import type { Classified, IngredientRecord, Submission } from '../../shared/store/answer-store';

export const NOW = new Date('2026-12-01T12:00:00.000Z');
export const LATER = new Date('2026-12-02T12:00:00.000Z');
export const MODEL = '2026.12.1';
/** Date.now() would move between arrange and assert: long past and long to come, for stores with a clock of their own. */
export const LONG_AGO = new Date('2001-01-01T00:00:00.000Z');
export const FAR_AHEAD = new Date('2201-01-01T00:00:00.000Z');

export const aName = (text = 'Smoked paprika'): IngredientName => parseName(text);

export function labels(overrides: Partial<Labels> = {}): Labels {
  return {
    ingredient: { label: 'ingredient', confidence: 0.998 },
    source: { label: 'plant', confidence: 0.991 },
    categories: [{ label: 'spice', confidence: 0.987 }],
    needsReview: [],
    ...overrides,
  };
}

export function anAnswer(overrides: Partial<Answer> = {}): Answer {
  const { name, key } = aName(overrides.name);
  return { name, key, ...labels(), model: MODEL, origin: 'model', ...overrides };
}

export function classified(overrides: Partial<Answer> = {}): Classified {
  return { answer: anAnswer(overrides), normalName: aName(overrides.name).normalName };
}

/** A document that was submitted: it stays for good. */
export function aRecord(overrides: Partial<IngredientRecord> = {}): IngredientRecord {
  return {
    ...anAnswer(overrides),
    normalName: aName(overrides.name).normalName,
    status: 'classified',
    ids: [],
    idCount: 0,
    submittedAt: NOW,
    createdAt: NOW,
    updatedAt: NOW,
    expireAt: null,
    modelAnswer: null,
    reviewCount: 0,
    ...overrides,
  };
}

/** A document that a person's labels stand in. */
export function aReview(overrides: Partial<IngredientRecord> = {}): IngredientRecord {
  return aRecord({
    status: 'reviewed',
    origin: 'review',
    ingredient: { label: 'ingredient', confidence: 1 },
    source: { label: 'animal_product', confidence: 1 },
    categories: [{ label: 'dairy', confidence: 1 }],
    modelAnswer: { ...labels(), model: overrides.model ?? MODEL },
    reviewCount: 1,
    ...overrides,
  });
}

export function aSubmission(overrides: Partial<Submission> = {}): Submission {
  return { id: undefined, submittedAt: NOW, ...overrides };
}

/** Tasks with few labels, no scaling, and bounds that are easy to reckon with. */
export function tasks(): Manifest['tasks'] {
  const bounds = { descriptions: {}, temperature: 1, reviewBelow: 0.7 };
  return {
    ingredient: { ...bounds, controlToken: '[I]', labels: ['ingredient', 'not_ingredient'] },
    source: {
      ...bounds,
      controlToken: '[S]',
      labels: ['dead_animal', 'animal_product', 'plant', 'other'],
      riskLabels: ['dead_animal', 'animal_product'],
      reviewRiskFrom: 0.125,
    },
    categories: {
      ...bounds,
      reviewBelow: 0.5,
      controlToken: '[C]',
      labels: ['spice', 'fruit', 'dairy'],
      bias: 0,
      thresholds: { spice: 0.5, fruit: 0.5, dairy: 0.5 },
    },
  };
}

/** A folder of the test's own, gone when `use` has ended. */
export async function inTempFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ingredient-classifier-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
