/**
 * The playground in a real Chromium, on what `npm start` serves: its keyboard, its looks, what it asks for, and who can use it.
 */
import { accessibilityProblems } from '../support/browser';
import { describePlayground } from '../support/playground-site';

const PHONE = { width: 390, height: 844 };

describePlayground((site) => {
  describe('by keyboard alone', () => {
    it('labels, looks at one of a list, and corrects it', async () => {
      await site.visit();

      await site.page.locator('#tab-one').focus();
      await site.page.keyboard.press('ArrowRight');
      await site.page.keyboard.press('Tab');
      await site.page.keyboard.type('oat milk\nbattery salad');
      await site.page.keyboard.press('Control+Enter');
      await site.page.locator('tbody th button').nth(1).waitFor();
      await site.page.locator('tbody th button').nth(1).focus();
      await site.page.keyboard.press('Enter');
      await site.page.locator('.answer-name', { hasText: 'battery salad' }).waitFor();
      await site.page.getByRole('button', { name: 'Correct it' }).focus();
      await site.page.keyboard.press('Enter');
      await site.page.getByRole('dialog').waitFor();
      await site.page.keyboard.press('Escape');
      await site.page.getByRole('dialog').waitFor({ state: 'detached' });
      await site.page.keyboard.press('Control+k');

      expect(await site.page.evaluate('document.activeElement.id')).toBe('name');
    });

    it('keeps the focus on a name of the history, which moves to the front', async () => {
      await site.visit();
      await site.ask('honey');
      await site.page.locator('#history-list button', { hasText: 'honey' }).waitFor();
      await site.ask('rice');
      await site.page.locator('#history-list button', { hasText: 'rice' }).waitFor();

      await site.page.locator('#history-list button', { hasText: 'honey' }).press('Enter');
      await site.page.locator('#history-list li:first-child', { hasText: 'honey' }).waitFor();

      expect(await site.focused()).toBe('honey');
    });

    it('comes back from a review to the button that opened it, whatever its text is by then', async () => {
      await site.visit();
      await site.ask('cement roll');

      await site.page.getByRole('button', { name: 'Correct it' }).press('Enter');
      await site.page.getByRole('dialog').locator('button:enabled', { hasText: 'Save' }).press('Enter');
      await site.page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();
      const saved = await site.focused();
      await site.page.keyboard.press('Enter');
      await site.page.getByRole('button', { name: 'Bring the model’s answer back' }).press('Enter');
      await site.page.locator('.provenance', { hasText: 'Model' }).waitFor();

      expect([saved, await site.focused()]).toEqual(['Change the review', 'Correct it']);
    });

    it('has the focus on the answer after "Ask again"', async () => {
      await site.visit();
      await site.page.route('**/v1/ingredients?**', (route) => route.abort(), { times: 2 });
      await site.page.locator('#name').fill('juniper berries');
      await site.page.locator('#name').press('Enter');
      const again = site.page.getByRole('button', { name: 'Ask again' });
      await again.waitFor();
      await again.evaluate('(button) => (button.dataset.first = "")');

      await again.press('Enter');
      await site.page.locator('[data-first]').waitFor({ state: 'detached' });
      const afterFailure = await site.focused();
      await site.page.keyboard.press('Enter');
      await site.page.locator('.answer-name').waitFor();

      expect([afterFailure, await site.focused()]).toEqual(['Ask again', 'answer']);
    });

    it('has the focus on the table after the last "Show more", and on the button that starts again after "Stop"', async () => {
      await site.visit();
      const names = Array.from({ length: 250 }, (_, index) => `root ${index}`).join('\n');
      await site.label(names);
      await site.page.getByRole('button', { name: /^Show 50 more/ }).press('Enter');
      const afterMore = await site.focused();
      await site.page.route('**/v1/ingredients:batch', () => undefined); // waits for ever
      await site.page.locator('#run').click();

      await site.page.locator('#stop').press('Enter');
      await site.page.locator('#stop').waitFor({ state: 'hidden' });

      expect([afterMore, await site.focused()]).toEqual(['Labelled names', 'run']);
    });

    it('shows that the focus is on the choice of a file', async () => {
      await site.visit();
      await site.page.locator('#tab-list').click();
      const outline = (): Promise<string> =>
        site.page.evaluate("getComputedStyle(document.querySelector('label[for=file]')).outline");

      await site.page.locator('#names').focus();
      const before = await outline();
      await site.page.keyboard.press('Tab');

      expect(await site.page.evaluate('document.activeElement.id')).toBe('file');
      expect(before).toContain('none');
      expect(await outline()).toMatch(/solid 3px/);
    });
  });

  describe('what it looks like', () => {
    it.each([320, 390, 768, 1280])('fits a width of %s pixels', async (width) => {
      await site.visit({ viewport: { width, height: 800 } });
      const overflow = (): Promise<string[]> =>
        site.page.evaluate(`[...document.body.querySelectorAll(':not(.visually-hidden, .scroll *)')]
          .filter((element) => element.getBoundingClientRect().right > innerWidth)
          .map(({ outerHTML }) => outerHTML)`);

      await site.ask('worcestershire sauce with an uncommonly long name that goes on and on');
      const one = await overflow();
      await site.label(`oat milk\n${'x'.repeat(130)}\nnduja`);

      expect([one, await overflow()]).toEqual([[], []]);
    });

    it('is light or dark as the system says, and as the person chooses', async () => {
      await site.visit({ colorScheme: 'dark' });
      const background = (): Promise<unknown> => site.page.evaluate('getComputedStyle(document.body).backgroundColor');

      const dark = await background();
      await site.page.locator('#theme').click();
      const light = await background();
      await site.page.reload();

      expect(await site.textOf('#theme')).toBe('Theme: light');
      expect(light).not.toBe(dark);
      expect(await background()).toBe(light);
    });
  });

  describe('what it asks for', () => {
    it('is on its own address alone', async () => {
      await site.visit();
      const asked: string[] = [];
      site.page.on('request', (request) => asked.push(new URL(request.url()).origin));

      await site.page.reload();
      await site.ask('honey');
      await site.label('oat milk');

      expect(new Set(asked)).toEqual(new Set([new URL(site.url).origin]));
    });
  });

  describe.each<'light' | 'dark'>(['light', 'dark'])('accessibility (axe-core), %s', (colorScheme) => {
    it.each([
      ['wide', { width: 1280, height: 900 }],
      ['on a phone', PHONE],
    ])('has no violation in any state, %s', async (_what, viewport) => {
      await site.visit({ colorScheme, viewport });
      const found: string[] = await accessibilityProblems(site.page);

      await site.ask('vegan fish sauce');
      await site.page.getByRole('button', { name: 'Explain' }).click();
      await site.page.locator('.why').waitFor();
      found.push(...(await accessibilityProblems(site.page)));
      await site.ask('nduja');
      found.push(...(await accessibilityProblems(site.page)));
      await site.page.getByRole('button', { name: 'Correct it' }).click();
      await site.page.getByRole('dialog').waitFor();
      found.push(...(await accessibilityProblems(site.page)));
      await site.page.keyboard.press('Escape');
      await site.ask('poop cake');
      found.push(...(await accessibilityProblems(site.page)));
      await site.page.locator('#name').fill('x'.repeat(121));
      await site.page.locator('#name').press('Enter');
      await site.page.getByRole('alert').waitFor();
      found.push(...(await accessibilityProblems(site.page)));
      await site.label(`oat milk\nnduja\nsea salt\nbutter\nlard\ncement\n${'x'.repeat(121)}`);
      found.push(...(await accessibilityProblems(site.page)));

      expect(found).toEqual([]);
    });
  });
});
