/**
 * The names of the labels, which clients and reviews rely on, and what makes three of them consistent.
 *
 * The release's manifest has the same names in its own order; a test compares the two.
 */
import type { Labels } from './answer';

export const INGREDIENT_LABELS = ['ingredient', 'not_ingredient'] as const;

export const SOURCE_LABELS = ['dead_animal', 'animal_product', 'plant', 'other'] as const;

export const CATEGORY_LABELS = [
  ...(['vegetable', 'fruit', 'legume', 'grain', 'nut', 'seed', 'herb', 'spice', 'mushroom', 'seaweed'] as const),
  ...(['meat', 'poultry', 'fish', 'shellfish', 'egg', 'dairy', 'fat_oil', 'sweetener', 'condiment'] as const),
  ...(['beverage', 'alcohol', 'bakery', 'pasta', 'confectionery', 'additive', 'substitute', 'dish'] as const),
] as const;

export type IngredientLabel = (typeof INGREDIENT_LABELS)[number];
export type SourceLabel = (typeof SOURCE_LABELS)[number];
export type CategoryLabel = (typeof CATEGORY_LABELS)[number];

/** What a person decided: `not_ingredient` has no source and no categories, an `ingredient` has a source and at least one category. */
export interface ReviewLabels {
  readonly ingredient: IngredientLabel;
  readonly source: SourceLabel | null;
  /** The most fitting first. */
  readonly categories: readonly CategoryLabel[];
}

/** A person's labels as an answer has them: certain, and nothing left to look at. */
export function fromReview({ ingredient, source, categories }: ReviewLabels): Labels {
  const certain = (label: string) => ({ label, confidence: 1 });
  return {
    ingredient: certain(ingredient),
    source: source === null ? null : certain(source),
    categories: categories.map(certain),
    needsReview: [],
  };
}

/** The label names of an answer that a person gave. */
export function toReview({ ingredient, source, categories }: Labels): ReviewLabels {
  return {
    ingredient: ingredient.label as IngredientLabel,
    source: (source?.label ?? null) as SourceLabel | null,
    categories: categories.map(({ label }) => label as CategoryLabel),
  };
}

export function equalReviews(a: ReviewLabels, b: ReviewLabels): boolean {
  return (
    JSON.stringify([a.ingredient, a.source, a.categories]) === JSON.stringify([b.ingredient, b.source, b.categories])
  );
}
