/**
 * docs/cost.md adds up, by the prices that it gives.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from '../support/fixtures';

const text = readFileSync(path.join(ROOT, 'docs/cost.md'), 'utf8');
const lines = text.split('\n');

/** The last three cells of a row, as numbers. */
function amounts(row: string): number[] {
  return row
    .split('|')
    .slice(3, 6)
    .map((cell) => Number(cell.trim()));
}

const beyond = (used: number, free: number): number => Math.max(0, used - free);
const cents = (amount: number): number => Math.round(amount * 100) / 100;

describe('docs/cost.md', () => {
  const first = lines.findIndex((line) => line.startsWith('| CPU'));
  const last = lines.findIndex((line) => line.startsWith('| **total**'));
  const items = lines.slice(first, last);

  it('has a total that is the sum of its items', () => {
    const sums = [0, 1, 2].map((column) => cents(items.reduce((sum, row) => sum + amounts(row)[column]!, 0)));

    expect(items).toHaveLength(9);
    expect(amounts(lines[last]!)).toEqual(sums);
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

    expect(items.map((row) => amounts(row)[column])).toEqual(expected.map(cents));
  });
});
