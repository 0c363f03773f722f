import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import indexes from '../../../../shared/store/indexes.json';
import {
  alternativesOf,
  compareText,
  fieldIndexesOf,
  HISTORY_QUERY,
  indexOf,
  LAST_CHANGE_QUERY,
  listQuery,
  type PageQuery,
  queryFields,
  reviewedQuery,
  successor,
  walkQuery,
} from '../../../../shared/store/queries';
import { aRecord, aReview, FAR_AHEAD } from '../../../support/builders';
import { ROOT } from '../../../support/fixtures';

/** Before the prefix, the prefix itself, in it, and past it. */
const PLACES = [null, 'salt', 'sm', 'smoked', 'sn', 'sugar'];

/** Every combination of filters that a list can have, at every place. */
const SHAPES = [{}, { source: 'plant' }].flatMap((source) =>
  [{}, { category: 'spice' }].flatMap((category) =>
    ['', 'sm'].flatMap((prefix) =>
      PLACES.map((after) => listQuery({ ...source, ...category, prefix, after, limit: 10 })).filter(isQuery),
    ),
  ),
);

function isQuery(query: PageQuery | null): query is PageQuery {
  return query !== null;
}

const RANGE = { start: 'n1-4', end: 'n1-8' };
const QUERIES = [
  ...SHAPES,
  ...[reviewedQuery(null, 10), walkQuery(RANGE, null, 10, undefined), walkQuery(RANGE, 'n1-5', 10, '2026.1.1')],
  ...[HISTORY_QUERY, LAST_CHANGE_QUERY],
];

/** The fields that Terraform takes the index from, as `collection.field`. */
function exemptFields(): string[] {
  const terraform = readFileSync(path.join(ROOT, 'terraform/firestore.tf'), 'utf8');
  const expiring = /"expiry" \{\s+for_each = toset\(\[([^\]]+)\]\)/.exec(terraform)![1]!.match(/\w+/g)!;
  const unindexed = [...terraform.matchAll(/^ {4}"(\w+\.\w+)" +=/gm)].map(([, field]) => field!);
  return [...expiring.map((collection) => `${collection}.expireAt`), ...unindexed];
}

const text = (value: unknown): string => JSON.stringify(value);

describe('indexes.json', () => {
  it('has the index of every query, and no other', () => {
    const needed = QUERIES.flatMap(alternativesOf)
      .map(indexOf)
      .filter((index) => index !== undefined);

    // without the two places past the prefix
    expect(SHAPES).toHaveLength(4 * (6 + 4));
    expect([...new Set(needed.map(text))].sort()).toEqual(indexes.indexes.map(text).sort());
  });

  it('has no query with more than one array-contains, which Firestore would refuse', () => {
    const counts = SHAPES.map(
      ({ constraints }) => constraints.filter(({ operator }) => operator === 'array-contains').length,
    );

    expect(Math.max(...counts)).toBe(1);
  });
});

describe('the index of a single field', () => {
  it('is exempt for none that a query needs', () => {
    const needed = [...new Set(QUERIES.flatMap(fieldIndexesOf))].sort();

    expect(needed).toEqual([
      'ingredients.model',
      'ingredients.modelAnswer.model',
      'ingredients.status',
      'reviews.revision',
    ]);
    expect(exemptFields()).toEqual(expect.arrayContaining(['ingredients.expireAt', 'reviews.reviewedAt']));
    expect(exemptFields().filter((field) => needed.includes(field))).toEqual([]);
  });

  it('is known of every query, since no other module makes one', () => {
    const folder = path.join(ROOT, 'shared/store');
    const making = readdirSync(folder).filter((file) =>
      /\.(where|orderBy|orderByKey|collectionGroup)\(/.test(readFileSync(path.join(folder, file), 'utf8')),
    );

    expect(making).toEqual(['firestore-query.ts']);
  });
});

describe('indexOf', () => {
  it('puts equalities first, then the array, then the order', () => {
    const index = indexOf(listQuery({ source: 'plant', category: 'spice', prefix: 'a', after: null, limit: 1 })!);

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

describe('listQuery', () => {
  /** True where Firestore takes the cursor: it lies in the range of the query's inequalities. */
  const isInRange = ({ constraints, orderBy, after }: PageQuery): boolean =>
    constraints
      .filter(({ field }) => field === orderBy)
      .every(({ operator, value }) => {
        const place = Buffer.compare(Buffer.from(after!), Buffer.from(String(value)));
        return operator === '<' ? place < 0 : place >= 0;
      });

  it('has no cursor outside its own range, which Firestore would refuse and its emulator does not', () => {
    const cursors = SHAPES.filter(({ after }) => after !== null);

    expect(new Set(cursors.map(({ after }) => after))).toEqual(new Set(PLACES.slice(1)));
    expect(cursors.filter((query) => !isInRange(query))).toEqual([]);
  });

  it.each([
    ['before the prefix, from its first name', 'sm', 'salt', null],
    ['at the prefix, after it', 'sm', 'sm', 'sm'],
    ['in the prefix, after that', 'sm', 'smoked', 'smoked'],
    // The order is Firestore's, by code points; that of UTF-16 puts the two the other way round.
    ['before a prefix beyond the first plane', '\u{10000}', '\ufffd', null],
    ['anywhere, where there is no prefix', '', 'salt', 'salt'],
  ])('goes on from a place %s', (_where, prefix, after, cursor) => {
    expect(listQuery({ prefix, after, limit: 1 })).toMatchObject({ after: cursor });
  });

  it.each([
    ['sm', 'sn'],
    ['sm', 'sugar'],
    ['\ufffd', '\u{10000}'],
  ])('is none for %j from a place past it, %j', (prefix, after) => {
    expect(listQuery({ prefix, after, limit: 1 })).toBeNull();
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
