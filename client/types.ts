/**
 * What the HTTP function takes and gives, as types. A test compares them with its OpenAPI document.
 */

export type Task = 'ingredient' | 'source' | 'categories';
export type IngredientLabel = 'ingredient' | 'not_ingredient';
export type SourceLabel = 'dead_animal' | 'animal_product' | 'plant' | 'other';
export type CategoryLabel =
  | 'vegetable'
  | 'fruit'
  | 'legume'
  | 'grain'
  | 'nut'
  | 'seed'
  | 'herb'
  | 'spice'
  | 'mushroom'
  | 'seaweed'
  | 'meat'
  | 'poultry'
  | 'fish'
  | 'shellfish'
  | 'egg'
  | 'dairy'
  | 'fat_oil'
  | 'sweetener'
  | 'condiment'
  | 'beverage'
  | 'alcohol'
  | 'bakery'
  | 'pasta'
  | 'confectionery'
  | 'additive'
  | 'substitute'
  | 'dish';

export interface Label<L extends string = string> {
  readonly label: L;
  /** Calibrated: of all answers with 0.9, about nine in ten are right. 1 is a person's. */
  readonly confidence: number;
}

export interface Answer {
  /** As asked, trimmed. */
  readonly name: string;
  /** Equal for names with one normal form. */
  readonly key: string;
  readonly ingredient: Label<IngredientLabel>;
  /** Null for `not_ingredient`. */
  readonly source: Label<SourceLabel> | null;
  /** The surest first; empty for `not_ingredient`, else at least one. */
  readonly categories: readonly Label<CategoryLabel>[];
  /** Tasks that nobody should act on without a look. */
  readonly needsReview: readonly Task[];
  /** The version of the model that answered. */
  readonly model: string;
  /** `review` where a person's labels stand. */
  readonly origin: 'model' | 'review';
}

/** A word's part in an answer: how much the confidence in each task's labels falls when it is left out, from -1 to 1. */
export interface WordParts {
  /** Of the normal form, in its order. */
  readonly word: string;
  readonly ingredient: number;
  readonly source: number;
  readonly categories: number;
}

export interface Explanation {
  /** Empty where a person's labels stand: no word has a part in them. */
  readonly words: readonly WordParts[];
  /** The names that the model was taught and that are nearest, where the release carries them. */
  readonly nearest?: readonly string[];
}

/** An answer and what it comes from. */
export interface ExplainedAnswer extends Answer {
  readonly why?: Explanation;
}

/** An error of the service (RFC 9457); `detail` says what to change, `code` is what programs match. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

/** A person's labels of a name, all three tasks. */
export type ReviewLabels =
  | {
      readonly ingredient: 'ingredient';
      readonly source: SourceLabel;
      /** At least one, the most fitting first. */
      readonly categories: readonly CategoryLabel[];
    }
  | { readonly ingredient: 'not_ingredient'; readonly source: null; readonly categories: readonly [] };

export interface LabelDescription {
  readonly label: string;
  readonly description: string;
}

/** Every label with a sentence, and the version of the model that chooses among them. */
export interface LabelSet {
  readonly model: string;
  readonly ingredient: readonly LabelDescription[];
  readonly source: readonly LabelDescription[];
  readonly categories: readonly LabelDescription[];
}

export interface ListQuery {
  readonly source?: SourceLabel | undefined;
  readonly category?: CategoryLabel | undefined;
  /** What the name begins with. */
  readonly prefix?: string | undefined;
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
}

export interface ListPage {
  readonly results: readonly Answer[];
  readonly nextPageToken?: string;
}
