import { RecordIndex } from '../../../local/record-index';
import type { ListQuery } from '../../../shared/store/queries';
import { aRecord, aReview, FAR_AHEAD } from '../../support/builders';

const named = (name: string, overrides = {}) => aRecord({ name, ...overrides });
const fish = { source: { label: 'dead_animal', confidence: 0.9 }, categories: [{ label: 'fish', confidence: 0.9 }] };

function arrange() {
  return new RecordIndex([
    named('salt'),
    named('Salmon', fish),
    named('salt cod', fish),
    named('saffron'),
    aReview({ name: 'Oat milk', submittedAt: null }),
    named('only looked up', { submittedAt: null, expireAt: FAR_AHEAD }),
    named('sandals', { ingredient: { label: 'not_ingredient', confidence: 0.9 }, source: null, categories: [] }),
  ]);
}

function names(index: RecordIndex, query: Partial<ListQuery>): (string | null)[] {
  const { records, next } = index.list({ prefix: '', after: null, limit: 10, ...query });
  return [...records.map(({ name }) => name), ...(next === null ? [] : [`then ${next}`])];
}

describe('RecordIndex.list', () => {
  it.each<[string, Partial<ListQuery>, string[]]>([
    ['all that is listed, by normal name', {}, ['Oat milk', 'saffron', 'Salmon', 'salt', 'salt cod']],
    ['a prefix', { prefix: 'sal' }, ['Salmon', 'salt', 'salt cod']],
    ['a source', { source: 'dead_animal' }, ['Salmon', 'salt cod']],
    ['a category', { category: 'dairy' }, ['Oat milk']],
    ['all filters', { prefix: 'salt', source: 'dead_animal', category: 'fish' }, ['salt cod']],
    ['nothing', { prefix: 'x' }, []],
    ['a first page', { limit: 2 }, ['Oat milk', 'saffron', 'then saffron']],
    ['a later page', { limit: 2, after: 'saffron' }, ['Salmon', 'salt', 'then salt']],
    ['the last page, which is full', { limit: 2, after: 'salmon' }, ['salt', 'salt cod']],
    ['a page after a name that is gone', { after: 'sal' }, ['Salmon', 'salt', 'salt cod']],
    ['a page after a name before the prefix', { prefix: 'salt', after: 'a' }, ['salt', 'salt cod']],
  ])('has %s', (_what, query, expected) => {
    expect(names(arrange(), query)).toEqual(expected);
  });

  it('follows what changes', () => {
    const index = arrange();
    names(index, {});

    index.set(named('salsify').key, named('salsify'));
    index.set(named('salt').key, named('salt', { ingredient: { label: 'not_ingredient', confidence: 1 } }));

    expect(names(index, { prefix: 'sal' })).toEqual(['Salmon', 'salsify', 'salt cod']);
  });
});

describe('RecordIndex.listReviewed', () => {
  it('has the reviewed records in the order of their keys, in pages', () => {
    const index = new RecordIndex([aReview({ name: 'a' }), aReview({ name: 'b' }), named('c'), aReview({ name: 'd' })]);
    const keys = ['a', 'b', 'd'].map((name) => aReview({ name }).key).sort();

    const first = index.listReviewed(null, 2);
    const second = index.listReviewed(first.next, 2);

    expect([first.records.map(({ key }) => key), first.next]).toEqual([keys.slice(0, 2), keys[1]]);
    expect([second.records.map(({ key }) => key), second.next]).toEqual([keys.slice(2), null]);
  });
});
