/**
 * What a stranger may not learn or do, over HTTP: docs/security.md names these tests.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { FileStore } from '../../local/file-store';
import { aSubmission, classified } from '../support/builders';
import { undescribed } from '../support/described';
import { AUDIENCE, REVIEWER, TestIssuer } from '../support/issuer';
import { sendRaw } from '../support/raw';
import { type RunningFunction, startLookup } from '../support/server';

import '../../functions/lookup';

type Json = Record<string, unknown>;

const APP = 'https://app.example.com';
const PER_MINUTE = 1_000;

let folder: string;
let store: FileStore;
let lookup: RunningFunction;
let issuer: TestIssuer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'security-'));
  store = await FileStore.open(folder);
  issuer = await TestIssuer.start();
  const settings = {
    ...{ LOOKUP_CACHE_DEADLINE_MS: '5000', K_SERVICE: 'lookup' },
    ...{ REVIEWERS: REVIEWER, AUTH_AUDIENCE: AUDIENCE, AUTH_ISSUERS: issuer.url },
    ...{ CORS_ORIGINS: APP, RATE_LIMIT_PER_MINUTE: String(PER_MINUTE) },
  };
  lookup = await startLookup(settings, store);
  for (const name of ['Smoked paprika', 'Smoked salmon', 'Salt']) {
    await store.saveSubmission(classified({ name }), aSubmission({ id: 'secret-id' }));
  }
});

afterAll(async () => {
  await lookup.stop();
  await issuer.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

let callers = 0;

/** A request of a caller of its own, so that no test spends another one's names. */
const ask = (target: string, init: RequestInit = {}, caller = `192.0.2.${(callers += 1)}`): Promise<Response> =>
  fetch(`${lookup.url}${target}`, {
    ...init,
    headers: { 'X-Forwarded-For': `10.0.0.1, ${caller}`, ...(init.headers as Record<string, string>) },
  });

const post = (body: string | Buffer, caller?: string): Promise<Response> =>
  ask('/v1/ingredients:batch', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }, caller);

describe('the headers of every answer', () => {
  it.each([
    ['an answer', '/v1/ingredients/salt', 'GET', 200],
    ['a page of a list', '/v1/ingredients:list', 'GET', 200],
    ['the description', '/openapi.json', 'GET', 200],
    ['a path that is not there', '/wp-admin', 'GET', 404],
    ['the playground, which is off', '/', 'GET', 404],
    ['a method that is not allowed', '/health', 'DELETE', 405],
    ['a name that is none', '/v1/ingredients/%07', 'GET', 400],
    ['a path that is not UTF-8', '/v1/ingredients/%E0%A4%A', 'GET', 400],
    ['an icon', '/favicon.ico', 'GET', 404],
    ['a review without a token', '/v1/ingredients/salt/review', 'GET', 401],
  ])('of %s forbid to load, to frame and to guess, and name no software', async (_what, target, method, status) => {
    const response = await ask(target, { method });

    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=63072000',
      'x-content-type-options': 'nosniff',
    });
    expect([response.headers.get('server'), response.headers.get('x-powered-by')]).toEqual([null, null]);
  });
});

describe('what leaves', () => {
  it('is what openapi.json describes, and nothing that only the store knows', async () => {
    const targets = ['/v1/ingredients:list', '/v1/ingredients?name=salt&explain=true', '/v1/labels', '/health'];

    for (const target of targets) {
      const response = await ask(target);
      const text = await response.clone().text();

      expect(await undescribed(response, 'GET', target.replace(/\?.*/, ''))).toEqual([]);
      expect(text).not.toMatch(/secret-id|normalName|expireAt|createdAt|status":"c|idCount|modelAnswer|listed/);
    }
  });

  it('echoes no name into the sentence of a problem', async () => {
    const response = await ask(`/v1/ingredients/${encodeURIComponent('<script>alert(1)</script>\u0007')}`);

    expect(await response.text()).not.toContain('script');
  });
});

describe('a list', () => {
  const names = async (query: string): Promise<string[]> => {
    const response = await ask(`/v1/ingredients:list?${query}`);
    expect(await undescribed(response, 'GET', '/v1/ingredients:list')).toEqual([]);
    return ((await response.json()) as { results: { name: string }[] }).results.map(({ name }) => name);
  };

  it('has what was submitted, by filter and prefix, and never what only lookups brought', async () => {
    await ask('/v1/ingredients/smoked%20eel');

    expect(await names('')).toEqual(['Salt', 'Smoked paprika', 'Smoked salmon']);
    expect(await names('prefix=SMOKED%20&category=spice&source=plant')).toEqual(['Smoked paprika', 'Smoked salmon']);
    expect(await names('prefix=smoked%20p')).toEqual(['Smoked paprika']);
    expect(await names('category=fish')).toEqual([]);
  });

  it('goes on from page to page', async () => {
    const first = (await (await ask('/v1/ingredients:list?pageSize=2')).json()) as Json;
    const second = (await (
      await ask(`/v1/ingredients:list?pageSize=2&pageToken=${String(first['nextPageToken'])}`)
    ).json()) as Json;

    expect([first['results'], second['results']].map((results) => (results as Json[]).map(({ name }) => name))).toEqual(
      [['Salt', 'Smoked paprika'], ['Smoked salmon']],
    );
    expect(second['nextPageToken']).toBeUndefined();
  });

  it('takes a prefix whose normal form is longer than a name may be', async () => {
    expect(await names(`prefix=${encodeURIComponent('\ufdfa'.repeat(120))}`)).toEqual([]);
  });

  it.each([
    'source=animal',
    'category=spices',
    'category=spice&category=herb',
    'pageSize=0',
    'pageSize=257',
    'pageSize=ten',
    'pageToken=garbage',
    'pageToken=00d800',
    'prefix=%07',
    `prefix=${'a'.repeat(121)}`,
    'catgory=spice',
  ])('has 400 for %s, with what to change', async (query) => {
    const response = await ask(`/v1/ingredients:list?${query}`);

    expect([response.status, ((await response.json()) as Json)['code']]).toEqual([400, 'BAD_REQUEST']);
  });
});

describe('explain', () => {
  it('adds each word’s part to the answer', async () => {
    const response = await ask('/v1/ingredients/oat%20milk?explain=true');
    const { why, ...answer } = (await response.clone().json()) as { why: { words: Json[]; nearest: string[] } };

    expect(await undescribed(response, 'GET', '/v1/ingredients/{name}')).toEqual([]);
    expect(why.words.map(({ word }) => word)).toEqual(['oat', 'milk']);
    expect(why.nearest[0]).toBe('oat milk');
    expect(why.nearest).toHaveLength(5);
    expect(answer).toEqual(await (await ask('/v1/ingredients/oat%20milk')).json());
  });

  it.each(['yes', '1', '', 'true&explain=false'])('has 400 for %s', async (value) => {
    expect((await ask(`/v1/ingredients/salt?explain=${value}`)).status).toBe(400);
  });
});

describe('a body of JSON', () => {
  it.each([
    ['a prototype', '{"names": ["salt"], "__proto__": {"isAdmin": true}}'],
    ['a prototype in disguise', '{"names": ["salt"], "\\u005f_proto__": {}}'],
    ['one field twice', '{"names": ["salt"], "names": ["sugar"]}'],
    ['a field that is not known', '{"names": ["salt"], "model": "2020.1.1"}'],
    ['deep nesting', `{"names": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a number beyond all', '{"names": [1e999]}'],
    ['UTF-16', Buffer.from('{"names": ["salt"]}', 'utf16le')],
    ['Latin-1', Buffer.from('{"names": ["crème"]}', 'latin1')],
  ])('with %s has 400', async (_what, body) => {
    const response = await post(body);

    expect(response.status).toBe(400);
    expect(await undescribed(response, 'POST', '/v1/ingredients:batch')).toEqual([]);
    expect(Object.prototype).not.toHaveProperty('isAdmin');
  });
});

describe('a caller', () => {
  it('has 429 with the time to wait once its names of a minute are spent, and others are served', async () => {
    const caller = '198.51.100.1';
    const batch = JSON.stringify({ names: Array<string>(250).fill('salt') });
    for (let i = 0; i < PER_MINUTE / 250; i += 1) {
      expect((await post(batch, caller)).status).toBe(200);
    }

    const refused = await post(batch, caller);

    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(5);
    expect(refused.headers.get('ratelimit-policy')).toBe(`"names";q=${PER_MINUTE};w=60`);
    expect(((await refused.clone().json()) as Json)['code']).toBe('RATE_LIMITED');
    expect(await undescribed(refused, 'POST', '/v1/ingredients:batch')).toEqual([]);
    expect((await post(batch, '198.51.100.2')).status).toBe(200);
    expect((await ask('/health', {}, caller)).status).toBe(200);
  });
});

describe('what is left to a caller', () => {
  it('is on answers that no cache keeps, and on no other', async () => {
    const batch = await post('{"names": ["salt"]}');
    const answers = [await ask('/v1/ingredients/salt'), await ask('/v1/ingredients:list'), await ask('/openapi.json')];

    expect(batch.headers.get('ratelimit')).toMatch(/^"names";r=\d+;t=\d+$/);
    expect(answers.map(({ headers }) => [headers.get('cache-control'), headers.get('ratelimit')])).toEqual(
      answers.map(() => ['public, max-age=60', null]),
    );
  });
});

describe('a page of another origin', () => {
  const preflight = (origin: string) =>
    ask('/v1/ingredients/salt/review', {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT' },
    });

  it('may read answers where it is listed, errors too', async () => {
    const answers = await Promise.all(
      ['/v1/ingredients/salt', '/nothing'].map((target) => ask(target, { headers: { Origin: APP } })),
    );

    expect(answers.map(({ headers }) => headers.get('access-control-allow-origin'))).toEqual([APP, APP]);
    expect((await preflight(APP)).status).toBe(204);
  });

  it.each([
    ['a body that is too large', '/v1/labels', { method: 'POST', body: 'x'.repeat(16_001) }, 413],
    ['a path that is not UTF-8', '/v1/ingredients/%ff', {}, 400],
    ['a body that is encoded', '/v1/labels', { method: 'POST', body: 'x', encoding: 'gzip' }, 415],
  ])('may read why %s was refused before it came to a route', async (_what, target, sent, status) => {
    const { encoding, ...init } = sent as RequestInit & { encoding?: string };
    const headers = { Origin: APP, ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }) };

    const response = await ask(target, { ...init, headers });

    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe(APP);
    expect(response.headers.get('vary')).toBe('Origin');
  });

  it('may not where it is not', async () => {
    const answer = await ask('/v1/ingredients/salt', { headers: { Origin: 'https://evil.example' } });
    const asked = await preflight('https://evil.example');

    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect([asked.status, asked.headers.get('access-control-allow-methods')]).toEqual([405, null]);
  });
});

describe('a token that names an address of its own', () => {
  it('has nobody ask there', async () => {
    const asked: (string | undefined)[] = [];
    const trap = http.createServer((request, response) => {
      asked.push(request.url);
      response.end('{"keys": []}');
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;

    const tokens = [
      await issuer.token({}, { header: { jku: `${address}/keys`, x5u: `${address}/cert`, kid: 'theirs' } }),
      await issuer.token({ iss: address }),
    ];
    const answers = await Promise.all(
      tokens.map((token) => ask('/v1/ingredients/salt/review', { headers: { Authorization: `Bearer ${token}` } })),
    );
    trap.close();

    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(asked).toEqual([]);
  });
});

describe('a method that nobody serves', () => {
  it.each(['TRACE', 'PATCH', 'OPTIONS'])('%s has 405 with those that are', async (method) => {
    const reply = await sendRaw(
      new URL(lookup.url).port,
      `${method} /v1/labels HTTP/1.1\r\nHost: a\r\nX-Secret: s3cret\r\nConnection: close\r\n\r\n`,
    );

    expect(reply).toMatch(/^HTTP\/1\.1 405 /);
    expect(reply).toMatch(/^allow: GET, HEAD\r$/im);
    expect(reply).not.toContain('s3cret');
  });
});
