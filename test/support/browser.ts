/**
 * A real Chromium, for test/browser.
 */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ELSEWHERE = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

const TIMEOUT_MS = 10_000;

/** The program that CHROMIUM names, or the first that is on the PATH. */
function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const candidates = folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
  return [process.env['CHROMIUM'] ?? '', ...candidates, ...ELSEWHERE].find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return file !== '';
  } catch {
    return false;
  }
}

/** Starts it without a window. */
export async function launch(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error('There is no Chromium on the PATH: install it, or set CHROMIUM to its program.');
  }
  // Its sandbox needs rights that containers and root seldom have; the pages here are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** `describe` where there is a Chromium; elsewhere its tests are skipped, and fail with CI=true. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (findChromium() !== undefined || process.env['CI'] === 'true') {
    describe(name, tests);
    return;
  }
  process.stderr.write('\nSKIPPED: tests that need a Chromium: there is none on the PATH (or set CHROMIUM).\n');
  // A machine without a browser can run the others.
  describe.skip(name, tests);
}

/** A page of its own, and what its console said that is no plain talk: errors, and refusals of its security policy. */
export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}

/** What axe-core finds wrong with the page as it is, every rule of WCAG 2.2 AA and its best practices. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Not as a script element, which the page's security policy refuses.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}
