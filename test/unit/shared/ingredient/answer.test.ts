import { compareModelVersions, toAnswer } from '../../../../shared/ingredient/answer';
import { aReview } from '../../../support/builders';

describe('compareModelVersions', () => {
  it.each([
    ['2026.2.1', '2026.12.1'],
    ['2026.9.30', '2026.10.1'],
    ['2026.12.1', '2026.12.10'],
    ['2026.12', '2026.12.1'],
    ['2026.12.1', '2027'],
    ['9', '10'],
  ])('puts %s before %s', (older, newer) => {
    expect(compareModelVersions(older, newer)).toBeLessThan(0);
    expect(compareModelVersions(newer, older)).toBeGreaterThan(0);
  });

  it.each([
    ['2026.12.1', '2026.12.1'],
    ['2026.12.0', '2026.12'],
    ['2026.012.1', '2026.12.1'],
  ])('takes %s and %s as equal', (a, b) => {
    expect(compareModelVersions(a, b)).toBe(0);
  });
});

describe('toAnswer', () => {
  it('has the fields of the contract in its order and no others', () => {
    const record = aReview({ key: 'n1-0', model: '2026.12.1' });

    const text = JSON.stringify(toAnswer('Oat milk', record));

    expect(text).toBe(
      '{"name":"Oat milk","key":"n1-0","ingredient":{"label":"ingredient","confidence":1},' +
        '"source":{"label":"animal_product","confidence":1},"categories":[{"label":"dairy","confidence":1}],' +
        '"needsReview":[],"model":"2026.12.1","origin":"review"}',
    );
  });

  it('keeps the null of a source that has no meaning', () => {
    const answer = toAnswer('brick', aReview({ source: null, categories: [] }));

    expect(answer.source).toBeNull();
    expect(answer.categories).toEqual([]);
  });
});
