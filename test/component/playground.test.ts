/**
 * The playground page as the function serves it.
 */
import { setDependencies } from '../../functions/dependencies';
import { PLAYGROUND_TYPES } from '../../functions/lookup/playground';
import { readConfig } from '../../shared/platform/config';
import { createLogger } from '../../shared/platform/logger';
import { FakeStore } from '../support/fakes';
import { MODEL_FOLDER } from '../support/fixtures';
import { startPackaged } from '../support/packaged';
import { type RunningFunction, startFunction } from '../support/server';

import '../../functions/lookup';

const PATHS = Object.keys(PLAYGROUND_TYPES);

async function serve(settings: Record<string, string>, use: (lookup: RunningFunction) => Promise<void>): Promise<void> {
  const store = new FakeStore();
  const { classifier } = setDependencies({
    config: readConfig({ MODEL_DIR: MODEL_FOLDER, ...settings }),
    logger: createLogger('ERROR'),
    store: () => Promise.resolve(store),
  });
  const lookup = await startFunction('lookupIngredient');
  try {
    await use(lookup);
  } finally {
    // What loads after the test would have no environment to load in.
    await classifier();
    await lookup.stop();
  }
}

describe('the playground', () => {
  it('is off unless PLAYGROUND turns it on', async () => {
    await serve({}, async ({ url }) => {
      for (const path of PATHS) {
        const response = await fetch(`${url}${path}`);

        expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
      }
    });
  });

  it('comes with a policy that allows nothing inline and no other host, and is checked each time', async () => {
    await serve({ PLAYGROUND: 'true' }, async ({ url }) => {
      for (const path of PATHS) {
        const response = await fetch(`${url}${path}`, { headers: { Accept: 'text/html,*/*;q=0.8' } });
        const again = await fetch(`${url}${path}`, { headers: { 'If-None-Match': response.headers.get('etag')! } });
        const policy = response.headers.get('content-security-policy')!;

        expect(response.status).toBe(200);
        expect(policy).toMatch(/^default-src 'none';/);
        expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
        expect(response.headers.get('x-content-type-options')).toBe('nosniff');
        expect(response.headers.get('cache-control')).toBe('no-cache');
        expect([again.status, await again.text()]).toEqual([304, '']);
      }
    });
  });

  it('comes zipped to those who take it, and plain to others', async () => {
    await serve({ PLAYGROUND: 'true' }, async ({ url }) => {
      const ask = (coding: string): Promise<Response> =>
        fetch(`${url}/playground/app.js`, { headers: { 'Accept-Encoding': coding } });
      const [zipped, plain, refused] = await Promise.all([ask('br, gzip'), ask('br'), ask('gzip;q=0, br')]);

      expect(zipped.headers.get('content-encoding')).toBe('gzip');
      expect([plain.headers.get('content-encoding'), refused.headers.get('content-encoding')]).toEqual([null, null]);
      expect(zipped.headers.get('vary')).toBe('Accept-Encoding');
      expect(await zipped.text()).toBe(await plain.text());
      expect(Number(zipped.headers.get('content-length'))).toBeLessThan(25_000);
    });
  });

  it('varies by origin too where pages of others may read answers', async () => {
    await serve({ PLAYGROUND: 'true', CORS_ORIGINS: 'https://app.example.com' }, async ({ url }) => {
      const response = await fetch(url, { headers: { Origin: 'https://app.example.com' } });
      const again = await fetch(url, { headers: { 'If-None-Match': response.headers.get('etag')! } });

      expect([response.status, response.headers.get('vary')]).toEqual([200, 'Origin, Accept-Encoding']);
      expect([again.status, again.headers.get('vary')]).toEqual([304, 'Origin, Accept-Encoding']);
    });
  });

  it('is in the package, where that is told to show it', async () => {
    const { url, process: lookup } = await startPackaged('lookupIngredient', { env: { PLAYGROUND: 'true' } });
    try {
      const responses = await Promise.all(PATHS.map((path) => fetch(`${url}${path}`)));

      expect(responses.map(({ status }) => status)).toEqual(PATHS.map(() => 200));
      expect(await responses[0]!.text()).toContain('<h1>What is it, as food?</h1>');
    } finally {
      await lookup.stop();
    }
  }, 300_000);

  it('takes no other method', async () => {
    await serve({ PLAYGROUND: 'true' }, async ({ url }) => {
      const response = await fetch(url, { method: 'POST' });

      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    });
  });
});
