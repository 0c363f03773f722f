/**
 * Reviews on the page of a deployed function, where they need a reviewer's token: a real Chromium, and an issuer of the test's own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { Browser, Locator, Page } from 'playwright-core';

import { setDependencies } from '../../functions/dependencies';
import { FileStore } from '../../local/file-store';
import type { ReviewLabels } from '../../shared/ingredient/labels';
import { readConfig } from '../../shared/platform/config';
import { createLogger } from '../../shared/platform/logger';
import { accessibilityProblems, describeInBrowser, launch, open } from '../support/browser';
import { MODEL_FOLDER } from '../support/fixtures';
import { AUDIENCE, REVIEWER, TestIssuer } from '../support/issuer';
import { eventually } from '../support/owned-process';
import { type RunningFunction, startFunction } from '../support/server';

import '../../functions/lookup';

jest.setTimeout(60_000);

const DISH: ReviewLabels = { ingredient: 'ingredient', source: 'plant', categories: ['dish'] };

let browser: Browser;
let folder: string;
let store: FileStore;
let issuer: TestIssuer;
let lookup: RunningFunction;
let page: Page;
let dialog: Locator;

const reviewUrl = (name: string): string => `${lookup.url}/v1/review?name=${encodeURIComponent(name)}`;

async function review(name: string): Promise<Response> {
  return fetch(reviewUrl(name), { headers: { Authorization: `Bearer ${await issuer.token()}` } });
}

async function putReview(name: string, labels: ReviewLabels): Promise<void> {
  const headers = { Authorization: `Bearer ${await issuer.token()}`, 'Content-Type': 'application/json' };
  await fetch(reviewUrl(name), { method: 'PUT', headers, body: JSON.stringify(labels) });
}

/** Asks for a name, and opens its review; the page has no token yet, so that the service refuses to say what stands. */
async function openReview(name: string): Promise<void> {
  ({ page } = await open(browser, lookup.url));
  await page.locator('#name').fill(name);
  await page.locator('#name').press('Enter');
  await page.getByRole('button', { name: /^(Correct it|Change the review)$/ }).click();
  dialog = page.getByRole('dialog');
  await dialog.getByRole('alert').filter({ hasText: 'Send an ID token' }).waitFor();
}

const save = (): Locator => dialog.getByRole('button', { name: 'Save' });
const focused = (): Promise<string> => page.evaluate('document.activeElement.id || document.activeElement.textContent');

async function giveToken(token: string): Promise<void> {
  await dialog.getByLabel(/^ID token of a reviewer/).fill(token);
  await dialog.getByRole('button', { name: 'Use this token' }).click();
}

describeInBrowser('a review that needs a token', () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'review-'));
    store = await FileStore.open(folder);
    issuer = await TestIssuer.start();
    const config = readConfig({
      ...{ MODEL_DIR: MODEL_FOLDER, LOOKUP_CACHE_DEADLINE_MS: '5000', PLAYGROUND: 'true' },
      ...{ REVIEWERS: REVIEWER, AUTH_AUDIENCE: AUDIENCE, AUTH_ISSUERS: issuer.url },
    });
    const { classifier } = setDependencies({
      config,
      logger: createLogger('ERROR'),
      store: () => Promise.resolve(store),
    });
    lookup = await startFunction('lookupIngredient');
    [browser] = await Promise.all([launch(), classifier()]);
  });

  afterAll(async () => {
    await browser.close();
    await lookup.stop();
    await issuer.stop();
    await store.close();
    await rm(folder, { recursive: true });
  });

  afterEach(async () => {
    await page.context().close();
  });

  it('is made with the token of a reviewer, and not before', async () => {
    await openReview('nut roast');
    const before = await save().isDisabled();
    const problems = await accessibilityProblems(page);

    await giveToken(await issuer.token());
    await save().click();
    await page.locator('.provenance', { hasText: 'A person decided this' }).waitFor();

    expect(before).toBe(true);
    expect(problems).toEqual([]);
    expect((await review('nut roast')).status).toBe(200);
  });

  it('is changed where there is one already', async () => {
    await putReview('bean stew', DISH);
    await openReview('bean stew');

    await giveToken(await issuer.token());
    await dialog.getByLabel('Vegetable').check({ force: true });
    await save().click();
    await dialog.waitFor({ state: 'detached' });

    expect(((await (await review('bean stew')).json()) as ReviewLabels).categories).toContain('vegetable');
  });

  it('is refused to a token of somebody else, and made with the next one', async () => {
    await openReview('lentil soup');

    await giveToken(await issuer.token({ email: 'eve@example.com' }));
    await dialog.getByRole('alert').filter({ hasText: 'may not review' }).waitFor();
    const refused = [await save().isDisabled(), await focused()];
    await giveToken(await issuer.token());
    await save().click();
    await dialog.waitFor({ state: 'detached' });

    expect(refused).toEqual([true, 'review-token']);
    expect((await review('lentil soup')).status).toBe(200);
  });

  it('keeps the focus in the dialog, by keyboard alone', async () => {
    await openReview('pea soup');
    await dialog.getByLabel(/^ID token of a reviewer/).fill(await issuer.token());
    await page.keyboard.press('Enter');
    // Not waitForFunction, which the page's security policy refuses once it has to ask again.
    await eventually('the focus on Save', async () => ((await focused()) === 'Save' ? true : undefined));
    await putReview('pea soup', DISH);

    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').filter({ hasText: 'another one' }).waitFor();
    const afterRefusal = await focused();
    await page.keyboard.press('Escape');

    expect(afterRefusal).toBe('Save');
  });

  it('can be tried again where the service was not to be had', async () => {
    ({ page } = await open(browser, lookup.url));
    dialog = page.getByRole('dialog');
    await page.route('**/v1/review?**', (route) => route.abort(), { times: 1 });
    await page.locator('#name').fill('rice pudding');
    await page.locator('#name').press('Enter');
    await page.getByRole('button', { name: 'Correct it' }).click();

    await dialog.getByRole('alert').filter({ hasText: 'could not be reached' }).waitFor();
    const isDisabled = await save().isDisabled();
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'Send an ID token' }).waitFor();

    expect(isDisabled).toBe(true);
  });
});
