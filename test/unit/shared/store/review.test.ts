import type { ReviewLabels } from '../../../../shared/ingredient/labels';
import { afterReview, currentReview, type ReviewChange } from '../../../../shared/store/review';
import {
  aRecord,
  aReview,
  classified,
  FAR_AHEAD,
  LATER,
  labels,
  LONG_AGO,
  MODEL,
  NOW,
} from '../../../support/builders';

const DAIRY: ReviewLabels = { ingredient: 'ingredient', source: 'animal_product', categories: ['dairy'] };
const NOT_ONE: ReviewLabels = { ingredient: 'not_ingredient', source: null, categories: [] };

function change(overrides: Partial<ReviewChange> = {}): ReviewChange {
  return { classified: classified(), labels: DAIRY, reviewer: 'ana@example.com', holds: () => true, ...overrides };
}

describe('afterReview', () => {
  it('goes on after the last entry that is kept, though the document is new', () => {
    const { write } = afterReview(undefined, change(), NOW, 4);

    expect([write?.entry.revision, write?.record.reviewCount]).toEqual([5, 5]);
  });

  it('puts a person’s labels in the place of the model’s, and keeps those beside them', () => {
    const { result, write } = afterReview(aRecord({ ids: ['a'], idCount: 1 }), change(), LATER, 0);

    expect(result.outcome).toBe('created');
    expect(write?.record).toEqual(
      aReview({
        ids: ['a'],
        idCount: 1,
        updatedAt: LATER,
        modelAnswer: { ...labels(), model: MODEL },
        reviewCount: 1,
      }),
    );
  });

  it('keeps who changed it, when, and what stood before', () => {
    const { write } = afterReview(aRecord(), change(), LATER, 0);

    expect(write?.entry).toEqual({
      revision: 1,
      key: aRecord().key,
      normalName: 'smoked paprika',
      reviewer: 'ana@example.com',
      reviewedAt: LATER,
      before: { ...labels(), origin: 'model', model: MODEL },
      after: DAIRY,
    });
  });

  it('makes a document of a name that nobody submitted, which stays and has no time of submission', () => {
    const { write } = afterReview(undefined, change(), NOW, 0);

    expect(write?.record).toEqual(aReview({ submittedAt: null, modelAnswer: { ...labels(), model: MODEL } }));
  });

  it('takes the expiry from what only lookups brought', () => {
    const { write } = afterReview(aRecord({ submittedAt: null, expireAt: FAR_AHEAD }), change(), NOW, 0);

    expect(write?.record.expireAt).toBeNull();
  });

  it('begins anew with what has expired', () => {
    const expired = aRecord({ model: '2020.1.1', ids: ['old'], idCount: 1, submittedAt: null, expireAt: LONG_AGO });

    const { write } = afterReview(expired, change(), NOW, 0);

    expect(write?.record).toMatchObject({ ids: [], model: MODEL, modelAnswer: { model: MODEL } });
  });

  it('replaces a review, and keeps the model’s answer that lay beside the first one', () => {
    const modelAnswer = { ...labels(), model: '2026.12.2' };

    const { result, write } = afterReview(aReview({ modelAnswer }), change({ labels: NOT_ONE }), LATER, 0);

    expect(result.outcome).toBe('replaced');
    expect(write?.record).toMatchObject({
      ingredient: { label: 'not_ingredient', confidence: 1 },
      source: null,
      categories: [],
      reviewCount: 2,
      modelAnswer,
    });
    expect(write?.entry).toMatchObject({
      revision: 2,
      before: { origin: 'review', source: { label: 'animal_product' } },
    });
  });

  it('writes nothing where the labels are the same', () => {
    const found = aReview();

    expect(afterReview(found, change(), LATER, 0)).toEqual({ result: { outcome: 'unchanged', record: found } });
  });

  it('brings the model’s answer back', () => {
    const modelAnswer = { ...labels({ needsReview: ['source'] }), model: '2026.12.2' };

    const { result, write } = afterReview(aReview({ modelAnswer, reviewCount: 3 }), change({ labels: null }), LATER, 0);

    expect(result.outcome).toBe('removed');
    expect(write?.record).toEqual(
      aRecord({ needsReview: ['source'], model: '2026.12.2', updatedAt: LATER, reviewCount: 4 }),
    );
    expect(write?.entry).toMatchObject({ revision: 4, after: null, before: { origin: 'review' } });
  });

  it.each([labels(), null])('brings this instance’s answer back where its model is newer: %#', (answer) => {
    const modelAnswer = answer && { ...answer, needsReview: ['source' as const], model: '2026.9.1' };

    const { write } = afterReview(aReview({ modelAnswer }), change({ labels: null }), LATER, 0);

    expect(write?.record).toMatchObject({ model: MODEL, needsReview: [], modelAnswer: null });
  });

  it.each([undefined, aRecord()])('has no review to take away: %#', (found) => {
    expect(afterReview(found, change({ labels: null }), NOW, 0)).toEqual({ result: { outcome: 'absent' } });
  });

  it('changes nothing where the precondition does not hold, and shows it what stands', () => {
    const seen: unknown[] = [];
    const holds = (current: unknown): boolean => {
      seen.push(current);
      return false;
    };

    const results = [undefined, aRecord(), aReview({ reviewCount: 7 })].map((found) =>
      afterReview(found, change({ holds }), NOW, 0),
    );

    expect(results).toEqual(Array(3).fill({ result: { outcome: 'refused' } }));
    expect(seen).toEqual([null, null, { labels: DAIRY, revision: 7 }]);
  });
});

describe('currentReview', () => {
  it('is none where the model’s answer stands', () => {
    expect([currentReview(undefined), currentReview(aRecord({ reviewCount: 2 }))]).toEqual([null, null]);
  });
});
