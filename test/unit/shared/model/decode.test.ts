import { Decoder, sigmoid, softmax } from '../../../../shared/model/decode';
import { ModelUnavailableError } from '../../../../shared/platform/errors';
import { tasks } from '../../../support/builders';

/** Logits whose softmax is these probabilities: their logarithms. */
const logs = (...p: number[]): number[] => p.map((value) => Math.log(value));
/** The logit whose sigmoid is `p`. */
const odds = (p: number): number => Math.log(p / (1 - p));

interface Row {
  readonly ingredient?: number[];
  readonly source?: number[];
  readonly categories?: number[];
}

const SURE: Required<Row> = {
  ingredient: logs(0.99, 0.01),
  source: logs(0.01, 0.01, 0.97, 0.01),
  categories: [odds(0.98), odds(0.01), odds(0.01)],
};

function logits(...rows: Row[]) {
  const column = (task: keyof Row): Float32Array => Float32Array.from(rows.flatMap((row) => row[task] ?? SURE[task]));
  return { ingredient: column('ingredient'), source: column('source'), categories: column('categories') };
}

function decodeOne(row: Row, changed = tasks()) {
  return new Decoder(changed).decode(logits(row), 1)[0]!;
}

describe('softmax', () => {
  it('gives e^x over the sum of all e^x', () => {
    // ln 3 and ln 1: 3/4 and 1/4
    const p = softmax(Float32Array.from([1.0986123, 0]), 1);

    expect(p[0]).toBeCloseTo(0.75, 6);
    expect(p[1]).toBeCloseTo(0.25, 6);
  });

  it('divides by the temperature first', () => {
    // 2 ln 3 at temperature 2 is ln 3
    const p = softmax(Float32Array.from([2.1972246, 0]), 2);

    expect(p[0]).toBeCloseTo(0.75, 6);
  });

  it('stays finite for large logits', () => {
    const p = softmax(Float32Array.from([1000, 1000, -1000]), 0.5);

    expect([...p]).toEqual([0.5, 0.5, 0]);
  });
});

describe('sigmoid', () => {
  it('gives 1 / (1 + e^-x) of each logit alone', () => {
    const p = sigmoid(Float32Array.from([0, 1.0986123, -1.0986123]), 1, 0);

    expect(p[0]).toBe(0.5);
    expect(p[1]).toBeCloseTo(0.75, 6);
    expect(p[2]).toBeCloseTo(0.25, 6);
  });

  it('divides by the temperature and then adds the bias', () => {
    // 4 / 2 - 2 = 0
    const p = sigmoid(Float32Array.from([4]), 2, -2);

    expect(p[0]).toBe(0.5);
  });

  it('stays finite for large logits', () => {
    const p = sigmoid(Float32Array.from([2000, -2000]), 1, 0);

    expect([...p]).toEqual([1, 0]);
  });
});

describe('Decoder', () => {
  it('gives the best label of each task with its probability to four digits', () => {
    const labels = decodeOne({ ingredient: logs(0.87654321, 0.12345679) });

    expect(labels).toEqual({
      ingredient: { label: 'ingredient', confidence: 0.8765 },
      source: { label: 'plant', confidence: 0.97 },
      categories: [{ label: 'spice', confidence: 0.98 }],
      needsReview: [],
    });
  });

  it("reads each row's own logits", () => {
    const other = { ingredient: logs(0.8, 0.2), source: logs(0.9, 0.05, 0.03, 0.02), categories: [-9, -9, odds(0.9)] };

    const answers = new Decoder(tasks()).decode(logits({}, other, {}), 3);

    expect(answers.map(({ source }) => source?.label)).toEqual(['plant', 'dead_animal', 'plant']);
    expect(answers.map(({ categories }) => categories[0]?.label)).toEqual(['spice', 'dairy', 'spice']);
    expect(answers[1]?.ingredient.confidence).toBe(0.8);
  });

  it('gives neither source nor categories for what is no ingredient', () => {
    const labels = decodeOne({ ingredient: logs(0.1, 0.9), source: [0, 0, 0, 0], categories: [0, 0, 0] });

    expect(labels).toEqual({
      ingredient: { label: 'not_ingredient', confidence: 0.9 },
      source: null,
      categories: [],
      needsReview: [],
    });
  });

  it.each<Row>([{ ingredient: [NaN, 0] }, { source: [0, NaN, 0, 0] }, { categories: [0, 0, NaN] }])(
    'answers nothing by what is no number: %j',
    (row) => {
      expect(() => decodeOne(row)).toThrow(ModelUnavailableError);
    },
  );

  it('is never as certain as a person', () => {
    const labels = decodeOne({ ingredient: [50, -50], source: [-50, -50, 50, -50], categories: [50, -50, -50] });

    expect(labels.ingredient.confidence).toBe(0.9999);
    expect(labels.source?.confidence).toBe(0.9999);
    expect(labels.categories[0]?.confidence).toBe(0.9999);
  });

  it('asks for review of an uncertain ingredient, whichever label won', () => {
    const [yes, no] = [logs(0.69, 0.31), logs(0.31, 0.69)].map((ingredient) => decodeOne({ ingredient }));

    expect(yes?.needsReview).toEqual(['ingredient']);
    expect(no?.needsReview).toEqual(['ingredient']);
  });

  describe('categories', () => {
    it('are those at or above their own thresholds, the surest first', () => {
      const changed = tasks();
      const categories = { ...changed.categories, thresholds: { spice: 0.5, fruit: 0.2, dairy: 0.9 } };

      const labels = decodeOne(
        { categories: [0, odds(0.75), odds(0.875)] },
        { ...changed, categories: { ...categories, reviewBelow: 0 } },
      );

      expect(labels.categories).toEqual([
        { label: 'fruit', confidence: 0.75 },
        { label: 'spice', confidence: 0.5 },
      ]);
    });

    it('are the best one if none passes its threshold', () => {
      const labels = decodeOne({ categories: [odds(0.2), odds(0.4), odds(0.3)] });

      expect(labels.categories).toEqual([{ label: 'fruit', confidence: 0.4 }]);
    });

    it.each([
      // 0.4 that it is a spice, and 0.9 that it is each of the others not
      ['asks', 0.33, ['categories']],
      ['does not ask', 0.32, []],
    ])('%s for review of the best one alone below %d', (_what, reviewBelow, needsReview) => {
      const changed = tasks();
      const categories = { ...changed.categories, thresholds: { spice: 0.5, fruit: 0.5, dairy: 0.5 }, reviewBelow };

      const labels = decodeOne({ categories: [odds(0.4), odds(0.1), odds(0.1)] }, { ...changed, categories });

      expect(labels.categories.map(({ label }) => label)).toEqual(['spice']);
      expect(labels.needsReview).toEqual(needsReview);
    });

    it('stand in the order of the labels where they are equally sure', () => {
      const labels = decodeOne({ categories: [3, 4, 3] });

      expect(labels.categories.map(({ label }) => label)).toEqual(['fruit', 'spice', 'dairy']);
    });

    it.each([
      // 0.8 * (1 - 0.2) * (1 - 0.2) = 0.512
      ['does not ask for review of a set that is right with 0.512', 0.2, []],
      // 0.8 * (1 - 0.25) * (1 - 0.25) = 0.45
      ['asks for review of a set that is right with 0.45', 0.25, ['categories']],
    ])('%s', (_what, others, expected) => {
      const labels = decodeOne({ categories: [odds(0.8), odds(others), odds(others)] });

      expect(labels.needsReview).toEqual(expected);
    });
  });

  describe('source', () => {
    it.each([
      ['asks for review of an uncertain label', [0.02, 0.02, 0.65, 0.31], ['source']],
      ['asks where the labels that hurt sum to the bound though another won', [0.07, 0.07, 0.82, 0.04], ['source']],
      ['does not ask where they stay below it', [0.06, 0.06, 0.84, 0.04], []],
      ['does not ask where one of them won', [0.75, 0.2, 0.03, 0.02], []],
      ['asks where one of them won with too little', [0.6, 0.3, 0.05, 0.05], ['source']],
    ])('%s', (_what, p, expected) => {
      const labels = decodeOne({ source: logs(...p) });

      expect(labels.needsReview).toEqual(expected);
    });
  });
});
