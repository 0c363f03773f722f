import { MemoryCache } from '../../../../shared/store/memory-store';

function cache(maxEntries: number, ttlMs = 1000) {
  const clock = { nowMs: 0 };
  return { clock, memory: new MemoryCache<string>(maxEntries, ttlMs, () => clock.nowMs) };
}

describe('MemoryCache', () => {
  it('gives what was kept, and undefined for the rest', () => {
    const { memory } = cache(2);

    memory.set('a', '1');

    expect(memory.get('a')).toBe('1');
    expect(memory.get('b')).toBeUndefined();
  });

  it('drops the least recently used first', () => {
    const { memory } = cache(2);
    memory.set('a', '1');
    memory.set('b', '2');
    memory.get('a');

    memory.set('c', '3');

    expect([memory.get('a'), memory.get('b'), memory.get('c')]).toEqual(['1', undefined, '3']);
    expect(memory.size).toBe(2);
  });

  it('counts a value that is written again as used', () => {
    const { memory } = cache(2);
    memory.set('a', '1');
    memory.set('b', '2');
    memory.set('a', '3');

    memory.set('c', '4');

    expect([memory.get('a'), memory.get('b'), memory.get('c')]).toEqual(['3', undefined, '4']);
  });

  it('keeps a value until its time is over', () => {
    const { clock, memory } = cache(2, 1000);
    memory.set('a', '1');

    clock.nowMs = 999;
    const before = memory.get('a');
    clock.nowMs = 1000;
    const after = memory.get('a');

    expect([before, after]).toEqual(['1', undefined]);
    expect(memory.size).toBe(0);
  });

  it('does not lengthen the time of a value by reading it', () => {
    const { clock, memory } = cache(2, 1000);
    memory.set('a', '1');

    clock.nowMs = 900;
    memory.get('a');
    clock.nowMs = 1000;

    expect(memory.get('a')).toBeUndefined();
  });

  it('begins the time anew where a value is written again', () => {
    const { clock, memory } = cache(2, 1000);
    memory.set('a', '1');
    clock.nowMs = 900;
    memory.set('a', '2');

    clock.nowMs = 1899;

    expect(memory.get('a')).toBe('2');
  });

  it('forgets what is deleted', () => {
    const { memory } = cache(2);
    memory.set('a', '1');

    memory.delete('a');

    expect(memory.get('a')).toBeUndefined();
  });

  it.each([
    ['no entries', 0, 1000],
    ['no time', 10, 0],
  ])('keeps nothing where it has %s', (_what, maxEntries, ttlMs) => {
    const { memory } = cache(maxEntries, ttlMs);

    memory.set('a', '1');

    expect(memory.get('a')).toBeUndefined();
    expect(memory.size).toBe(0);
  });
});
