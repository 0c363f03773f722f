import { Progress } from '../../../local/progress';

async function shown(
  total: number | undefined,
  steps: [bytes: number, atMs: number, done: number][],
): Promise<string[]> {
  const lines: string[] = [];
  let time = 0;
  const progress = new Progress(
    (text) => lines.push(text),
    total,
    () => time,
  );
  async function* stream(): AsyncGenerator<Buffer> {
    for (const [bytes, atMs] of steps) {
      time = atMs;
      yield await Promise.resolve(Buffer.alloc(bytes));
    }
  }
  let step = 0;
  const read = progress.counted(stream());
  while ((await read.next()).done !== true) {
    progress.update(steps[step]![2]);
    step += 1;
  }
  progress.end(steps.at(-1)![2]);
  return lines;
}

describe('Progress', () => {
  it('draws how far it is, how fast, and how long it will take', async () => {
    const lines = await shown(1000, [
      [250, 1000, 500],
      [250, 2000, 1000],
      [500, 4000, 2000],
    ]);

    expect(lines).toEqual([
      '\r[######------------------]  25 % 500 names, 500 a second, 3 s left   ',
      '\r[############------------]  50 % 1,000 names, 500 a second, 2 s left   ',
      '\r[########################] 100 % 2,000 names, 500 a second   ',
      '\r[########################] 100 % 2,000 names, 500 a second   \n',
    ]);
  });

  it('has no bar where nobody knows the end', async () => {
    expect(await shown(undefined, [[10, 500, 7]])).toEqual([
      '\r7 names, 14 a second   ',
      '\r7 names, 14 a second   \n',
    ]);
  });

  it('draws at most five times a second', async () => {
    const steps = Array.from({ length: 100 }, (_, index): [number, number, number] => [1, 10 * (index + 1), index]);

    expect(await shown(undefined, steps)).toHaveLength(6);
  });
});
