/**
 * The lookup function with REQUIRE_ID_TOKEN, over HTTP: without a token of a trusted issuer for this service it says whether it is healthy,
 * and nothing else.
 */
import { OPENAPI, withIdToken } from '../../functions/lookup/openapi';
import { ROUTES } from '../../functions/lookup/routes';
import { undescribed } from '../support/described';
import { FakeStore } from '../support/fakes';
import { AUDIENCE, REVIEWER, TestIssuer, withClaims, withHeader } from '../support/issuer';
import { type RunningFunction, startLookup } from '../support/server';

import '../../functions/lookup';

const APP = 'https://app.example.com';

let lookup: RunningFunction;
let issuer: TestIssuer;
let stranger: TestIssuer;

beforeAll(async () => {
  issuer = await TestIssuer.start();
  stranger = await TestIssuer.start();
  const settings = {
    ...{ REQUIRE_ID_TOKEN: 'true', CORS_ORIGINS: APP },
    ...{ REVIEWERS: REVIEWER, AUTH_AUDIENCE: AUDIENCE, AUTH_ISSUERS: issuer.url },
  };
  lookup = await startLookup(settings, new FakeStore());
});

afterAll(async () => {
  await lookup.stop();
  await issuer.stop();
  await stranger.stop();
});

/** Every route of the API but its health, as a request that would be answered. */
const REQUESTS = ROUTES.filter(({ type, path }) => type === undefined && path !== '/health').map(
  ({ method, path }) => ({
    method,
    route: path,
    target: /[}:]|labels|openapi/.test(path) ? path.replace('{name}', 'salt') : `${path}?name=salt`,
  }),
);

async function ask(method: string, target: string, token?: string): Promise<Response> {
  return fetch(`${lookup.url}${target}`, {
    method,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  });
}

const document = withIdToken(OPENAPI);

describe('a function that asks for an ID token', () => {
  it.each(REQUESTS)('has 401 without one for $method $target', async ({ method, route, target }) => {
    const response = await ask(method, target);

    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await undescribed(response, method, route, document)).toEqual([]);
  });

  it.each(REQUESTS)('lets one through to $method $target', async ({ method, route, target }) => {
    const response = await ask(method, target, await issuer.token());

    expect([401, 403]).not.toContain(response.status);
    expect(await undescribed(response, method, route, document)).toEqual([]);
  });

  it.each<[string, () => Promise<string>]>([
    ['that has expired', () => issuer.token({ exp: Math.floor(Date.now() / 1000) - 60 })],
    ['for another audience', () => issuer.token({ aud: 'https://other.example.com' })],
    ['of another issuer', () => stranger.token()],
    ['that another issuer signed in this one’s name', () => stranger.token({ iss: issuer.url })],
    ['with alg: none', async () => withHeader(await issuer.token(), { alg: 'none' }).replace(/[^.]*$/, '')],
    ['without its signature', async () => (await issuer.token()).replace(/[^.]*$/, 'SIGNATURE_REMOVED_BY_GOOGLE')],
    ['whose claims were changed', async () => withClaims(await issuer.token(), { sub: 'somebody' })],
    ['that is none', () => Promise.resolve('salt')],
  ])('has 401 for one %s', async (_what, token) => {
    expect((await ask('GET', '/v1/ingredients/salt', await token())).status).toBe(401);
  });

  it('does not say to a stranger which paths there are', async () => {
    const statuses = await Promise.all(['/wp-admin', '/', '/v1'].map(async (path) => (await ask('GET', path)).status));

    expect(statuses).toEqual([401, 401, 401]);
  });

  it('lets anybody whom it trusts look up, and reviewers alone review', async () => {
    const somebody = await issuer.token({ sub: 'somebody', email: null });

    const statuses = [
      (await ask('GET', '/v1/ingredients/salt', somebody)).status,
      (await ask('GET', '/v1/ingredients/salt/review', somebody)).status,
    ];

    expect(statuses).toEqual([200, 403]);
  });

  it('says to anybody whether it is healthy, and to a browser what it may send', async () => {
    const preflight = await fetch(`${lookup.url}/v1/ingredients/salt`, {
      method: 'OPTIONS',
      headers: { Origin: APP, 'Access-Control-Request-Method': 'GET' },
    });

    expect((await ask('GET', '/health')).status).toBe(200);
    expect(preflight.status).toBe(204);
  });

  it('keeps its answers out of caches that others share', async () => {
    const token = await issuer.token();

    for (const target of ['/v1/ingredients/salt', '/v1/ingredients:list', '/v1/labels', '/openapi.json']) {
      expect((await ask('GET', target, token)).headers.get('cache-control')).toMatch(
        /^(private, max-age=60|no-store)$/,
      );
    }
  });

  it('says so in openapi.json', async () => {
    const described = (await (await ask('GET', '/openapi.json', await issuer.token())).json()) as typeof OPENAPI;

    expect(described.security).toEqual([{ idToken: [] }]);
    expect((described.paths['/health'] as { get: { security: unknown } }).get.security).toEqual([]);
  });
});
