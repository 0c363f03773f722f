/**
 * The playground in a real Chromium: one name, and its review.
 */
import type { ReviewLabels } from '../../shared/ingredient/labels';
import { accessibilityProblems } from '../support/browser';
import { eventually } from '../support/owned-process';
import { describePlayground } from '../support/playground-site';

const DISH: ReviewLabels = { ingredient: 'ingredient', source: 'plant', categories: ['dish'] };

describePlayground((site) => {
  describe('one name', () => {
    it('is answered as it is typed, in all three tasks', async () => {
      await site.visit();

      await site.page.keyboard.type('Smoked paprika');
      await site.page.locator('.answer-name', { hasText: 'Smoked paprika' }).waitFor();

      expect(await site.labelsShown('ingredient')).toEqual(['An ingredient']);
      expect(await site.labelsShown('source')).toEqual(['Plant']);
      expect(await site.labelsShown('categories')).toEqual(['Spice']);
      expect(await site.textOf('.provenance')).toMatch(
        /^Model [\d.]+ · (computed just now|from memory|from the store) · [\d.]+ ms \([\d.]+ ms in the service\)$/,
      );
      expect(site.complaints).toEqual([]);
    });

    it('has a bar as long as its confidence', async () => {
      await site.visit();
      await site.ask('nduja');

      const bars = await site.page.evaluate<[written: number, drawn: number][]>(`
        [...document.querySelectorAll('.label')].map((label) => {
          const width = (part) => label.querySelector(part).getBoundingClientRect().width;
          return [parseFloat(label.querySelector('.confidence').textContent), (100 * width('.fill')) / width('.bar')];
        })`);

      expect(bars.length).toBeGreaterThanOrEqual(3);
      for (const [written, drawn] of bars) {
        expect(Math.abs(written - drawn)).toBeLessThan(0.6);
      }
    });

    it('that is no ingredient has one answer, and none of the others', async () => {
      await site.visit();
      await site.ask('poop cake');

      expect(await site.labelsShown('ingredient')).toEqual(['Not an ingredient']);
      expect(await site.page.locator('.task').count()).toBe(1);
    });

    it('that is none at all gets a sentence that says what to change', async () => {
      await site.visit();

      await site.page.locator('#name').fill('x'.repeat(121));
      await site.page.locator('#name').press('Enter');
      await site.page.getByRole('alert').waitFor();

      expect(await site.page.getByRole('alert').innerText()).toContain(
        'The name has 121 characters: send at most 120.',
      );
    });

    it('never becomes markup', async () => {
      await site.visit();
      const name = '<img src=x onerror=alert(1)>';

      await site.ask(name);

      expect(await site.textOf('.answer-name')).toBe(name);
      expect(await site.page.locator('#answer img').count()).toBe(0);
      expect(site.complaints).toEqual([]);
    });

    it('is in the link, which brings it again', async () => {
      await site.visit();
      await site.ask('50/50 crème & #1 + "salt"?');
      const link = site.page.url();

      await site.page.context().close();
      await site.visit({}, new URL(link).hash);
      await site.page.locator('.answer-name').waitFor();

      expect(await site.textOf('.answer-name')).toBe('50/50 crème & #1 + "salt"?');
    });

    it('is said to a screen reader when it was meant', async () => {
      await site.visit();
      await site.ask('honey');

      const said = await eventually('the status', async () => (await site.textOf('#status')) || undefined);
      expect(said).toMatch(/^honey: an ingredient; from: living animal, [\d.]+ %; sweetener\./);
    });

    it('stays in the history, which the arrow keys go through and a button clears', async () => {
      await site.visit();
      await site.ask('honey');
      await site.ask('rice');
      await site.page.locator('#history-list button', { hasText: 'rice' }).waitFor();

      await site.page.locator('#name').press('ArrowUp');
      await site.page.locator('#name').press('ArrowUp');
      const before = await site.page.locator('#name').inputValue();
      await site.page.reload();
      const kept = await site.page.locator('#history-list button').allInnerTexts();
      await site.page.locator('#history-clear').click();

      expect(before).toBe('honey');
      expect(kept).toContain('rice');
      expect(await site.page.locator('#history').isVisible()).toBe(false);
    });

    it('asked before is answered without a connection, and another says what is wrong', async () => {
      await site.visit();
      await site.ask('turmeric');
      await site.page.locator('#history-list button', { hasText: 'turmeric' }).waitFor();
      await site.ask('rice');

      // Offline, but for what the browser has in its own cache, which is cleared with the routes cut.
      await site.page.context().route('**/v1/**', (route) => route.abort('internetdisconnected'));
      await site.ask('turmeric');
      const notice = await site.textOf('.notice');
      const link = site.page.url();
      await site.page.locator('#name').fill('saffron');
      await site.page.locator('#name').press('Enter');
      await site.page.getByRole('alert').waitFor();

      expect(notice).toMatch(/^No connection to the service: this is its answer of /);
      expect(link).toBe(`${site.url}#name=turmeric`);
      expect(await site.page.getByRole('alert').innerText()).toContain('could not be reached: check the address');
      expect(await site.page.getByRole('button', { name: 'Ask again' }).isVisible()).toBe(true);
    });

    it('pasted with others becomes a list', async () => {
      await site.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
      await site.page.evaluate('navigator.clipboard.writeText("oat milk\\nhoney\\n")');

      await site.page.locator('#name').press('ControlOrMeta+v');
      await site.page.locator('tbody tr').nth(1).waitFor();

      expect(await site.page.locator('tbody th').allInnerTexts()).toEqual(['oat milk', 'honey']);
    });

    it('shows which words decided, and stops when told', async () => {
      await site.visit();
      await site.ask('vegan fish sauce');

      await site.page.getByRole('button', { name: 'Explain' }).click();
      await site.page.locator('.why').waitFor();
      const source = site.page.locator('.why dd').nth(1);
      const words = await source.locator('.word').allInnerTexts();
      const decisive = await source.locator('.word[data-part=for]').allInnerTexts();
      const focused = await site.page.evaluate<string>('document.activeElement.textContent');
      await site.page.getByRole('button', { name: 'Explain' }).click();
      await site.page.locator('.why').waitFor({ state: 'detached' });

      // Without "vegan" it comes from a fish.
      expect(decisive).toEqual([expect.stringMatching(/^vegan \+\d+$/)]);
      expect(words.map((word) => word.split(' ')[0])).toEqual(['vegan', 'fish', 'sauce']);
      expect(focused).toBe('Explain');
      expect(site.complaints).toEqual([]);
    });

    it('can be copied as a link and as JSON', async () => {
      await site.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
      await site.ask('oat milk');

      await site.page.getByRole('button', { name: 'Copy link' }).click();
      await site.page.locator('.provenance', { hasText: 'copied' }).waitFor();
      const link = await site.page.evaluate('navigator.clipboard.readText()');
      await site.page.getByRole('button', { name: 'Copy JSON' }).click();
      await site.page.locator('.provenance', { hasText: 'JSON' }).waitFor();
      const json = await site.page.evaluate<string>('navigator.clipboard.readText()');

      expect(link).toBe(`${site.url}#name=oat+milk`);
      expect(JSON.parse(json)).toMatchObject({ name: 'oat milk', ingredient: { label: 'ingredient' } });
    });

    it('has the sentences of its labels as soon as they can be had, and is there before', async () => {
      let isCut = true;
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      await site.open('about:blank');
      await site.page.route('**/v1/labels', async (route) => {
        await (isCut ? route.abort() : held.then(() => route.continue()));
      });
      await site.page.goto(site.url);
      await site.page.waitForLoadState('networkidle');

      isCut = false;
      await site.ask('oat milk');
      const before = await site.page.locator('.sentence').count();
      release();
      await site.page.locator('.sentence').first().waitFor();

      expect(before).toBe(0);
      // What the browser itself says of a request that is cut; no promise is left to itself.
      expect(site.complaints).toEqual([expect.stringMatching(/^Failed to load resource/)]);
    });

    it('that may not be copied says where else its link and its JSON are', async () => {
      await site.visit();
      await site.page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('Not allowed.'))");
      await site.ask('oat milk');

      await site.page.getByRole('button', { name: 'Copy link' }).click();
      await site.page.locator('.provenance', { hasText: 'does not let' }).waitFor();
      const link = await site.textOf('.provenance');
      await site.page.getByRole('button', { name: 'Copy JSON' }).click();
      await site.page.locator('.provenance', { hasText: 'JSON' }).waitFor();
      const json = await site.textOf('.provenance');
      const answer: unknown = await (await fetch(/\bhttp:.*$/.exec(json)![0])).json();

      expect(link).toBe('This browser does not let a page copy: copy the link from the address bar.');
      expect(json).toMatch(/^This browser does not let a page copy: its JSON is at http:/);
      expect(answer).toMatchObject({ name: 'oat milk', ingredient: { label: 'ingredient' } });
    });

    it('is what its link brings, though another one is asked for by now', async () => {
      await site.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
      await site.ask('oat milk');
      await site.page.route('**/v1/ingredients?**', () => undefined); // waits for ever
      await site.page.locator('#name').fill('rice');
      await site.page.locator('.answer[aria-busy]').waitFor();

      await site.page.getByRole('button', { name: 'Copy link' }).click();
      await site.page.locator('.provenance', { hasText: 'copied' }).waitFor();

      expect(await site.page.evaluate('navigator.clipboard.readText()')).toBe(`${site.url}#name=oat+milk`);
    });

    it('is in the address again where its tab is chosen again, as the list is', async () => {
      await site.visit();
      await site.ask('oat milk');
      await site.label('honey\nrice');

      const hashes = [new URL(site.page.url()).hash];
      for (const tab of ['#tab-one', '#tab-list']) {
        await site.page.locator(tab).click();
        hashes.push(new URL(site.page.url()).hash);
      }
      await site.page.locator('#tab-list').press('ArrowLeft');
      hashes.push(new URL(site.page.url()).hash);

      expect(hashes).toEqual(['#names=honey%0Arice', '#name=oat+milk', '#names=honey%0Arice', '#name=oat+milk']);
    });

    it('stays in the address when the link to the input is followed', async () => {
      await site.visit();
      await site.ask('oat milk');

      await site.page.locator('.skip').focus();
      await site.page.keyboard.press('Enter');

      expect(await site.page.evaluate('document.activeElement.id')).toBe('name');
      expect(site.page.url()).toBe(`${site.url}#name=oat+milk`);
    });
  });

  describe('a review', () => {
    it('wins over the model at once, and can be taken back', async () => {
      await site.visit();
      await site.ask('battery salad');
      await site.page.getByRole('button', { name: 'Correct it' }).click();
      const dialog = site.page.getByRole('dialog');

      await dialog.getByLabel('An ingredient', { exact: true }).check({ force: true });
      await dialog.getByRole('button', { name: 'Save' }).click();
      const missing = await dialog.getByRole('alert').innerText();
      await dialog.getByLabel('Plant', { exact: true }).check({ force: true });
      await dialog.getByLabel('Dish').check({ force: true });
      await dialog.getByRole('button', { name: 'Save' }).click();
      await site.page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();
      const reviewed = await site.labelsShown('categories');
      const confidences = await site.page.locator('.card .confidence').allInnerTexts();

      await site.page.getByRole('button', { name: 'Change the review' }).click();
      await dialog.getByRole('button', { name: 'Bring the model’s answer back' }).click();
      await site.page.locator('.provenance', { hasText: 'Model' }).waitFor();

      expect(missing).toBe('Choose what it comes from, and at least one place in the kitchen.');
      expect(reviewed).toEqual(['Dish']);
      expect(new Set(confidences)).toEqual(new Set(['100 %']));
      expect(await site.labelsShown('ingredient')).toEqual(['Not an ingredient']);
    });

    it('is not made of one that somebody changed meanwhile, which the card shows next', async () => {
      await site.visit();
      await site.ask('cement soup');
      await site.page.getByRole('button', { name: 'Correct it' }).click();
      const dialog = site.page.getByRole('dialog');
      await site.page.waitForLoadState('networkidle');
      await site.review('PUT', 'cement soup', DISH);

      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByRole('alert').filter({ hasText: 'another one' }).waitFor();
      const refusal = await dialog.getByRole('alert').innerText();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await site.page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();
      await site.page.getByRole('button', { name: 'Change the review' }).click();
      await dialog.locator('button:enabled', { hasText: 'Save' }).click();
      await dialog.waitFor({ state: 'detached' });

      expect(refusal).toMatch(/^The review is another one by now: /);
      expect(await site.review('GET', 'cement soup')).toEqual(DISH);
    });

    it('begins from one that the card does not have yet, and says so', async () => {
      await site.visit();
      await site.ask('cement pie');
      await site.review('PUT', 'cement pie', DISH);
      const dialog = site.page.getByRole('dialog');

      await site.page.getByRole('button', { name: 'Correct it' }).click();
      await dialog.locator('button:enabled', { hasText: 'Save' }).waitFor();
      const notice = await dialog.getByRole('alert').innerText();
      const problems = await accessibilityProblems(site.page);
      await dialog.getByRole('button', { name: 'Save' }).click();
      await site.page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();

      expect(notice).toBe('The card shows older labels: these are the ones of the review that stands by now.');
      expect(problems).toEqual([]);
      expect(await site.review('GET', 'cement pie')).toEqual(DISH);
    });

    it('that says it is no food hides what only food has, also where the card has it', async () => {
      await site.visit();
      await site.ask('plum cake with cream');
      await site.review('PUT', 'plum cake with cream', { ingredient: 'not_ingredient', source: null, categories: [] });
      const dialog = site.page.getByRole('dialog');

      await site.page.getByRole('button', { name: 'Correct it' }).click();
      await dialog.getByRole('alert').waitFor();
      const shown = await dialog.locator('fieldset:visible').count();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await site.page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();

      expect(shown).toBe(1);
      expect(await site.labelsShown('ingredient')).toEqual(['Not an ingredient']);
    });

    it('that was taken back meanwhile is not put again unseen', async () => {
      await site.visit();
      await site.review('PUT', 'cement bread', DISH);
      await site.ask('cement bread');
      await site.review('DELETE', 'cement bread');
      const dialog = site.page.getByRole('dialog');

      await site.page.getByRole('button', { name: 'Change the review' }).click();
      await dialog.getByRole('alert').waitFor();
      const notice = await dialog.getByRole('alert').innerText();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await site.page.locator('.provenance', { hasText: 'Model' }).waitFor();

      expect(notice).toBe('The review that the card shows was taken back: these are the labels that it had.');
    });
  });
});
