import indexes from '../../../../shared/store/indexes.json';
import {
  compareText,
  indexOf,
  listQuery,
  queryFields,
  reviewedQuery,
  successor,
} from '../../../../shared/store/queries';
import { aRecord, aReview, FAR_AHEAD } from '../../../support/builders';

/** Every combination of filters that a list can have. */
const SHAPES = [{}, { source: 'plant' }].flatMap((source) =>
  [{}, { category: 'spice' }].flatMap((category) =>
    ['', 'sm'].flatMap((prefix) =>
      [null, 'salt'].map((after) => listQuery({ ...source, ...category, prefix, after, limit: 10 })),
    ),
  ),
);

const text = (value: unknown): string => JSON.stringify(value);

describe('indexes.json', () => {
  it('has the index of every query, and no other', () => {
    const needed = [...SHAPES, reviewedQuery(null, 10)].map(indexOf).filter((index) => index !== undefined);

    expect(SHAPES).toHaveLength(16);
    expect([...new Set(needed.map(text))].sort()).toEqual(indexes.indexes.map(text).sort());
  });

  it('has no query with more than one array-contains, which Firestore would refuse', () => {
    const counts = SHAPES.map(
      ({ constraints }) => constraints.filter(({ operator }) => operator === 'array-contains').length,
    );

    expect(Math.max(...counts)).toBe(1);
  });
});

describe('indexOf', () => {
  it('puts equalities first, then the array, then the order', () => {
    const index = indexOf(listQuery({ source: 'plant', category: 'spice', prefix: 'a', after: null, limit: 1 }));

    expect(index?.fields).toEqual([
      { fieldPath: 'listed', order: 'ASCENDING' },
      { fieldPath: 'source.label', order: 'ASCENDING' },
      { fieldPath: 'categoryLabels', arrayConfig: 'CONTAINS' },
      { fieldPath: 'normalName', order: 'ASCENDING' },
    ]);
  });

  it('leaves one equality in the order of the ids to the index of its field', () => {
    expect(indexOf(reviewedQuery(null, 10))).toBeUndefined();
  });
});

describe('queryFields', () => {
  it.each([
    ['what was submitted', aRecord(), true],
    ['what a person reviewed', aReview({ submittedAt: null }), true],
    ['what only lookups brought', aRecord({ submittedAt: null, expireAt: FAR_AHEAD }), false],
    ['what is no ingredient', aRecord({ ingredient: { label: 'not_ingredient', confidence: 0.9 } }), false],
  ])('lists %s: %#', (_what, record, listed) => {
    expect(queryFields(record).listed).toBe(listed);
  });

  it('has the labels of the categories, for array-contains', () => {
    const categories = ['legume', 'condiment'].map((label) => ({ label, confidence: 0.9 }));

    expect(queryFields(aRecord({ categories })).categoryLabels).toEqual(['legume', 'condiment']);
  });
});

describe('successor', () => {
  it.each([
    ['smoked', 'smokee'],
    ['a\u{10ffff}', 'b'],
    // no surrogate is a character
    ['\ud7ff', '\ue000'],
    ['\u{1f600}', '\u{1f601}'],
  ])('of %j is %j', (prefix, next) => {
    expect(successor(prefix)).toBe(next);
  });

  it('is none where nothing is greater', () => {
    expect(successor('\u{10ffff}')).toBeUndefined();
  });
});

describe('compareText', () => {
  it('sorts by code points, where JavaScript would not', () => {
    expect(['\u{10000}', '\ufffd', 'a'].sort(compareText)).toEqual(['a', '\ufffd', '\u{10000}']);
    expect(['\u{10000}', '\ufffd', 'a'].sort()).toEqual(['a', '\u{10000}', '\ufffd']);
  });
});
