/**
 * What the benchmarks must show, as ratios within one run. A row that a goal needs and that was not measured is a goal missed.
 */
import type { Context } from './context';
import { figure, type Report } from './report';

type Results = Readonly<Record<string, Report>>;
type Read = (suite: string, row: string, column: string) => number;

interface Goal {
  readonly what: string;
  readonly limit: number;
  readonly is: 'at least' | 'at most';
  readonly value: (read: Read) => number;
  /** Memory: what else a machine does makes a process slower, and no larger. */
  readonly isSteady?: true;
}

const STEADY_MARGIN = 1.1;

const THREE = 'Python, three BERT-base';
const TRANSFORMERS = 'Transformers.js, our model';
const SIX_LAYERS = 6;
const HEALTH_AT = 'miss, 32 at once';

/** @param layers those of the shipped model: a deeper one has other goals. */
function goals(layers: number): Goal[] {
  const isDeep = layers >= SIX_LAYERS;
  const against = (column: string) => (read: Read) => read('stages', THREE, column) / read('stages', 'ours', column);
  const of = (column: string) => (read: Read) => read('stages', 'ours', column) / read('stages', TRANSFORMERS, column);
  const start = (row: string, to: string) => (read: Read) =>
    read('start', row, 'firstMs') / read('start', to, 'firstMs');
  const growth = (what: string, limit: number, atTheEnd: number): Goal[] => [
    {
      what: `growth of ${what}`,
      limit,
      is: 'at most',
      value: (read) => read('growth', `${what}: growth`, 'exponent'),
    },
    {
      what: `growth of ${what}, at the end`,
      limit: atTheEnd,
      is: 'at most',
      value: (read) => read('growth', `${what}: growth`, 'last'),
    },
  ];
  return [
    {
      what: 'first label, three BERTs in Python : ours',
      limit: isDeep ? 20 : 30,
      is: 'at least',
      value: against('firstMs'),
    },
    { what: 'p50, three BERTs in Python : ours', limit: isDeep ? 50 : 100, is: 'at least', value: against('p50Ms') },
    {
      what: 'memory, three BERTs in Python : ours',
      limit: isDeep ? 10 : 12,
      is: 'at least',
      value: against('peakMb'),
      isSteady: true,
    },
    { what: 'first label, ours : Transformers.js', limit: 0.45, is: 'at most', value: of('firstMs') },
    { what: 'p50, ours : Transformers.js', limit: 0.85, is: 'at most', value: of('p50Ms') },
    { what: 'memory, ours : Transformers.js', limit: 0.75, is: 'at most', value: of('peakMb'), isSteady: true },
    ...([20, 24] as const).flatMap((node): Goal[] => [
      {
        what: `start, packaged lookup : bare node:http, Node ${node}`,
        limit: node === 20 ? 2.5 : 4,
        is: 'at most',
        value: start(`packaged lookup, Node ${node}`, `bare node:http, Node ${node}`),
      },
      {
        what: `start, event function without its connection : lookup, Node ${node}`,
        limit: 1.5,
        is: 'at most',
        value: (read) => eventStart(read, node) / read('start', `packaged lookup, Node ${node}`, 'firstMs'),
      },
    ]),
    {
      what: 'a whole answer : the bare session.run, 9 tokens',
      limit: 1.1,
      is: 'at most',
      value: (read) => read('inference', '9 tokens', 'ratio'),
    },
    {
      what: "requests a second, a hit in memory : the framework's hello",
      limit: 0.8,
      is: 'at least',
      value: (read) => read('http', 'hit, 32 at once', 'rps') / read('http', "framework's hello, 32 at once", 'rps'),
    },
    {
      what: '/health p99 under a load of misses : p50 of one inference',
      limit: 5,
      is: 'at most',
      value: (read) => read('http', HEALTH_AT, 'healthP99Ms') / read('inference', '9 tokens', 'run'),
    },
    {
      what: 'timing an answer : the whole answer, 9 tokens',
      limit: 0.01,
      is: 'at most',
      value: (read) => read('inference', 'timing an answer', 'whole') / read('inference', '9 tokens', 'whole'),
    },
    {
      what: 'ten different names together : one name',
      limit: 6,
      is: 'at most',
      value: (read) => read('together', 'ten different names', 'ms') / read('together', 'one name', 'ms'),
    },
    {
      what: 'ten equal names together : one name',
      limit: 2,
      is: 'at most',
      value: (read) => read('together', 'ten equal names', 'ms') / read('together', 'one name', 'ms'),
    },
    ...['without a store', 'with the store'].flatMap((row): Goal[] => [
      {
        what: `memory at the end of an overload : after a tenth of it, ${row}`,
        limit: 1.1,
        is: 'at most',
        value: (read) => read('overload', row, 'endedMb') / read('overload', row, 'beganMb'),
        isSteady: true,
      },
    ]),
    {
      what: 'p99 of a refusal : p99 of all answers, without a store',
      limit: 0.5,
      is: 'at most',
      value: (read) =>
        read('overload', 'without a store', 'refusalP99Ms') / read('overload', 'without a store', 'p99Ms'),
    },
    ...['lookupIngredient', 'classifyIngredient'].map((target): Goal => ({
      what: `peak memory of ${target} after 10,000 names, MB`,
      limit: isDeep ? 180 : 150,
      is: 'at most',
      value: (read) => read('memory', target, 'peakMb'),
      isSteady: true,
    })),
    ...growth('a name, by its characters', 1.1, 1.3),
    ...growth('a name of one word, by its letters', 1.1, 1.3),
    ...growth('names together, by their number', 1.1, 1.3),
    // More entries leave the processor's caches: that is no growth of the work.
    ...growth('a read from memory, by the entries there', 0.4, 0.6),
  ];
}

/** Until the first document, less what was waited for the client's first answer once the model was there: both load side by side. */
function eventStart(read: Read, node: number): number {
  const row = `packaged event function, Node ${node}`;
  const waited = Math.max(0, read('start', row, 'store') - read('start', row, 'model'));
  return read('start', row, 'firstMs') - waited;
}

/** How the goals stand: a table of each with its figure. */
export interface Standing {
  readonly text: string;
  readonly summary: string;
  /** How many fall short, or cannot be told. */
  readonly missed: number;
}

/** @param margin how far a goal may be missed: 1 is not at all. */
export function checkGoals(results: Results, context: Context, margin: number): Standing {
  const lines: string[] = [];
  let missed = 0;
  for (const { what, limit, is, value, isSteady } of goals(context.layers)) {
    const measured = valueOf(results, value);
    const most = isSteady === true ? Math.min(margin, STEADY_MARGIN) : margin;
    const allowed = is === 'at least' ? limit / most : limit * most;
    const holds = typeof measured === 'number' && (is === 'at least' ? measured >= allowed : measured <= allowed);
    missed += holds ? 0 : 1;
    const shown = typeof measured === 'number' ? figure(measured) : `not measured: ${measured}`;
    lines.push(`| ${holds ? 'yes' : '**no**'} | ${what} | ${is} ${limit} | ${shown} |`);
  }
  const text = ['| holds | what | goal | measured |', '| --- | --- | --- | --- |', ...lines].join('\n');
  const allowance =
    margin === 1 ? '' : `, each with a margin of ${margin}, memory of ${Math.min(margin, STEADY_MARGIN)}`;
  return { text, missed, summary: `${lines.length - missed} of ${lines.length} goals hold${allowance}.` };
}

/** A number, or what is missing. */
function valueOf(results: Results, value: Goal['value']): number | string {
  class Missing extends Error {}
  const read: Read = (suite, row, column) => {
    const found = results[suite]?.rows.find(({ name }) => name === row)?.values[column];
    if (typeof found !== 'number') {
      throw new Missing(`${suite} has no ${column} of ${row}`);
    }
    return found;
  };
  try {
    return value(read);
  } catch (error) {
    if (error instanceof Missing) {
      return error.message;
    }
    throw error;
  }
}
