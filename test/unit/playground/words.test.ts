import { milliseconds, percent, sentenceOf, wordsOf } from '../../../playground/words';
import type { Answer } from '../../../client';
import { anAnswer } from '../../support/builders';

describe('percent', () => {
  it.each([
    [0.9981, '99.8 %'],
    [0.9999, '99.9 %'],
    [1, '100 %'],
    [0.5, '50.0 %'],
    [0, '0.0 %'],
  ])('writes %s as %s: 100 %% is a person’s alone', (confidence, expected) => {
    expect(percent(confidence)).toBe(expected);
  });
});

describe('milliseconds', () => {
  it.each([
    [0.44, '0.4 ms'],
    [12.4, '12 ms'],
  ])('writes %s as %s', (ms, expected) => {
    expect(milliseconds(ms)).toBe(expected);
  });
});

describe('wordsOf', () => {
  it.each([
    ['animal_product', 'Living animal'],
    ['fat_oil', 'Fat or oil'],
    ['spice', 'Spice'],
  ])('says %s as %s', (label, words) => {
    expect(wordsOf(label)).toBe(words);
  });
});

describe('sentenceOf', () => {
  it('says all three answers and what to look at', () => {
    const answer = anAnswer({ name: 'nduja', needsReview: ['categories'] }) as Answer;

    expect(sentenceOf(answer)).toBe('nduja: an ingredient; from: plant, 99.1 %; spice. Worth a look: categories.');
  });

  it('says no more of what is no ingredient, and who decided', () => {
    const overrides = { name: 'cement', ingredient: { label: 'not_ingredient', confidence: 1 }, source: null } as const;
    const answer = anAnswer({ ...overrides, categories: [], origin: 'review' }) as Answer;

    expect(sentenceOf(answer)).toBe('cement: not an ingredient, 100 %, as a person decided.');
  });
});
