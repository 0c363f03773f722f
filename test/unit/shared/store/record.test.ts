import { InvalidMessageError } from '../../../../shared/platform/errors';
import {
  afterLookup,
  afterReclassification,
  afterSubmission,
  isCurrent,
  toRejected,
} from '../../../../shared/store/record';
import { aRecord, aReview, aSubmission, classified, labels, LATER, NOW } from '../../../support/builders';

// 30 and 90 days after 2026-12-01T12:00Z and 2026-12-02T12:00Z
const IN_30_DAYS = new Date('2026-12-31T12:00:00.000Z');
const IN_30_DAYS_OF_LATER = new Date('2027-01-01T12:00:00.000Z');
const IN_90_DAYS = new Date('2027-03-01T12:00:00.000Z');

const lookedUp = (overrides = {}) => aRecord({ submittedAt: null, expireAt: IN_30_DAYS, ...overrides });

describe('isCurrent', () => {
  it.each([
    ['without an expiry', null, true],
    ['before its expiry', new Date(NOW.getTime() + 1), true],
    ['at its expiry', NOW, false],
    ['past its expiry', new Date(NOW.getTime() - 1), false],
  ])('of a document %s', (_what, expireAt, expected) => {
    expect(isCurrent(aRecord({ expireAt }), NOW)).toBe(expected);
  });
});

describe('afterLookup', () => {
  it('makes a document that expires after 30 days', () => {
    const next = afterLookup(undefined, classified(), NOW);

    expect(next).toEqual(lookedUp({ createdAt: NOW, updatedAt: NOW }));
  });

  it('makes a new document of one that has expired', () => {
    const expired = lookedUp({ expireAt: LATER, ids: ['old'], idCount: 1, name: 'smoked PAPRIKA' });

    const next = afterLookup(expired, classified(), LATER);

    expect(next).toEqual(lookedUp({ createdAt: LATER, updatedAt: LATER, expireAt: IN_30_DAYS_OF_LATER }));
  });

  it("replaces an older model's answer, and keeps what apps gave", () => {
    const found = aRecord({ model: '2026.9.1', ids: ['a'], idCount: 1 });

    const next = afterLookup(found, classified({ model: '2026.12.1', name: 'SMOKED paprika' }), LATER);

    expect(next).toEqual(aRecord({ model: '2026.12.1', ids: ['a'], idCount: 1, updatedAt: LATER }));
  });

  it("replaces an equal model's answer", () => {
    const next = afterLookup(lookedUp(), classified(), LATER);

    expect(next?.updatedAt).toBe(LATER);
    expect(next?.expireAt).toBe(IN_30_DAYS);
  });

  it("leaves a newer model's answer", () => {
    const next = afterLookup(lookedUp({ model: '2026.12.10' }), classified({ model: '2026.12.9' }), LATER);

    expect(next).toBeNull();
  });

  it('leaves a review, however old its model', () => {
    const next = afterLookup(aReview({ model: '2020.1.1' }), classified(), LATER);

    expect(next).toBeNull();
  });
});

describe('afterSubmission', () => {
  it('keeps the earliest of the times of submission, in whichever order they come', () => {
    const found = aRecord({ submittedAt: LATER });

    const next = afterSubmission(found, classified(), aSubmission({ submittedAt: NOW }), LATER);

    expect(next?.submittedAt).toEqual(NOW);
    expect(afterSubmission(next!, classified(), aSubmission({ submittedAt: LATER }), LATER)).toBeNull();
  });

  it('makes a document that stays', () => {
    const next = afterSubmission(undefined, classified(), aSubmission({ id: 'app-1' }), NOW);

    expect(next).toEqual(aRecord({ ids: ['app-1'], idCount: 1 }));
  });

  it('makes a document without an id where the app gave none', () => {
    const next = afterSubmission(undefined, classified(), aSubmission(), NOW);

    expect(next).toEqual(aRecord());
  });

  it('keeps what a lookup brought for good', () => {
    const next = afterSubmission(lookedUp(), classified(), aSubmission({ submittedAt: LATER }), LATER);

    expect(next).toEqual(aRecord({ submittedAt: LATER, updatedAt: LATER }));
  });

  it("takes this model's answer whole for what a newer model's lookup brought: that model may be withdrawn", () => {
    const found = lookedUp({ model: '2027.1.1', source: { label: 'other', confidence: 0.6 } });

    const next = afterSubmission(found, classified(), aSubmission({ submittedAt: LATER }), LATER);

    expect(next).toEqual(aRecord({ model: '2026.12.1', submittedAt: LATER, updatedAt: LATER }));
  });

  it('makes a new document of one that has expired', () => {
    const expired = lookedUp({ expireAt: LATER, model: '2027.1.1' });

    const next = afterSubmission(expired, classified(), aSubmission({ submittedAt: LATER }), LATER);

    expect(next).toEqual(aRecord({ createdAt: LATER, updatedAt: LATER, submittedAt: LATER }));
  });

  it('changes nothing at a second delivery', () => {
    const submission = aSubmission({ id: 'app-1' });
    const first = afterSubmission(undefined, classified(), submission, NOW);

    const second = afterSubmission(first!, classified(), submission, LATER);

    expect(second).toBeNull();
  });

  it('adds the id of another app and keeps the first time', () => {
    const found = aRecord({ ids: ['app-1'], idCount: 1 });

    const next = afterSubmission(found, classified(), aSubmission({ id: 'app-2', submittedAt: LATER }), LATER);

    expect(next).toEqual(aRecord({ ids: ['app-1', 'app-2'], idCount: 2, updatedAt: LATER }));
  });

  it('keeps 100 ids and no more', () => {
    const ids = Array.from({ length: 99 }, (_, index) => `app-${index}`);
    const found = aRecord({ ids, idCount: 99 });

    const hundred = afterSubmission(found, classified(), aSubmission({ id: 'the 100th' }), LATER);
    const more = afterSubmission(hundred!, classified(), aSubmission({ id: 'the 101st' }), LATER);

    expect(hundred?.ids).toHaveLength(100);
    expect(hundred?.idCount).toBe(100);
    expect(more).toBeNull();
  });

  it('stays one small document of a name that comes with 100,000 ids', () => {
    let record = aRecord();
    let writes = 0;

    for (let index = 0; index < 100_000; index += 1) {
      const next = afterSubmission(record, classified(), aSubmission({ id: `app-${index}` }), LATER);
      writes += next === null ? 0 : 1;
      record = next ?? record;
    }

    expect([record.ids.length, record.idCount, writes]).toEqual([100, 100, 100]);
    expect(JSON.stringify(record).length).toBeLessThan(2_000);
  });

  it('stays one small document also where the ids are as long as they may be', () => {
    let record = aRecord();

    for (let index = 0; index < 1_000; index += 1) {
      // 1,500 characters of four bytes each
      const id = `${'🧂'.repeat(1_496)}${String(index).padStart(4, '0')}`;
      record = afterSubmission(record, classified(), aSubmission({ id }), LATER) ?? record;
    }
    const more = afterSubmission(record, classified(), aSubmission({ id: 'short' }), LATER);

    expect(record.idCount).toBe(record.ids.length);
    expect(record.ids.length).toBeGreaterThan(0);
    expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThan(16_000);
    // room is left for it, and a second delivery changes nothing either way
    expect(more?.ids.at(-1)).toBe('short');
    expect(afterSubmission(more!, classified(), aSubmission({ id: 'short' }), LATER)).toBeNull();
  });

  it("replaces an older model's answer under the first name", () => {
    const found = aRecord({ model: '2026.9.1' });

    const next = afterSubmission(found, classified({ name: 'SMOKED PAPRIKA' }), aSubmission(), LATER);

    expect(next).toEqual(aRecord({ model: '2026.12.1', updatedAt: LATER }));
  });

  it("leaves a newer model's answer and adds the id", () => {
    const found = aRecord({ model: '2027.1.1' });

    const next = afterSubmission(found, classified(), aSubmission({ id: 'app-1' }), LATER);

    expect(next).toEqual(aRecord({ model: '2027.1.1', ids: ['app-1'], idCount: 1, updatedAt: LATER }));
  });

  it('leaves the labels of a review and adds the id', () => {
    const next = afterSubmission(aReview(), classified(), aSubmission({ id: 'app-1' }), LATER);

    expect(next).toEqual(aReview({ ids: ['app-1'], idCount: 1, updatedAt: LATER }));
  });
});

describe('afterReclassification', () => {
  it("puts a newer model's answer in the place of an older one, and touches nothing else", () => {
    const found = aRecord({
      model: '2026.9.1',
      ids: ['app-1'],
      idCount: 1,
      source: { label: 'other', confidence: 0.6 },
    });

    const next = afterReclassification(found, classified({ name: 'SMOKED PAPRIKA' }), undefined, LATER);

    expect(next).toEqual(aRecord({ ids: ['app-1'], idCount: 1, updatedAt: LATER }));
  });

  it("puts an older model's answer in the place of one that is withdrawn, and of no other", () => {
    const withdrawn = aRecord({ model: '2027.1.1' });
    const other = aRecord({ model: '2027.1.2' });

    const nexts = [withdrawn, other].map((found) => afterReclassification(found, classified(), '2027.1.1', LATER));

    expect(nexts).toEqual([aRecord({ model: '2026.12.1', updatedAt: LATER }), null]);
  });

  it('takes a withdrawn model from beside a review, and leaves what the person said', () => {
    const other = { ...labels({ source: { label: 'other', confidence: 0.6 } }), model: '2027.1.1' };
    const found = aReview({ model: '2026.9.1', modelAnswer: other });

    const next = afterReclassification(found, classified(), '2027.1.1', LATER);

    const { answer } = classified();
    const modelAnswer = { ...labels(), model: answer.model };
    expect(next).toEqual(aReview({ model: '2026.9.1', modelAnswer, updatedAt: LATER }));
    expect(afterReclassification(next!, classified(), '2027.1.1', LATER)).toBeNull();
  });

  it('takes the version of a withdrawn model from a review, and leaves the answer of another beside it', () => {
    const modelAnswer = { ...labels(), model: '2027.1.2' };
    const found = aReview({ model: '2027.1.1', modelAnswer });

    const next = afterReclassification(found, classified(), '2027.1.1', LATER);

    expect(next).toEqual(aReview({ model: '2026.12.1', modelAnswer, updatedAt: LATER }));
  });

  it.each([
    ['what is not there', undefined],
    ['what this model answered already', aRecord()],
    ['what only lookups brought', lookedUp({ model: '2026.9.1' })],
    ['a review', aReview({ model: '2026.8.1' })],
    ['a review from before there was a model beside it', aReview({ model: '2026.8.1', modelAnswer: null })],
    ["a newer model's answer", aRecord({ model: '2027.1.1' })],
  ])('leaves %s', (_what, found) => {
    expect(afterReclassification(found, classified(), '2026.9.1', LATER)).toBeNull();
  });
});

describe('toRejected', () => {
  const reason = new InvalidMessageError('The data of the message is not JSON in UTF-8.');

  it('goes by the hash of the data, so that a second delivery is the same document', () => {
    const { id, fields } = toRejected({ data: Buffer.from('abc'), reason }, NOW);

    // the example of FIPS 180-4
    expect(id).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect({ ...fields, payload: Buffer.from(fields.payload).toString() }).toEqual({
      payload: 'abc',
      payloadBytes: 3,
      code: 'INVALID_MESSAGE',
      reason: 'The data of the message is not JSON in UTF-8.',
      rejectedAt: NOW,
      expireAt: IN_90_DAYS,
    });
  });

  it('cuts the payload at 10 kB, and tells two longer ones apart', () => {
    const long = Buffer.alloc(10_001, 'a');
    const other = Buffer.concat([Buffer.alloc(10_000, 'a'), Buffer.from('b')]);

    const rejected = [long, other].map((data) => toRejected({ data, reason }, NOW));

    expect(rejected.map(({ fields }) => fields.payload.length)).toEqual([10_000, 10_000]);
    expect(rejected[0]?.fields.payloadBytes).toBe(10_001);
    expect(rejected[0]?.id).not.toBe(rejected[1]?.id);
  });
});
