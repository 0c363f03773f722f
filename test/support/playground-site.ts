/**
 * The playground as `npm start` serves it, in a Chromium: for test/browser.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import type { ReviewLabels } from '../../shared/ingredient/labels';
import { describeInBrowser, launch, open } from './browser';
import { MODEL_FOLDER, ROOT } from './fixtures';
import { freePort, OwnedProcess } from './owned-process';

const START_TIMEOUT_MS = 45_000;

/** A server, and the page of it that a test has open. */
class PlaygroundSite {
  #browser!: Browser;
  #server!: OwnedProcess;
  #folder!: string;
  #page!: Page;
  #complaints: string[] = [];
  url = '';

  async start(): Promise<void> {
    this.#folder = await mkdtemp(path.join(os.tmpdir(), 'playground-'));
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}/`;
    const env = { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER, PORT: String(port) };
    this.#server = new OwnedProcess([process.execPath, `${ROOT}/dist/local/bin/start.js`], { cwd: this.#folder, env });
    const isReady = (): Promise<boolean> => Promise.resolve(this.#server.output.includes('Submit:'));
    [this.#browser] = await Promise.all([launch(), this.#server.ready(isReady, START_TIMEOUT_MS)]);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true });
  }

  get page(): Page {
    return this.#page;
  }

  /** What the console said that is no plain talk. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  /** Opens a page of its own, with nothing in it yet to complain of. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<void> {
    ({ page: this.#page, complaints: this.#complaints } = await open(this.#browser, url, options));
  }

  /** Opens the playground, with what a link to it brings. */
  async visit(options: BrowserContextOptions = {}, fragment = ''): Promise<void> {
    await this.open(`${this.url}${fragment}`, options);
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }

  async textOf(selector: string): Promise<string> {
    return this.page.locator(selector).innerText();
  }

  async labelsShown(task: string): Promise<string[]> {
    return this.page.locator(`.task[data-task=${task}] .label-name`).allInnerTexts();
  }

  /** What has the focus, by its id, its name or its text. */
  async focused(): Promise<string> {
    return this.page.evaluate(`(({ id, ariaLabel, textContent, tagName }) =>
      id || ariaLabel || (tagName === 'BODY' ? 'nothing' : textContent))(document.activeElement)`);
  }

  /** Types a name, and waits for its answer. */
  async ask(name: string): Promise<void> {
    await this.page.locator('#name').fill(name);
    await this.page.locator('#name').press('Enter');
    await this.page.locator('.answer-name', { hasText: name }).waitFor();
  }

  /** Types a list, and waits until it is labelled. */
  async label(text: string): Promise<void> {
    await this.page.locator('#tab-list').click();
    await this.page.locator('#names').fill(text);
    await this.page.locator('#run').click();
    await this.page.locator('.results progress').waitFor({ state: 'hidden' });
  }

  /** Somebody else's request; its answer's labels, where it has some. */
  async review(method: 'GET' | 'PUT' | 'DELETE', name: string, labels?: ReviewLabels): Promise<unknown> {
    const body = labels === undefined ? {} : { body: JSON.stringify(labels) };
    const headers = { 'Content-Type': 'application/json' };
    const url = `${this.url}v1/review?name=${encodeURIComponent(name)}`;
    const response = await fetch(url, { method, headers, ...body });
    return response.status === 200 ? response.json() : undefined;
  }
}

/** Tests of the page in a Chromium, on one server for all of them. */
export function describePlayground(tests: (site: PlaygroundSite) => void): void {
  // axe-core, which walks six states of a page, and what a browser waits for take a busy machine a minute.
  jest.setTimeout(180_000);
  const site = new PlaygroundSite();
  describeInBrowser('the playground', () => {
    beforeAll(() => site.start());
    afterAll(() => site.stop());
    afterEach(() => site.leave());

    tests(site);
  });
}
