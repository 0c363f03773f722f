/**
 * The playground in a real Chromium, on what `npm start` serves.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { Browser, Page } from 'playwright-core';

import type { ReviewLabels } from '../../shared/ingredient/labels';
import { accessibilityProblems, describeInBrowser, launch, open } from '../support/browser';
import { MODEL_FOLDER, ROOT } from '../support/fixtures';
import { eventually, freePort, OwnedProcess } from '../support/owned-process';

// axe-core walks six states of a page a test, which takes a busy machine a minute.
jest.setTimeout(180_000);

const START_TIMEOUT_MS = 45_000;
const PHONE = { width: 390, height: 844 };
const DISH: ReviewLabels = { ingredient: 'ingredient', source: 'plant', categories: ['dish'] };

let browser: Browser;
let server: OwnedProcess;
let folder: string;
let url: string;
let page: Page;
let complaints: string[];

/** A page that is done, with nothing to complain of. */
async function visit(options: Parameters<typeof open>[2] = {}, fragment = ''): Promise<void> {
  ({ page, complaints } = await open(browser, `${url}${fragment}`, options));
}

const textOf = (selector: string): Promise<string> => page.locator(selector).innerText();
const labelsShown = (task: string): Promise<string[]> =>
  page.locator(`.task[data-task=${task}] .label-name`).allInnerTexts();

/** What has the focus, by its id, its name or its text. */
const focused = (): Promise<string> =>
  page.evaluate(`(({ id, ariaLabel, textContent, tagName }) =>
    id || ariaLabel || (tagName === 'BODY' ? 'nothing' : textContent))(document.activeElement)`);

async function ask(name: string): Promise<void> {
  await page.locator('#name').fill(name);
  await page.locator('#name').press('Enter');
  await page.locator('.answer-name', { hasText: name }).waitFor();
}

/** Somebody else's request; its answer's labels, where it has some. */
async function review(method: 'GET' | 'PUT' | 'DELETE', name: string, labels?: ReviewLabels): Promise<unknown> {
  const body = labels === undefined ? {} : { body: JSON.stringify(labels) };
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${url}v1/review?name=${encodeURIComponent(name)}`, { method, headers, ...body });
  return response.status === 200 ? response.json() : undefined;
}

async function label(text: string): Promise<void> {
  await page.locator('#tab-list').click();
  await page.locator('#names').fill(text);
  await page.locator('#run').click();
  await page.locator('.results progress').waitFor({ state: 'hidden' });
}

describeInBrowser('the playground', () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'playground-'));
    const port = await freePort();
    url = `http://127.0.0.1:${port}/`;
    const env = { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER, PORT: String(port) };
    server = new OwnedProcess([process.execPath, `${ROOT}/dist/local/bin/start.js`], { cwd: folder, env });
    const isReady = (): Promise<boolean> => Promise.resolve(server.output.includes('Submit:'));
    [browser] = await Promise.all([launch(), server.ready(isReady, START_TIMEOUT_MS)]);
  });

  afterAll(async () => {
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  afterEach(async () => {
    await page.context().close();
  });

  describe('one name', () => {
    it('is answered as it is typed, in all three tasks', async () => {
      await visit();

      await page.keyboard.type('Smoked paprika');
      await page.locator('.answer-name', { hasText: 'Smoked paprika' }).waitFor();

      expect(await labelsShown('ingredient')).toEqual(['An ingredient']);
      expect(await labelsShown('source')).toEqual(['Plant']);
      expect(await labelsShown('categories')).toEqual(['Spice']);
      expect(await textOf('.provenance')).toMatch(
        /^Model [\d.]+ · (computed just now|from memory|from the store) · [\d.]+ ms \([\d.]+ ms in the service\)$/,
      );
      expect(complaints).toEqual([]);
    });

    it('has a bar as long as its confidence', async () => {
      await visit();
      await ask('nduja');

      const bars = await page.evaluate<[written: number, drawn: number][]>(`
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
      await visit();
      await ask('poop cake');

      expect(await labelsShown('ingredient')).toEqual(['Not an ingredient']);
      expect(await page.locator('.task').count()).toBe(1);
    });

    it('that is none at all gets a sentence that says what to change', async () => {
      await visit();

      await page.locator('#name').fill('x'.repeat(121));
      await page.locator('#name').press('Enter');
      await page.getByRole('alert').waitFor();

      expect(await page.getByRole('alert').innerText()).toContain('The name has 121 characters: send at most 120.');
    });

    it('never becomes markup', async () => {
      await visit();
      const name = '<img src=x onerror=alert(1)>';

      await ask(name);

      expect(await textOf('.answer-name')).toBe(name);
      expect(await page.locator('#answer img').count()).toBe(0);
      expect(complaints).toEqual([]);
    });

    it('is in the link, which brings it again', async () => {
      await visit();
      await ask('50/50 crème & #1 + "salt"?');
      const link = page.url();

      await page.context().close();
      await visit({}, new URL(link).hash);
      await page.locator('.answer-name').waitFor();

      expect(await textOf('.answer-name')).toBe('50/50 crème & #1 + "salt"?');
    });

    it('is said to a screen reader when it was meant', async () => {
      await visit();
      await ask('honey');

      const said = await eventually('the status', async () => (await textOf('#status')) || undefined);
      expect(said).toMatch(/^honey: an ingredient; from: living animal, [\d.]+ %; sweetener\./);
    });

    it('stays in the history, which the arrow keys go through and a button clears', async () => {
      await visit();
      await ask('honey');
      await ask('rice');
      await page.locator('#history-list button', { hasText: 'rice' }).waitFor();

      await page.locator('#name').press('ArrowUp');
      await page.locator('#name').press('ArrowUp');
      const before = await page.locator('#name').inputValue();
      await page.reload();
      const kept = await page.locator('#history-list button').allInnerTexts();
      await page.locator('#history-clear').click();

      expect(before).toBe('honey');
      expect(kept).toContain('rice');
      expect(await page.locator('#history').isVisible()).toBe(false);
    });

    it('asked before is answered without a connection, and another says what is wrong', async () => {
      await visit();
      await ask('turmeric');
      await page.locator('#history-list button', { hasText: 'turmeric' }).waitFor();
      await ask('rice');

      // Offline, but for what the browser has in its own cache, which is cleared with the routes cut.
      await page.context().route('**/v1/**', (route) => route.abort('internetdisconnected'));
      await ask('turmeric');
      const notice = await textOf('.notice');
      const link = page.url();
      await page.locator('#name').fill('saffron');
      await page.locator('#name').press('Enter');
      await page.getByRole('alert').waitFor();

      expect(notice).toMatch(/^No connection to the service: this is its answer of /);
      expect(link).toBe(`${url}#name=turmeric`);
      expect(await page.getByRole('alert').innerText()).toContain('could not be reached: check the address');
      expect(await page.getByRole('button', { name: 'Ask again' }).isVisible()).toBe(true);
    });

    it('pasted with others becomes a list', async () => {
      await visit({ permissions: ['clipboard-read', 'clipboard-write'] });
      await page.evaluate('navigator.clipboard.writeText("oat milk\\nhoney\\n")');

      await page.locator('#name').press('ControlOrMeta+v');
      await page.locator('tbody tr').nth(1).waitFor();

      expect(await page.locator('tbody th').allInnerTexts()).toEqual(['oat milk', 'honey']);
    });

    it('shows which words decided, and stops when told', async () => {
      await visit();
      await ask('vegan fish sauce');

      await page.getByRole('button', { name: 'Explain' }).click();
      await page.locator('.why').waitFor();
      const source = page.locator('.why dd').nth(1);
      const words = await source.locator('.word').allInnerTexts();
      const decisive = await source.locator('.word[data-part=for]').allInnerTexts();
      const focused = await page.evaluate<string>('document.activeElement.textContent');
      await page.getByRole('button', { name: 'Explain' }).click();
      await page.locator('.why').waitFor({ state: 'detached' });

      // Without "vegan" it comes from a fish.
      expect(decisive).toEqual([expect.stringMatching(/^vegan \+\d+$/)]);
      expect(words.map((word) => word.split(' ')[0])).toEqual(['vegan', 'fish', 'sauce']);
      expect(focused).toBe('Explain');
      expect(complaints).toEqual([]);
    });

    it('can be copied as a link and as JSON', async () => {
      await visit({ permissions: ['clipboard-read', 'clipboard-write'] });
      await ask('oat milk');

      await page.getByRole('button', { name: 'Copy link' }).click();
      await page.locator('.provenance', { hasText: 'copied' }).waitFor();
      const link = await page.evaluate('navigator.clipboard.readText()');
      await page.getByRole('button', { name: 'Copy JSON' }).click();
      await page.locator('.provenance', { hasText: 'JSON' }).waitFor();
      const json = await page.evaluate<string>('navigator.clipboard.readText()');

      expect(link).toBe(`${url}#name=oat+milk`);
      expect(JSON.parse(json)).toMatchObject({ name: 'oat milk', ingredient: { label: 'ingredient' } });
    });

    it('has the sentences of its labels as soon as they can be had, and is there before', async () => {
      let isCut = true;
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      ({ page, complaints } = await open(browser, 'about:blank'));
      await page.route('**/v1/labels', async (route) => {
        await (isCut ? route.abort() : held.then(() => route.continue()));
      });
      await page.goto(url);
      await page.waitForLoadState('networkidle');

      isCut = false;
      await ask('oat milk');
      const before = await page.locator('.sentence').count();
      release();
      await page.locator('.sentence').first().waitFor();

      expect(before).toBe(0);
      // What the browser itself says of a request that is cut; no promise is left to itself.
      expect(complaints).toEqual([expect.stringMatching(/^Failed to load resource/)]);
    });

    it('that may not be copied says where else its link and its JSON are', async () => {
      await visit();
      await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('Not allowed.'))");
      await ask('oat milk');

      await page.getByRole('button', { name: 'Copy link' }).click();
      await page.locator('.provenance', { hasText: 'does not let' }).waitFor();
      const link = await textOf('.provenance');
      await page.getByRole('button', { name: 'Copy JSON' }).click();
      await page.locator('.provenance', { hasText: 'JSON' }).waitFor();
      const json = await textOf('.provenance');
      const answer: unknown = await (await fetch(/\bhttp:.*$/.exec(json)![0])).json();

      expect(link).toBe('This browser does not let a page copy: copy the link from the address bar.');
      expect(json).toMatch(/^This browser does not let a page copy: its JSON is at http:/);
      expect(answer).toMatchObject({ name: 'oat milk', ingredient: { label: 'ingredient' } });
    });

    it('is what its link brings, though another one is asked for by now', async () => {
      await visit({ permissions: ['clipboard-read', 'clipboard-write'] });
      await ask('oat milk');
      await page.route('**/v1/ingredients?**', () => undefined); // waits for ever
      await page.locator('#name').fill('rice');
      await page.locator('.answer[aria-busy]').waitFor();

      await page.getByRole('button', { name: 'Copy link' }).click();
      await page.locator('.provenance', { hasText: 'copied' }).waitFor();

      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`${url}#name=oat+milk`);
    });

    it('is in the address again where its tab is chosen again, as the list is', async () => {
      await visit();
      await ask('oat milk');
      await label('honey\nrice');

      const hashes = [new URL(page.url()).hash];
      for (const tab of ['#tab-one', '#tab-list']) {
        await page.locator(tab).click();
        hashes.push(new URL(page.url()).hash);
      }
      await page.locator('#tab-list').press('ArrowLeft');
      hashes.push(new URL(page.url()).hash);

      expect(hashes).toEqual(['#names=honey%0Arice', '#name=oat+milk', '#names=honey%0Arice', '#name=oat+milk']);
    });

    it('stays in the address when the link to the input is followed', async () => {
      await visit();
      await ask('oat milk');

      await page.locator('.skip').focus();
      await page.keyboard.press('Enter');

      expect(await page.evaluate('document.activeElement.id')).toBe('name');
      expect(page.url()).toBe(`${url}#name=oat+milk`);
    });
  });

  describe('a review', () => {
    it('wins over the model at once, and can be taken back', async () => {
      await visit();
      await ask('battery salad');
      await page.getByRole('button', { name: 'Correct it' }).click();
      const dialog = page.getByRole('dialog');

      await dialog.getByLabel('An ingredient', { exact: true }).check({ force: true });
      await dialog.getByRole('button', { name: 'Save' }).click();
      const missing = await dialog.getByRole('alert').innerText();
      await dialog.getByLabel('Plant', { exact: true }).check({ force: true });
      await dialog.getByLabel('Dish').check({ force: true });
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();
      const reviewed = await labelsShown('categories');
      const confidences = await page.locator('.card .confidence').allInnerTexts();

      await page.getByRole('button', { name: 'Change the review' }).click();
      await dialog.getByRole('button', { name: 'Bring the model’s answer back' }).click();
      await page.locator('.provenance', { hasText: 'Model' }).waitFor();

      expect(missing).toBe('Choose what it comes from, and at least one place in the kitchen.');
      expect(reviewed).toEqual(['Dish']);
      expect(new Set(confidences)).toEqual(new Set(['100 %']));
      expect(await labelsShown('ingredient')).toEqual(['Not an ingredient']);
    });

    it('is not made of one that somebody changed meanwhile, which the card shows next', async () => {
      await visit();
      await ask('cement soup');
      await page.getByRole('button', { name: 'Correct it' }).click();
      const dialog = page.getByRole('dialog');
      await page.waitForLoadState('networkidle');
      await review('PUT', 'cement soup', DISH);

      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByRole('alert').filter({ hasText: 'another one' }).waitFor();
      const refusal = await dialog.getByRole('alert').innerText();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();
      await page.getByRole('button', { name: 'Change the review' }).click();
      await dialog.locator('button:enabled', { hasText: 'Save' }).click();
      await dialog.waitFor({ state: 'detached' });

      expect(refusal).toMatch(/^The review is another one by now: /);
      expect(await review('GET', 'cement soup')).toEqual(DISH);
    });

    it('begins from one that the card does not have yet, and says so', async () => {
      await visit();
      await ask('cement pie');
      await review('PUT', 'cement pie', DISH);
      const dialog = page.getByRole('dialog');

      await page.getByRole('button', { name: 'Correct it' }).click();
      await dialog.locator('button:enabled', { hasText: 'Save' }).waitFor();
      const notice = await dialog.getByRole('alert').innerText();
      const problems = await accessibilityProblems(page);
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();

      expect(notice).toBe('The card shows older labels: these are the ones of the review that stands by now.');
      expect(problems).toEqual([]);
      expect(await review('GET', 'cement pie')).toEqual(DISH);
    });

    it('that says it is no food hides what only food has, also where the card has it', async () => {
      await visit();
      await ask('plum cake with cream');
      await review('PUT', 'plum cake with cream', { ingredient: 'not_ingredient', source: null, categories: [] });
      const dialog = page.getByRole('dialog');

      await page.getByRole('button', { name: 'Correct it' }).click();
      await dialog.getByRole('alert').waitFor();
      const shown = await dialog.locator('fieldset:visible').count();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();

      expect(shown).toBe(1);
      expect(await labelsShown('ingredient')).toEqual(['Not an ingredient']);
    });

    it('that was taken back meanwhile is not put again unseen', async () => {
      await visit();
      await review('PUT', 'cement bread', DISH);
      await ask('cement bread');
      await review('DELETE', 'cement bread');
      const dialog = page.getByRole('dialog');

      await page.getByRole('button', { name: 'Change the review' }).click();
      await dialog.getByRole('alert').waitFor();
      const notice = await dialog.getByRole('alert').innerText();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await page.locator('.provenance', { hasText: 'Model' }).waitFor();

      expect(notice).toBe('The review that the card shows was taken back: these are the labels that it had.');
    });
  });

  describe('a list', () => {
    it('is labelled in its order, with what is wrong with a bad name', async () => {
      await visit();

      await label(`oat milk\n\nworcestershire sauce\n${'x'.repeat(130)}\npoop cake`);

      expect(await page.locator('tbody th').allInnerTexts()).toEqual([
        'oat milk',
        'worcestershire sauce',
        `${'x'.repeat(80)}…`,
        'poop cake',
      ]);
      expect(await textOf('tbody tr:nth-child(2)')).toMatch(/Yes [\d.]+ %\s+Dead animal [\d.]+ %\s+Condiment [\d.]+ %/);
      expect(await textOf('.row-problem')).toBe('The name has 130 characters: send at most 120.');
      expect(await textOf('.count')).toMatch(/^3 of 4 labelled, .*1 not$/);
      expect(complaints).toEqual([]);
    });

    it('takes a column of a table, and another one when told', async () => {
      await visit();
      await page.locator('#tab-list').click();

      await page.locator('#names').fill('id,ingredient,note\n1,"salt, flaky",honey\n2,oat milk,rice\n');
      await page.locator('#run').click();
      await page.locator('tbody tr').nth(1).waitFor();
      const named = await page.locator('tbody th').allInnerTexts();
      await page.locator('#column').selectOption('note');
      await page.locator('#run').click();
      await page.locator('tbody th', { hasText: 'rice' }).waitFor();

      expect(named).toEqual(['salt, flaky', 'oat milk']);
      expect(await page.locator('tbody th').allInnerTexts()).toEqual(['honey', 'rice']);
    });

    it('comes from a file, and goes into one that no spreadsheet runs', async () => {
      await visit();
      await page.locator('#tab-list').click();

      await page.locator('#file').setInputFiles({
        name: 'list.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('crème fraîche\n=1+1\n'),
      });
      await page.locator('#run').click();
      await page.locator('.results progress').waitFor({ state: 'hidden' });
      const downloading = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download CSV' }).click();
      const csv = await readFile(await (await downloading).path(), 'utf8');

      const lines = csv.split('\r\n');
      expect(lines[0]).toMatch(/^\uFEFFname,ingredient,ingredient_confidence,source,/);
      expect(lines[1]).toMatch(/^crème fraîche,ingredient,0\.\d+,animal_product,0\.\d+,dairy,/);
      expect(lines[2]).toMatch(/^"'=1\+1",not_ingredient,/);
      expect(lines).toHaveLength(4);
    });

    it('of a file that is not UTF-8 is refused with what to change, and what was there stays', async () => {
      await visit();
      await label('oat milk');
      const choose = (bytes: Buffer): Promise<void> =>
        page.locator('#file').setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: bytes });

      await choose(Buffer.from('crème fraîche\njalapeño\n', 'latin1'));
      await page.getByRole('alert').waitFor();
      const problem = await page.getByRole('alert').innerText();
      const kept = [await page.locator('#names').inputValue(), ...(await page.locator('tbody th').allInnerTexts())];
      await choose(Buffer.from('\uFEFFcrème fraîche\njalapeño\n'));
      await page.getByRole('alert').waitFor({ state: 'detached' });

      expect(problem).toBe(
        'list.csv is not UTF-8: save it as UTF-8 (in a spreadsheet, “CSV UTF-8”), and choose it again.',
      );
      expect(kept).toEqual(['oat milk', 'oat milk']);
      expect(await page.locator('#names').inputValue()).toBe('crème fraîche\njalapeño\n');
    });

    it('can be narrowed, and shows a long one in parts', async () => {
      await visit();
      const names = Array.from({ length: 450 }, (_, index) => (index % 3 === 0 ? 'honey' : 'rice'));

      await label(names.join('\n'));
      const first = await page.locator('tbody tr').count();
      await page.getByRole('button', { name: /^Show \d+ more/ }).click();
      const second = await page.locator('tbody tr').count();
      await page.getByRole('button', { name: 'Living animal 150' }).click();

      expect([first, second]).toEqual([200, 400]);
      expect(new Set(await page.locator('tbody th').allInnerTexts())).toEqual(new Set(['honey']));
      expect(await page.locator('tbody tr').count()).toBe(150);
    });

    it('can be stopped, and keeps what was answered', async () => {
      await visit();
      let batches = 0;
      await page.route('**/v1/ingredients:batch', async (route) => {
        batches += 1;
        if (batches <= 1) {
          await route.continue();
        } // the others wait for ever
      });

      await page.locator('#tab-list').click();
      await page.locator('#names').fill(Array.from({ length: 300 }, (_, index) => `herb ${index}`).join('\n'));
      await page.locator('#run').click();
      await page.locator('tbody tr').nth(63).waitFor();
      await page.locator('#stop').click();
      await page.locator('#stop').waitFor({ state: 'hidden' });

      expect(await page.locator('tbody tr').count()).toBe(64);
      expect(await textOf('.count')).toMatch(/^64 of 300 labelled/);
    });

    it('is in the link, which brings it again', async () => {
      await visit();
      await label('oat milk\nhoney');
      const { hash } = new URL(page.url());

      await page.context().close();
      await visit({}, hash);
      await page.locator('tbody tr').nth(1).waitFor();

      expect(await page.locator('#names').inputValue()).toBe('oat milk\nhoney');
    });

    it('is the same names again from its link, though they look like rows, also when more are added', async () => {
      await visit();
      const names = ['salt, flaky', 'pepper, black', 'tomatoes, canned'];
      await page.locator('#tab-list').click();
      await page.locator('#names').fill(names.join('\n'));
      await page.locator('#column').selectOption('The whole line');
      await page.locator('#run').click();
      await page.locator('tbody tr').nth(2).waitFor();
      const { hash } = new URL(page.url());

      await page.context().close();
      await visit({}, hash);
      await page.locator('tbody tr').nth(2).waitFor();
      const again = await page.locator('tbody th').allInnerTexts();
      await page.locator('#names').fill([...names, 'honey, raw'].join('\n'));
      await page.locator('#run').click();
      await page.locator('tbody tr').nth(3).waitFor();

      expect(again).toEqual(names);
      expect(await page.locator('tbody th').allInnerTexts()).toEqual([...names, 'honey, raw']);
    });

    it('has a link to copy, and says where it is too long for one', async () => {
      await visit({ permissions: ['clipboard-read', 'clipboard-write'] });
      const hint = page.locator('.results .hint');
      await label('oat milk\nhoney');
      await page.getByRole('button', { name: 'Copy link' }).click();
      await hint.filter({ hasText: 'The link is copied.' }).waitFor();
      const link = await page.evaluate('navigator.clipboard.readText()');

      await label(Array.from({ length: 80 }, () => 'x'.repeat(110)).join('\n'));

      expect(link).toBe(`${url}#names=oat+milk%0Ahoney`);
      expect(await hint.innerText()).toBe('The list is too long for a link: download its CSV, and share that.');
      expect(await page.getByRole('button', { name: 'Copy link' }).count()).toBe(0);
    });
  });

  describe('by keyboard alone', () => {
    it('labels, looks at one of a list, and corrects it', async () => {
      await visit();

      await page.locator('#tab-one').focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Tab');
      await page.keyboard.type('oat milk\nbattery salad');
      await page.keyboard.press('Control+Enter');
      await page.locator('tbody th button').nth(1).waitFor();
      await page.locator('tbody th button').nth(1).focus();
      await page.keyboard.press('Enter');
      await page.locator('.answer-name', { hasText: 'battery salad' }).waitFor();
      await page.getByRole('button', { name: 'Correct it' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.keyboard.press('Control+k');

      expect(await page.evaluate('document.activeElement.id')).toBe('name');
    });

    it('keeps the focus on a name of the history, which moves to the front', async () => {
      await visit();
      await ask('honey');
      await page.locator('#history-list button', { hasText: 'honey' }).waitFor();
      await ask('rice');
      await page.locator('#history-list button', { hasText: 'rice' }).waitFor();

      await page.locator('#history-list button', { hasText: 'honey' }).press('Enter');
      await page.locator('#history-list li:first-child', { hasText: 'honey' }).waitFor();

      expect(await focused()).toBe('honey');
    });

    it('comes back from a review to the button that opened it, whatever its text is by then', async () => {
      await visit();
      await ask('cement roll');

      await page.getByRole('button', { name: 'Correct it' }).press('Enter');
      await page.getByRole('dialog').locator('button:enabled', { hasText: 'Save' }).press('Enter');
      await page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();
      const saved = await focused();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Bring the model’s answer back' }).press('Enter');
      await page.locator('.provenance', { hasText: 'Model' }).waitFor();

      expect([saved, await focused()]).toEqual(['Change the review', 'Correct it']);
    });

    it('has the focus on the answer after "Ask again"', async () => {
      await visit();
      await page.route('**/v1/ingredients?**', (route) => route.abort(), { times: 2 });
      await page.locator('#name').fill('juniper berries');
      await page.locator('#name').press('Enter');
      const again = page.getByRole('button', { name: 'Ask again' });
      await again.waitFor();
      await again.evaluate('(button) => (button.dataset.first = "")');

      await again.press('Enter');
      await page.locator('[data-first]').waitFor({ state: 'detached' });
      const afterFailure = await focused();
      await page.keyboard.press('Enter');
      await page.locator('.answer-name').waitFor();

      expect([afterFailure, await focused()]).toEqual(['Ask again', 'answer']);
    });

    it('has the focus on the table after the last "Show more", and on the button that starts again after "Stop"', async () => {
      await visit();
      const names = Array.from({ length: 250 }, (_, index) => `root ${index}`).join('\n');
      await label(names);
      await page.getByRole('button', { name: /^Show 50 more/ }).press('Enter');
      const afterMore = await focused();
      await page.route('**/v1/ingredients:batch', () => undefined); // waits for ever
      await page.locator('#run').click();

      await page.locator('#stop').press('Enter');
      await page.locator('#stop').waitFor({ state: 'hidden' });

      expect([afterMore, await focused()]).toEqual(['Labelled names', 'run']);
    });

    it('shows that the focus is on the choice of a file', async () => {
      await visit();
      await page.locator('#tab-list').click();
      const outline = (): Promise<string> =>
        page.evaluate("getComputedStyle(document.querySelector('label[for=file]')).outline");

      await page.locator('#names').focus();
      const before = await outline();
      await page.keyboard.press('Tab');

      expect(await page.evaluate('document.activeElement.id')).toBe('file');
      expect(before).toContain('none');
      expect(await outline()).toMatch(/solid 3px/);
    });
  });

  describe('what it looks like', () => {
    it.each([320, 390, 768, 1280])('fits a width of %s pixels', async (width) => {
      await visit({ viewport: { width, height: 800 } });
      const overflow = (): Promise<string[]> =>
        page.evaluate(`[...document.body.querySelectorAll(':not(.visually-hidden, .scroll *)')]
          .filter((element) => element.getBoundingClientRect().right > innerWidth)
          .map(({ outerHTML }) => outerHTML)`);

      await ask('worcestershire sauce with an uncommonly long name that goes on and on');
      const one = await overflow();
      await label(`oat milk\n${'x'.repeat(130)}\nnduja`);

      expect([one, await overflow()]).toEqual([[], []]);
    });

    it('is light or dark as the system says, and as the person chooses', async () => {
      await visit({ colorScheme: 'dark' });
      const background = (): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor');

      const dark = await background();
      await page.locator('#theme').click();
      const light = await background();
      await page.reload();

      expect(await textOf('#theme')).toBe('Theme: light');
      expect(light).not.toBe(dark);
      expect(await background()).toBe(light);
    });
  });

  describe('what it asks for', () => {
    it('is on its own address alone', async () => {
      await visit();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).origin));

      await page.reload();
      await ask('honey');
      await label('oat milk');

      expect(new Set(asked)).toEqual(new Set([new URL(url).origin]));
    });
  });

  describe.each<'light' | 'dark'>(['light', 'dark'])('accessibility (axe-core), %s', (colorScheme) => {
    it.each([
      ['wide', { width: 1280, height: 900 }],
      ['on a phone', PHONE],
    ])('has no violation in any state, %s', async (_what, viewport) => {
      await visit({ colorScheme, viewport });
      const found: string[] = await accessibilityProblems(page);

      await ask('vegan fish sauce');
      await page.getByRole('button', { name: 'Explain' }).click();
      await page.locator('.why').waitFor();
      found.push(...(await accessibilityProblems(page)));
      await ask('nduja');
      found.push(...(await accessibilityProblems(page)));
      await page.getByRole('button', { name: 'Correct it' }).click();
      await page.getByRole('dialog').waitFor();
      found.push(...(await accessibilityProblems(page)));
      await page.keyboard.press('Escape');
      await ask('poop cake');
      found.push(...(await accessibilityProblems(page)));
      await page.locator('#name').fill('x'.repeat(121));
      await page.locator('#name').press('Enter');
      await page.getByRole('alert').waitFor();
      found.push(...(await accessibilityProblems(page)));
      await label(`oat milk\nnduja\nsea salt\nbutter\nlard\ncement\n${'x'.repeat(121)}`);
      found.push(...(await accessibilityProblems(page)));

      expect(found).toEqual([]);
    });
  });
});
