/**
 * Reviews over HTTP, with the real model, an embedded store, and ID tokens of an issuer of the test's own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { FileStore } from '../../local/file-store';
import type { Answer } from '../../shared/ingredient/answer';
import { parseName } from '../../shared/ingredient/name';
import { undescribed } from '../support/described';
import { AUDIENCE, REVIEWER, TestIssuer } from '../support/issuer';
import { type RunningFunction, startLookup } from '../support/server';

import '../../functions/lookup';

const DAIRY = { ingredient: 'ingredient', source: 'animal_product', categories: ['dairy', 'beverage'] };
const NOT_ONE = { ingredient: 'not_ingredient', source: null, categories: [] };

let folder: string;
let store: FileStore;
let lookup: RunningFunction;
let issuer: TestIssuer;
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reviews-'));
  store = await FileStore.open(folder);
  issuer = await TestIssuer.start();
  token = await issuer.token();
  const settings = {
    LOOKUP_CACHE_DEADLINE_MS: '5000',
    REVIEWERS: REVIEWER,
    AUTH_AUDIENCE: AUDIENCE,
    AUTH_ISSUERS: issuer.url,
  };
  lookup = await startLookup(settings, store);
});

afterAll(async () => {
  await lookup.stop();
  await issuer.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

interface Sent {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly authorization?: string | null;
}

/** Asks for a review, and checks that the answer is one that openapi.json describes. */
async function ask(method: string, name: string, { body, headers = {}, authorization }: Sent = {}): Promise<Response> {
  const credentials = authorization === null ? {} : { Authorization: authorization ?? `Bearer ${token}` };
  const response = await fetch(`${lookup.url}/v1/ingredients/${encodeURIComponent(name)}/review`, {
    method,
    headers: { ...credentials, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  expect(await undescribed(response, method, '/v1/ingredients/{name}/review')).toEqual([]);
  return response;
}

const put = (name: string, body: unknown, headers: Record<string, string> = {}) => ask('PUT', name, { body, headers });

const codeOf = async (response: Response): Promise<unknown> => ((await response.json()) as { code: unknown }).code;

async function answerTo(name: string): Promise<{ answer: Answer; tag: string | null }> {
  const response = await fetch(`${lookup.url}/v1/ingredients?name=${encodeURIComponent(name)}`);
  return { answer: (await response.json()) as Answer, tag: response.headers.get('etag') };
}

describe('a review', () => {
  it('is made, read, replaced and taken away', async () => {
    const made = await put('oat milk', DAIRY);
    const read = await ask('GET', 'OAT  milk');
    const replaced = await put('oat milk', NOT_ONE);
    const removed = await ask('DELETE', 'oat milk');
    const gone = await ask('GET', 'oat milk');

    expect([made.status, read.status, replaced.status, removed.status, gone.status]).toEqual([201, 200, 200, 204, 404]);
    expect(await made.json()).toEqual(DAIRY);
    expect(await read.json()).toEqual(DAIRY);
    expect(await replaced.json()).toEqual(NOT_ONE);
    expect(await codeOf(gone)).toBe('NO_REVIEW');
    expect(read.headers.get('etag')).toBe(made.headers.get('etag'));
    expect(replaced.headers.get('etag')).not.toBe(made.headers.get('etag'));
  });

  it('works by ?name= too, for names that a path cannot carry', async () => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const at = `${lookup.url}/v1/review?name=..`;

    const made = await fetch(at, { method: 'PUT', headers, body: JSON.stringify(NOT_ONE) });
    const removed = await fetch(at, { method: 'DELETE', headers });

    expect([made.status, removed.status]).toEqual([201, 204]);
    expect(await undescribed(made, 'PUT', '/v1/review')).toEqual([]);
  });

  it('wins over the model at once, in a batch too, changes the entity tag, and gives way when it is taken away', async () => {
    const before = await answerTo('soy milk');

    await put('soy milk', DAIRY);
    const reviewed = await answerTo('Soy milk');
    const batch = await fetch(`${lookup.url}/v1/ingredients:batch`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"names": ["SOY MILK"]}',
    });
    await ask('DELETE', 'soy milk');
    const after = await answerTo('soy milk');

    expect(reviewed.answer).toEqual({
      name: 'Soy milk',
      key: before.answer.key,
      ingredient: { label: 'ingredient', confidence: 1 },
      source: { label: 'animal_product', confidence: 1 },
      categories: [
        { label: 'dairy', confidence: 1 },
        { label: 'beverage', confidence: 1 },
      ],
      needsReview: [],
      model: before.answer.model,
      origin: 'review',
    });
    expect(((await batch.json()) as { results: Answer[] }).results[0]?.origin).toBe('review');
    expect(reviewed.tag).not.toBe(before.tag);
    expect(after).toEqual(before);
  });

  it('leaves who changed it, when, and what stood before', async () => {
    await put('rye milk', DAIRY);
    await put('rye milk', NOT_ONE);
    await put('rye milk', NOT_ONE);
    await ask('DELETE', 'rye milk');

    const history = await store.reviewHistory(parseName('rye milk').key);

    expect(history.map(({ revision, reviewer, after }) => ({ revision, reviewer, after }))).toEqual([
      { revision: 1, reviewer: REVIEWER, after: DAIRY },
      { revision: 2, reviewer: REVIEWER, after: NOT_ONE },
      { revision: 3, reviewer: REVIEWER, after: null },
    ]);
    expect(history[1]?.before).toMatchObject({ origin: 'review', source: { label: 'animal_product' } });
    expect(Math.abs(history[2]!.reviewedAt.getTime() - Date.now())).toBeLessThan(60_000);
  });
});

describe('a precondition', () => {
  it('protects against a lost update', async () => {
    const tag = (await put('corn milk', DAIRY)).headers.get('etag')!;
    await put('corn milk', NOT_ONE);

    const late = await put('corn milk', { ...DAIRY, categories: ['beverage'] }, { 'If-Match': tag });
    const lateToo = await ask('DELETE', 'corn milk', { headers: { 'If-Match': tag } });

    expect([late.status, lateToo.status]).toEqual([412, 412]);
    expect(await codeOf(late)).toBe('PRECONDITION_FAILED');
    expect(await (await ask('GET', 'corn milk')).json()).toEqual(NOT_ONE);
  });

  it('lets through whoever knows what stands, also among other tags', async () => {
    const tag = (await put('fig milk', DAIRY)).headers.get('etag')!;

    const changed = await put('fig milk', NOT_ONE, { 'If-Match': `"x", ${tag}` });
    const removed = await ask('DELETE', 'fig milk', { headers: { 'If-Match': changed.headers.get('etag')! } });

    expect([changed.status, removed.status]).toEqual([200, 204]);
  });

  it.each([
    ['If-Match', '*', 'nothing'],
    ['If-Match', '"r1"', 'nothing'],
    ['If-None-Match', '*', 'a review'],
    ['If-Match', 'W/"r1"', 'a review'],
    ['If-Match', 'r1', 'a review'],
    ['If-Match', '', 'a review'],
  ])('%s: %s fails where there is %s', async (header, value, what) => {
    const name = `precondition ${header} ${value} ${what}`;
    if (what === 'a review') {
      await put(name, DAIRY);
    }

    expect((await put(name, NOT_ONE, { [header]: value })).status).toBe(412);
  });

  it('If-None-Match: * makes only what is not there', async () => {
    expect((await put('plum milk', DAIRY, { 'If-None-Match': '*' })).status).toBe(201);
  });

  it('gives each of twenty writers at the same time its own turn', async () => {
    const tag = (await put('contested milk', DAIRY)).headers.get('etag')!;

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => put('contested milk', NOT_ONE, { 'If-Match': tag })),
    );

    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 412]));
  });

  it('answers 304 to the tag that the client has', async () => {
    const tag = (await put('pea milk', DAIRY)).headers.get('etag')!;

    const again = await ask('GET', 'pea milk', { headers: { 'If-None-Match': tag } });

    expect([again.status, await again.text()]).toEqual([304, '']);
  });
});

describe('a request to review', () => {
  it.each([
    ['ingredient without a source', { ...DAIRY, source: null }],
    ['ingredient without a category', { ...DAIRY, categories: [] }],
    ['no ingredient with a source', { ...NOT_ONE, source: 'plant' }],
    ['no ingredient with a category', { ...NOT_ONE, categories: ['dish'] }],
    ['a label that there is not', { ...DAIRY, categories: ['milk'] }],
    ['a source that there is not', { ...DAIRY, source: 'animal' }],
    ['one category twice', { ...DAIRY, categories: ['dairy', 'dairy'] }],
    ['a part that is missing', { ingredient: 'ingredient', source: 'plant' }],
    ['a part too many', { ...DAIRY, reviewer: 'eve@example.com' }],
    ['an answer in the place of labels', { ...DAIRY, ingredient: { label: 'ingredient', confidence: 1 } }],
    ['a list', [DAIRY]],
    ['nothing', ''],
  ])('has 400 for %s, and keeps nothing', async (_what, body) => {
    const response = await put('refused milk', body);

    expect(response.status).toBe(400);
    expect((await ask('GET', 'refused milk')).status).toBe(404);
  });

  it('has 400 for a name that is none, and 404 to delete what is not there', async () => {
    expect((await put('a\u0007', DAIRY)).status).toBe(400);
    expect(await codeOf(await ask('DELETE', 'never reviewed'))).toBe('NO_REVIEW');
  });

  it.each(['GET', 'PUT', 'DELETE'])('has 401 for %s without a token, and says which one it wants', async (method) => {
    const body = method === 'PUT' ? { body: DAIRY } : {};

    const response = await ask(method, 'oat milk', { authorization: null, ...body });

    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await codeOf(response)).toBe('UNAUTHENTICATED');
  });

  it('has 401 for a bad token and 403 for a good one of somebody else', async () => {
    const bad = await ask('PUT', 'oat milk', { body: DAIRY, authorization: `Bearer ${token.slice(0, -4)}AAAA` });
    const other = await issuer.token({ email: 'eve@example.com' });
    const forbidden = await ask('PUT', 'oat milk', { body: DAIRY, authorization: `Bearer ${other}` });

    expect([bad.status, forbidden.status]).toEqual([401, 403]);
    expect(await codeOf(forbidden)).toBe('FORBIDDEN');
  });
});
