import { parseRecord } from '../../../../shared/store/shape';
import { aRecord, aReview } from '../../../support/builders';

describe('parseRecord', () => {
  it.each([
    ['classified', aRecord({ ids: ['a'], idCount: 1 })],
    ['reviewed', aReview()],
    ['of no ingredient', aRecord({ source: null, categories: [] })],
  ])('gives the record of a document that is %s, without other fields', (_what, record) => {
    expect(parseRecord({ ...record, listed: true, categoryLabels: [] })).toEqual(record);
  });

  it('reads a document from before there were reviews', () => {
    const old = Object.entries(aRecord()).filter(([field]) => !['modelAnswer', 'reviewCount'].includes(field));

    expect(parseRecord(Object.fromEntries(old))).toEqual(aRecord());
  });

  it.each([
    [{}],
    [{ ...aRecord(), ingredient: 'ingredient' }],
    [{ ...aRecord(), ingredient: { label: 'ingredient' } }],
    // What openapi.json does not allow in an answer.
    [{ ...aRecord(), ingredient: { label: 'food', confidence: 0.9 } }],
    [{ ...aRecord(), source: { label: 'spice', confidence: 0.9 } }],
    [{ ...aRecord(), categories: [{ label: 'plant', confidence: 0.9 }] }],
    [{ ...aRecord(), categories: [...aRecord().categories, { label: 'toString', confidence: 0.9 }] }],
    [{ ...aRecord(), source: { label: 'plant', confidence: 7 } }],
    [{ ...aRecord(), source: { label: 'plant', confidence: -0.1 } }],
    [{ ...aRecord(), source: { label: 'plant', confidence: NaN } }],
    [{ ...aRecord(), source: undefined }],
    [{ ...aRecord(), categories: null }],
    [{ ...aRecord(), categories: ['spice'] }],
    [{ ...aRecord(), needsReview: 'source' }],
    [{ ...aRecord(), ids: [7] }],
    [{ ...aRecord(), model: 'newest' }],
    [{ ...aRecord(), key: 7 }],
    [{ ...aRecord(), createdAt: '2026-12-01' }],
    [{ ...aRecord(), expireAt: new Date(NaN) }],
    [{ ...aRecord(), status: 'reviewed' }],
    [{ ...aReview(), status: 'classified' }],
    [{ ...aRecord(), reviewCount: '1' }],
  ])('is none for %#', (fields) => {
    expect(parseRecord(fields)).toBeUndefined();
  });
});
