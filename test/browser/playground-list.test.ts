/**
 * The playground in a real Chromium: a list.
 */
import { readFile } from 'node:fs/promises';

import { describePlayground } from '../support/playground-site';

describePlayground((site) => {
  describe('a list', () => {
    it('is labelled in its order, with what is wrong with a bad name', async () => {
      await site.visit();

      await site.label(`oat milk\n\nworcestershire sauce\n${'x'.repeat(130)}\npoop cake`);

      expect(await site.page.locator('tbody th').allInnerTexts()).toEqual([
        'oat milk',
        'worcestershire sauce',
        `${'x'.repeat(80)}…`,
        'poop cake',
      ]);
      expect(await site.textOf('tbody tr:nth-child(2)')).toMatch(
        /Yes [\d.]+ %\s+Dead animal [\d.]+ %\s+Condiment [\d.]+ %/,
      );
      expect(await site.textOf('.row-problem')).toBe('The name has 130 characters: send at most 120.');
      expect(await site.textOf('.count')).toMatch(/^3 of 4 labelled, .*1 not$/);
      expect(site.complaints).toEqual([]);
    });

    it('takes a column of a table, and another one when told', async () => {
      await site.visit();
      await site.page.locator('#tab-list').click();

      await site.page.locator('#names').fill('id,ingredient,note\n1,"salt, flaky",honey\n2,oat milk,rice\n');
      await site.page.locator('#run').click();
      await site.page.locator('tbody tr').nth(1).waitFor();
      const named = await site.page.locator('tbody th').allInnerTexts();
      await site.page.locator('#column').selectOption('note');
      await site.page.locator('#run').click();
      await site.page.locator('tbody th', { hasText: 'rice' }).waitFor();

      expect(named).toEqual(['salt, flaky', 'oat milk']);
      expect(await site.page.locator('tbody th').allInnerTexts()).toEqual(['honey', 'rice']);
    });

    it('comes from a file, and goes into one that no spreadsheet runs', async () => {
      await site.visit();
      await site.page.locator('#tab-list').click();

      await site.page.locator('#file').setInputFiles({
        name: 'list.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('crème fraîche\n=1+1\n'),
      });
      await site.page.locator('#run').click();
      await site.page.locator('.results progress').waitFor({ state: 'hidden' });
      const downloading = site.page.waitForEvent('download');
      await site.page.getByRole('button', { name: 'Download CSV' }).click();
      const csv = await readFile(await (await downloading).path(), 'utf8');

      const lines = csv.split('\r\n');
      expect(lines[0]).toMatch(/^\uFEFFname,ingredient,ingredient_confidence,source,/);
      expect(lines[1]).toMatch(/^crème fraîche,ingredient,0\.\d+,animal_product,0\.\d+,dairy,/);
      expect(lines[2]).toMatch(/^"'=1\+1",not_ingredient,/);
      expect(lines).toHaveLength(4);
    });

    it('of a file that is not UTF-8 is refused with what to change, and what was there stays', async () => {
      await site.visit();
      await site.label('oat milk');
      const choose = (bytes: Buffer): Promise<void> =>
        site.page.locator('#file').setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: bytes });

      await choose(Buffer.from('crème fraîche\njalapeño\n', 'latin1'));
      await site.page.getByRole('alert').waitFor();
      const problem = await site.page.getByRole('alert').innerText();
      const kept = [
        await site.page.locator('#names').inputValue(),
        ...(await site.page.locator('tbody th').allInnerTexts()),
      ];
      await choose(Buffer.from('\uFEFFcrème fraîche\njalapeño\n'));
      await site.page.getByRole('alert').waitFor({ state: 'detached' });

      expect(problem).toBe(
        'list.csv is not UTF-8: save it as UTF-8 (in a spreadsheet, “CSV UTF-8”), and choose it again.',
      );
      expect(kept).toEqual(['oat milk', 'oat milk']);
      expect(await site.page.locator('#names').inputValue()).toBe('crème fraîche\njalapeño\n');
    });

    it('can be narrowed, and shows a long one in parts', async () => {
      await site.visit();
      const names = Array.from({ length: 450 }, (_, index) => (index % 3 === 0 ? 'honey' : 'rice'));

      await site.label(names.join('\n'));
      const first = await site.page.locator('tbody tr').count();
      await site.page.getByRole('button', { name: /^Show \d+ more/ }).click();
      const second = await site.page.locator('tbody tr').count();
      await site.page.getByRole('button', { name: 'Living animal 150' }).click();

      expect([first, second]).toEqual([200, 400]);
      expect(new Set(await site.page.locator('tbody th').allInnerTexts())).toEqual(new Set(['honey']));
      expect(await site.page.locator('tbody tr').count()).toBe(150);
    });

    it('can be stopped, and keeps what was answered', async () => {
      await site.visit();
      let batches = 0;
      await site.page.route('**/v1/ingredients:batch', async (route) => {
        batches += 1;
        if (batches <= 1) {
          await route.continue();
        } // the others wait for ever
      });

      await site.page.locator('#tab-list').click();
      await site.page.locator('#names').fill(Array.from({ length: 300 }, (_, index) => `herb ${index}`).join('\n'));
      await site.page.locator('#run').click();
      await site.page.locator('tbody tr').nth(63).waitFor();
      await site.page.locator('#stop').click();
      await site.page.locator('#stop').waitFor({ state: 'hidden' });

      expect(await site.page.locator('tbody tr').count()).toBe(64);
      expect(await site.textOf('.count')).toMatch(/^64 of 300 labelled/);
    });

    it('is in the link, which brings it again', async () => {
      await site.visit();
      await site.label('oat milk\nhoney');
      const { hash } = new URL(site.page.url());

      await site.page.context().close();
      await site.visit({}, hash);
      await site.page.locator('tbody tr').nth(1).waitFor();

      expect(await site.page.locator('#names').inputValue()).toBe('oat milk\nhoney');
    });

    it('is the same names again from its link, though they look like rows, also when more are added', async () => {
      await site.visit();
      const names = ['salt, flaky', 'pepper, black', 'tomatoes, canned'];
      await site.page.locator('#tab-list').click();
      await site.page.locator('#names').fill(names.join('\n'));
      await site.page.locator('#column').selectOption('The whole line');
      await site.page.locator('#run').click();
      await site.page.locator('tbody tr').nth(2).waitFor();
      const { hash } = new URL(site.page.url());

      await site.page.context().close();
      await site.visit({}, hash);
      await site.page.locator('tbody tr').nth(2).waitFor();
      const again = await site.page.locator('tbody th').allInnerTexts();
      await site.page.locator('#names').fill([...names, 'honey, raw'].join('\n'));
      await site.page.locator('#run').click();
      await site.page.locator('tbody tr').nth(3).waitFor();

      expect(again).toEqual(names);
      expect(await site.page.locator('tbody th').allInnerTexts()).toEqual([...names, 'honey, raw']);
    });

    it('has a link to copy, and says where it is too long for one', async () => {
      await site.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
      const hint = site.page.locator('.results .hint');
      await site.label('oat milk\nhoney');
      await site.page.getByRole('button', { name: 'Copy link' }).click();
      await hint.filter({ hasText: 'The link is copied.' }).waitFor();
      const link = await site.page.evaluate('navigator.clipboard.readText()');

      await site.label(Array.from({ length: 80 }, () => 'x'.repeat(110)).join('\n'));

      expect(link).toBe(`${site.url}#names=oat+milk%0Ahoney`);
      expect(await hint.innerText()).toBe('The list is too long for a link: download its CSV, and share that.');
      expect(await site.page.getByRole('button', { name: 'Copy link' }).count()).toBe(0);
    });
  });
});
