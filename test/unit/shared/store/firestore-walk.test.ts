import { keyRanges } from '../../../../shared/store/firestore-walk';

describe('keyRanges', () => {
  it('parts the keys by their first hex digits', () => {
    expect(keyRanges(4)).toEqual([
      { start: null, end: 'n1-400' },
      { start: 'n1-400', end: 'n1-800' },
      { start: 'n1-800', end: 'n1-c00' },
      { start: 'n1-c00', end: null },
    ]);
  });

  it.each([1, 3, 16, 256, 4096])('leaves no gap between %i ranges, and nothing twice', (count) => {
    const ranges = keyRanges(count);

    expect(ranges).toHaveLength(count);
    expect(ranges[0]?.start).toBeNull();
    expect(ranges.at(-1)?.end).toBeNull();
    ranges.slice(1).forEach(({ start }, index) => {
      expect(start).toBe(ranges[index]?.end);
    });
    expect(new Set(ranges.map(({ start }) => start)).size).toBe(count);
  });
});
