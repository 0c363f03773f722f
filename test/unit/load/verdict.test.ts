import { type Kind, KINDS } from '../../load/mix';
import { figuresOf, type Limits, memoryOf, problemsOf, type Run, type Tally } from '../../load/verdict';

const LIMITS: Limits = { refusedShare: 0.01, memoryGrowth: 0.1, p99Turns: 10, storeMs: 50, p99Ms: undefined };

const tally = (overrides: Partial<Tally> = {}): Tally => ({
  ...{ latenciesMs: Array<number>(200).fill(10), refused: 0, faults: 0 },
  ...overrides,
});

/** A thousand requests in ten seconds over one connection: each has 10 ms in its turn. */
function aRun({
  tallies = {},
  ...overrides
}: Omit<Partial<Run>, 'tallies'> & { tallies?: Partial<Record<Kind, Tally>> } = {}): Run {
  return {
    ...{ seconds: 10, connections: 1, wrong: [], rssMb: Array<number>(20).fill(100) },
    tallies: new Map(KINDS.map((kind) => [kind, tallies[kind] ?? tally()])),
    ...overrides,
  };
}

const growing = (from: number, to: number): number[] => [
  ...Array<number>(10).fill(from),
  ...Array<number>(10).fill(to),
];
const slow = (ms: number): Tally =>
  tally({ latenciesMs: [...Array<number>(195).fill(10), ...Array<number>(5).fill(ms)] });

describe('problemsOf', () => {
  it('finds nothing in a run that kept to all', () => {
    expect(problemsOf(aRun({ rssMb: growing(100, 110), tallies: { hit: slow(99), miss: slow(149) } }), LIMITS)).toEqual(
      [],
    );
  });

  it.each<[string, Run, RegExp]>([
    ['a wrong answer', aRun({ wrong: ['GET /'] }), /^1 answers were wrong$/],
    [
      'every fault by itself',
      aRun({ tallies: { hit: tally({ faults: 3 }), bad: tally({ faults: 2 }) } }),
      /^5 requests had no/,
    ],
    ['too many refusals', aRun({ tallies: { miss: tally({ refused: 11 }) } }), /^11 of 1000 requests were refused$/],
    ['memory that grows', aRun({ rssMb: growing(100, 112) }), /^memory grew from 100 to 112 MB$/],
    ['a slow kind', aRun({ tallies: { batch: slow(101) } }), /^the p99 of batch is 101 ms, above 100 ms$/],
    ['a slow new name', aRun({ tallies: { miss: slow(151) } }), /^the p99 of miss is 151 ms, above 150 ms$/],
    ['a kind that nobody asked', aRun({ tallies: { miss: tally({ latenciesMs: [] }) } }), /never asked/],
  ])('finds %s', (_what, run, problem) => {
    expect(problemsOf(run, LIMITS)).toEqual([expect.stringMatching(problem)]);
  });

  it('holds a p99 to milliseconds where they are given', () => {
    const run = aRun({ tallies: { batch: slow(60) } });

    expect(problemsOf(run, { ...LIMITS, p99Ms: 50 })).toEqual(['the p99 of batch is 60 ms, above 50 ms']);
  });
});

describe('figuresOf', () => {
  it('has the percentiles of each kind', () => {
    const latenciesMs = Array.from({ length: 1001 }, (_, place) => 1000 - place);

    const [hit] = figuresOf(aRun({ tallies: { hit: tally({ latenciesMs, refused: 2 }) } }));

    expect(hit).toEqual({
      ...{ kind: 'hit', requests: 1001, perSecond: 100, refused: 2, faults: 0 },
      ...{ p50Ms: 500, p99Ms: 990, p999Ms: 999, maxMs: 1000 },
    });
  });
});

describe('memoryOf', () => {
  it('compares the first quarter with the last one', () => {
    expect(memoryOf({ rssMb: [100, 120, 500, 140] })).toEqual({ firstQuarterMb: 100, lastQuarterMb: 140, mostMb: 500 });
  });
});
