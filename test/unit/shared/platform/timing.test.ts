import { serverTiming, stageFields, Stopwatch } from '../../../../shared/platform/timing';

describe('Stopwatch', () => {
  it('adds up a stage that runs more than once', () => {
    const stopwatch = new Stopwatch();

    stopwatch.add('run', 1.5);
    stopwatch.add('decode', 0.25);
    stopwatch.add('run', 2);

    expect([...stopwatch.durations]).toEqual([
      ['run', 3.5],
      ['decode', 0.25],
    ]);
  });

  it('gives what the work gave, and keeps its stage', async () => {
    const stopwatch = new Stopwatch();

    const [later, now] = [await stopwatch.time('a', () => Promise.resolve(7)), stopwatch.timeSync('b', () => 8)];

    expect([later, now]).toEqual([7, 8]);
    expect([...stopwatch.durations.keys()]).toEqual(['a', 'b']);
  });

  it('keeps the stage also where the work fails', async () => {
    const stopwatch = new Stopwatch();
    const fail = (): never => {
      throw new Error('broken');
    };

    await expect(stopwatch.time('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(() => stopwatch.timeSync('b', fail)).toThrow('broken');

    expect([...stopwatch.durations.keys()]).toEqual(['a', 'b']);
  });
});

describe('Stopwatch.longest', () => {
  it('keeps the longest of runs that overlap', () => {
    const stopwatch = new Stopwatch();

    stopwatch.longest('write', 2);
    stopwatch.longest('write', 5.5);
    stopwatch.longest('write', 3);

    expect([...stopwatch.durations]).toEqual([['write', 5.5]]);
  });
});

describe('stageFields', () => {
  it('gives each stage to a hundredth of a millisecond', () => {
    expect(stageFields(new Map([['run', 1.23456]]))).toEqual({ run: 1.23 });
  });
});

describe('serverTiming', () => {
  it('writes each stage with its milliseconds, as W3C Server-Timing has them', () => {
    expect(serverTiming({ encode: 0.12, run: 12 })).toBe('encode;dur=0.12, run;dur=12');
  });

  it('is empty without stages', () => {
    expect(serverTiming({})).toBe('');
  });
});
