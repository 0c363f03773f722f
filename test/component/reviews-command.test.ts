/**
 * `npm run reviews -- export` with the embedded store: its rows are ones that training reads.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { FileStore } from '../../local/file-store';
import type { ReviewLabels } from '../../shared/ingredient/labels';
import { classified, inTempFolder } from '../support/builders';
import { type Ended, startCommand } from '../support/command';

const REVIEWS: Readonly<Record<string, ReviewLabels>> = {
  'Oat Milk': { ingredient: 'ingredient', source: 'plant', categories: ['substitute', 'grain'] },
  'battery salad': { ingredient: 'not_ingredient', source: null, categories: [] },
  ghee: { ingredient: 'ingredient', source: 'animal_product', categories: ['dairy', 'fat_oil'] },
};

const reviews = async (cwd: string, ...args: string[]): Promise<Ended> => startCommand('reviews', args, {}, cwd).ended;

async function review(store: FileStore, name: string, labels: ReviewLabels | null): Promise<void> {
  await store.changeReview({ classified: classified({ name }), labels, reviewer: 'local', holds: () => true });
}

describe('npm run reviews -- export', () => {
  it('writes what stands reviewed, by normal name, also while the store is open', async () => {
    await inTempFolder(async (folder) => {
      const store = await FileStore.open(path.join(folder, '.data'));
      for (const [name, labels] of Object.entries(REVIEWS)) {
        await review(store, name, labels);
      }
      await review(store, 'taken back', REVIEWS['ghee']!);
      await review(store, 'taken back', null);

      const { status, stdout } = await reviews(folder, 'export', 'rows');
      await store.close();

      expect(status).toBe(0);
      expect(stdout).toMatch(/^2 ingredients, 1 other names in rows: /);
      expect(await readFile(path.join(folder, 'rows/ingredients/reviews.tsv'), 'utf8')).toBe(
        'name\tsource\tcategories\nghee\tanimal_product\tdairy,fat_oil\noat milk\tplant\tsubstitute,grain\n',
      );
      expect(await readFile(path.join(folder, 'rows/not_ingredients/reviews.tsv'), 'utf8')).toBe(
        'name\tkind\nbattery salad\treviewed\n',
      );
    });
  });

  it('keeps reviews and their history across a restart of the store', async () => {
    await inTempFolder(async (folder) => {
      const first = await FileStore.open(folder);
      await review(first, 'ghee', REVIEWS['ghee']!);
      await first.close();

      const second = await FileStore.open(folder);
      const key = classified({ name: 'ghee' }).answer.key;
      const found = (await second.get([key])).get(key);
      const [entry] = await second.reviewHistory(key);
      await second.close();

      expect(found).toMatchObject({ status: 'reviewed', reviewCount: 1 });
      expect(entry).toMatchObject({ reviewer: 'local', revision: 1 });
      expect(entry?.reviewedAt).toBeInstanceOf(Date);
    });
  });

  it.each([
    ['nothing', [], 2, 'say what to do'],
    ['another command', ['import'], 2, 'say what to do'],
    ['an option that there is not', ['export', '--all'], 2, 'unknown option --all'],
    ['no folder of answers', ['export'], 1, 'there is no .data/ here'],
  ])('says what to change where it is given %s', async (_what, args, status, message) => {
    await inTempFolder(async (folder) => {
      const ended = await reviews(folder, ...args);

      expect([ended.status, ended.stdout]).toEqual([status, '']);
      expect(ended.stderr).toContain(message);
    });
  });
});
