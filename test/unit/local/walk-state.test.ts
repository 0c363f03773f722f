import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { WalkState } from '../../../local/walk-state';
import { inTempFolder } from '../../support/builders';

const PURPOSE = { project: 'p', what: 'by a model before 2026.12.1' };

describe('WalkState', () => {
  it('goes on where an earlier process has stopped', async () => {
    await inTempFolder(async (folder) => {
      const file = path.join(folder, 'made', 'state.json');
      const first = await WalkState.open(file, PURPOSE);
      await first.advance(0, null, { read: 5, published: 2 });
      await first.advance(1, 'n1-00f', { read: 300, published: 300 });

      const second = await WalkState.open(file, PURPOSE);

      expect([first.isResumed, second.isResumed]).toEqual([false, true]);
      expect([second.isDone(0), second.isDone(1), second.isDone(2)]).toEqual([true, false, false]);
      expect([second.after(1), second.after(2), second.done]).toEqual(['n1-00f', null, 1]);
      expect(second.counts).toEqual({ read: 305, published: 302 });
    });
  });

  it('is on the disk when advance resolves, however many come at once', async () => {
    await inTempFolder(async (folder) => {
      const file = path.join(folder, 'state.json');
      const state = await WalkState.open(file, PURPOSE);

      await Promise.all(
        Array.from({ length: 50 }, async (_, range) => {
          await state.advance(range, `n1-${range}`, { read: 1, published: 1 });
          const kept = JSON.parse(await readFile(file, 'utf8')) as { ranges: Record<string, string> };
          expect(kept.ranges[range]).toBe(`n1-${range}`);
        }),
      );

      expect((await WalkState.open(file, PURPOSE)).counts).toEqual({ read: 50, published: 50 });
    });
  });

  it('refuses the state of another run, and what is none', async () => {
    await inTempFolder(async (folder) => {
      const file = path.join(folder, 'state.json');
      await (await WalkState.open(file, PURPOSE)).advance(0, null, { read: 1, published: 1 });

      await expect(WalkState.open(file, { ...PURPOSE, project: 'q' })).rejects.toThrow(
        `${file} holds a run that was not done (p, by a model before 2026.12.1)`,
      );
      await writeFile(file, '{"purpose"');
      await expect(WalkState.open(file, PURPOSE)).rejects.toThrow('holds no state of this command');
    });
  });

  it('leaves no file behind a walk that is done, nor where none was wanted', async () => {
    await inTempFolder(async (folder) => {
      const file = path.join(folder, 'state.json');
      const state = await WalkState.open(file, PURPOSE);
      await state.advance(0, null, { read: 1, published: 1 });
      await state.finish();
      const none = await WalkState.open(undefined, PURPOSE);
      await none.advance(0, null, { read: 1, published: 1 });
      await none.finish();

      expect((await WalkState.open(file, PURPOSE)).isResumed).toBe(false);
      expect(none.counts).toEqual({ read: 1, published: 1 });
    });
  });
});
