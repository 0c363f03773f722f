/**
 * docs/cost.md adds up, by the prices that it gives: each table, and each sum in its text.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from '../support/fixtures';

const text = readFileSync(path.join(ROOT, 'docs/cost.md'), 'utf8');

/** The rows of the first table below a heading, without its head. */
function tableBelow(heading: string): string[][] {
  const lines = text.slice(text.indexOf(`\n## ${heading}\n`)).split('\n');
  const first = lines.findIndex((line) => line.startsWith('| --- '));
  const rows = lines.slice(first + 1);
  return rows.slice(0, rows.indexOf('')).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const numberOf = (shown: string): number => Number(shown.replace(/[$,]/g, ''));
/** The columns of money in a row. */
const amounts = (cells: readonly string[], from: number, count: number): number[] =>
  cells.slice(from, from + count).map(numberOf);
const beyond = (used: number, free: number): number => Math.max(0, used - free);
const cents = (amount: number): number => Math.round(amount * 100 + 1e-6) / 100;
const totalOf = (rows: readonly (readonly number[])[], column: number): number =>
  cents(rows.reduce((sum, row) => sum + row[column]!, 0));

/** A sum, difference, product or quotient as the text has it, such as `(9.54 − 1) × $0.15`. */
function evaluate(expression: string): number {
  const tokens = expression.match(/[\d.,]+|[()×÷+−]/g) ?? [];
  const isNext = (...signs: string[]): boolean => signs.includes(tokens[0] ?? '');
  const factor = (): number => {
    if (!isNext('(')) {
      return numberOf(tokens.shift() ?? '');
    }
    tokens.shift();
    const inner = sum();
    tokens.shift();
    return inner;
  };
  const product = (): number => {
    let value = factor();
    while (isNext('×', '÷')) {
      value = tokens.shift() === '×' ? value * factor() : value / factor();
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (isNext('+', '−')) {
      value = tokens.shift() === '+' ? value + product() : value - product();
    }
    return value;
  };
  return sum();
}

// Compute and requests alone: seconds of a request, its CPUs and its GiB.
const computeOf = (lookups: number, busyS: number, cpu: number, gib: number): number =>
  beyond(busyS * cpu, 180_000) * 0.000024 + beyond(busyS * gib, 360_000) * 0.0000025 + beyond(lookups, 2e6) * 0.4e-6;
const LOOKUPS = [1e4, 1e6, 1e8];

describe('docs/cost.md, in its text', () => {
  const flat = text.replace(/\s+/g, ' ');
  const sums = [
    ...flat.matchAll(/([$(]?\d[\d.,$()×÷+−\s]*[×÷+−][\d.,$()×÷+−\s]*\)?) = \$?(\d+(?:,\d{3})*(?:\.\d+)?)/g),
  ];

  it('has sums', () => {
    expect(sums).toHaveLength(12);
  });

  it.each(sums.map(([, expression, result]) => [expression!.trim(), result!]))('%s = %s', (expression, result) => {
    const digits = result.split('.')[1]?.length ?? 0;

    expect(evaluate(expression).toFixed(digits)).toBe(numberOf(result).toFixed(digits));
  });

  it('has the cells of 100 million as their sums say', () => {
    const paragraph = /How a cell comes about, at 100 million: (.*?)\. The free reads/.exec(flat)?.[1] ?? '';
    const shown = paragraph.split(';').map((part) => cents(evaluate(part.replace(/^[^\d(]*/, ''))));
    const rows = tableBelow('Lookups').slice(0, -1);

    expect(shown).toEqual(rows.map((cells) => numberOf(cells[4]!)));
  });

  it('has the prices of a million events', () => {
    expect(flat).toContain(`$${(10 * 0.03).toFixed(2)} + $${(10 * 0.09).toFixed(2)} without free ones`);
    expect(flat).toContain(`is $${(1e5 * 0.000024).toFixed(2)} + $${cents(1e5 * 0.5 * 0.0000025).toFixed(2)}.`);
  });

  it('has the hosted API cheaper from where it says', () => {
    expect(computeOf(1e7, 1e6, 1, 0.5)).toBeLessThan(24.09);
    expect(computeOf(1.2e7, 1.2e6, 1, 0.5)).toBeGreaterThan(24.09);
  });
});

describe('docs/cost.md, idle', () => {
  const rows = tableBelow('Idle');
  const money = rows.map((cells) => amounts(cells, 2, 2));

  it('has the prices of what stands by', () => {
    const days = 30;
    const checks = 3 * 12 * 24 * days;

    expect(money.slice(0, -1)).toEqual(
      [
        19 * 1.5,
        (20 * 2 * 60 * 24 * days * 0.35) / 1e6,
        beyond(checks, 1e6) * 0.0003,
        beyond(checks * 0.1, 180_000) * 0.000024 + beyond(checks * 0.1 * 0.5, 360_000) * 0.0000025,
        0.15,
        (7 + 14) * 0.03,
        0,
      ].map((amount) => [0, cents(amount)]),
    );
  });

  it('has a total that is the sum of its items', () => {
    expect(money.at(-1)).toEqual([0, 1].map((column) => totalOf(money.slice(0, -1), column)));
  });
});

describe('docs/cost.md, of lookups', () => {
  const rows = tableBelow('Lookups');
  const money = rows.map((cells) => amounts(cells, 2, 3));
  const items = money.slice(0, -1);

  it('has a total that is the sum of its items', () => {
    expect(items).toHaveLength(9);
    expect(money.at(-1)).toEqual([0, 1, 2].map((column) => totalOf(items, column)));
  });

  // Busy seconds, and how much of each thing: what the text above the table assumes.
  it.each([
    [0, 1e4, 1e3],
    [1, 1e6, 1e5],
    [2, 1e8, 5_184_000],
  ])('has the prices of its column %i', (column, lookups, busyS) => {
    const gib = 2 ** 30;
    const expected = [
      beyond(busyS, 180_000) * 0.000024,
      beyond(busyS * 0.5, 360_000) * 0.0000025,
      beyond(lookups, 2e6) * 0.4e-6,
      (beyond(lookups / 2, 30 * 50_000) / 1e5) * 0.03,
      (beyond(lookups / 20, 30 * 20_000) / 1e5) * 0.09,
      (lookups / 20 / 1e5) * 0.01,
      beyond(((lookups / 20) * 2048) / gib, 1) * 0.15,
      beyond((lookups * 1700) / gib, 50) * 0.5,
      beyond((lookups * 1000) / gib, 1) * 0.12,
    ];

    expect(items.map((row) => row[column])).toEqual(expected.map(cents));
  });
});

describe('docs/cost.md, of what came before', () => {
  it.each([
    [0, 'Python', 0.5, 4, 16],
    [1, 'Node.js', 0.1, 1, 0.5],
    [2, 'this project', 0.1, 1, 0.25],
  ])('has the prices of row %i, %s', (row, name, seconds, cpu, gib) => {
    const cells = tableBelow('Against what came before')[row]!;

    expect(cells[0]).toContain(name);
    expect(amounts(cells, 1, 3)).toEqual(
      LOOKUPS.map((lookups) => cents(computeOf(lookups, lookups * seconds, cpu, gib))),
    );
  });
});

describe('docs/cost.md, of a hosted API', () => {
  const [endpoints, money, ours] = tableBelow('Against a hosted inference API').map((cells) => amounts(cells, 1, 3));

  it('has the price of its endpoints', () => {
    expect(money).toEqual(endpoints!.map((count) => cents(count * 730 * 0.033)));
    expect(endpoints).toEqual([1, 1, 2]);
  });

  it("has this project's compute and requests beside it", () => {
    const lookups = tableBelow('Lookups').map((cells) => amounts(cells, 2, 3));

    expect(ours).toEqual([0, 1, 2].map((column) => totalOf(lookups.slice(0, 3), column)));
  });
});
