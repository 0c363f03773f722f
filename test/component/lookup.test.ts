/**
 * `lookupIngredient` as a whole: over HTTP, with the real model and an embedded store.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { setDependencies } from '../../functions/dependencies';
import { FileStore } from '../../local/file-store';
import type { Answer } from '../../shared/ingredient/answer';
import { readConfig } from '../../shared/platform/config';
import { createLogger } from '../../shared/platform/logger';
import type { AnswerStore } from '../../shared/store/answer-store';
import { MODEL_FOLDER } from '../support/fixtures';
import { eventually } from '../support/owned-process';
import { sendRaw } from '../support/raw';
import { type RunningFunction, startFunction } from '../support/server';

import '../../functions/lookup';

type Json = Record<string, unknown>;

let folder: string;
let store: AnswerStore;
let lookup: RunningFunction;
let log: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lookup-'));
  store = await FileStore.open(folder);
  log = [];
  const config = readConfig({ MODEL_DIR: MODEL_FOLDER, LOOKUP_CACHE_DEADLINE_MS: '5000' });
  const logger = createLogger('DEBUG', (line) => log.push(line));
  const { classifier } = setDependencies({ config, logger, store: () => Promise.resolve(store) });
  lookup = await startFunction('lookupIngredient');
  await classifier();
  // What a test reads in the log is its own then.
  await eventually('the cold start', () => log.find((line) => line.includes('"cold start"')));
});

afterAll(async () => {
  await lookup.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

const get = (target: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${lookup.url}${target}`, { headers });

const post = (body: string | Buffer, headers: Record<string, string> = { 'Content-Type': 'application/json' }) =>
  fetch(`${lookup.url}/v1/ingredients:batch`, { method: 'POST', headers, body });

const raw = (request: string): Promise<string> => sendRaw(new URL(lookup.url).port, request);

async function expectProblem(response: Response, status: number, code: string): Promise<Json> {
  const body = (await response.json()) as Json;

  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(body).toMatchObject({ status, code });
  expect(Object.keys(body)).toEqual(['title', 'status', 'code', 'detail']);
  expect(JSON.stringify(body)).not.toMatch(/node_modules|\.ts:|\.js:/);
  return body;
}

describe('GET /v1/ingredients/{name}', () => {
  it('answers with the labels of an ingredient in the contract’s shape', async () => {
    const response = await get('/v1/ingredients/Smoked%20paprika');
    const answer = (await response.json()) as Answer;

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(Object.keys(answer)).toEqual([
      'name',
      'key',
      'ingredient',
      'source',
      'categories',
      'needsReview',
      'model',
      'origin',
    ]);
    expect(answer).toMatchObject({
      name: 'Smoked paprika',
      // sha256 of "smoked paprika", its first 32 hex digits
      key: 'n1-06834765b67ad7dc44b85a5de484abad',
      ingredient: { label: 'ingredient' },
      source: { label: 'plant' },
      origin: 'model',
    });
    expect(answer.categories[0]?.label).toBe('spice');
    expect(answer.ingredient.confidence).toBeGreaterThan(0.9);
  });

  it('answers a name that is no ingredient with no source and no categories', async () => {
    const answer = (await (await get('/v1/ingredients/poop%20cake')).json()) as Answer;

    expect(answer).toMatchObject({ ingredient: { label: 'not_ingredient' }, source: null, categories: [] });
  });

  it('says which cache answered: the model first, then memory', async () => {
    const first = await get('/v1/ingredients/star%20anise');
    const second = await get('/v1/ingredients/STAR%20%20anise');

    expect(first.headers.get('cache-status')).toBe('store; fwd=miss; stored, memory; fwd=miss; stored');
    expect(second.headers.get('cache-status')).toBe('memory; hit');
    expect(first.headers.get('cache-control')).toBe('public, max-age=60');
    const stagesOf = (response: Response) =>
      response.headers
        .get('server-timing')
        ?.split(', ')
        .map((entry) => entry.replace(/;dur=\d+(\.\d{1,2})?$/, ''))
        .sort();
    expect(stagesOf(first)).toEqual(['decode', 'encode', 'queue', 'run', 'store', 'total', 'write']);
    expect(stagesOf(second)).toEqual(['total']);
  });

  it('keeps what it looked up in the store, with an expiry', async () => {
    const answer = (await (await get('/v1/ingredients/tamarind')).json()) as Answer;

    const record = (await store.get([answer.key])).get(answer.key);

    expect(record).toMatchObject({
      normalName: 'tamarind',
      status: 'classified',
      submittedAt: null,
      ids: [],
      idCount: 0,
    });
    const days = (record!.expireAt!.getTime() - record!.createdAt.getTime()) / 86_400_000;
    expect(days).toBe(30);
  });

  it('answers 304 to the entity tag that it gave', async () => {
    const tag = (await get('/v1/ingredients/dill')).headers.get('etag') ?? '';

    const again = await get('/v1/ingredients/dill', { 'If-None-Match': tag });

    expect(tag).toMatch(/^"[\w-]+"$/);
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('takes a name with an encoded slash as one name', async () => {
    const answer = (await (await get('/v1/ingredients/50%2F50%20butter')).json()) as Answer;

    expect(answer.name).toBe('50/50 butter');
  });

  it.each([
    ['a name of 121 characters', `/v1/ingredients/${'a'.repeat(121)}`],
    ['a control character', '/v1/ingredients/a%07b'],
    ['white space alone', '/v1/ingredients/%20%E3%80%80'],
  ])('refuses %s with a sentence', async (_, target) => {
    await expectProblem(await get(target), 400, 'INVALID_NAME');
  });

  it('takes 120 characters', async () => {
    expect((await get(`/v1/ingredients/${encodeURIComponent('é'.repeat(120))}`)).status).toBe(200);
  });

  it('refuses a percent-encoding that is not UTF-8, in the path and in the query', async () => {
    const answers = [await raw('GET /v1/ingredients/%E0%A4%A HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')];
    answers.push(await raw('GET /v1/ingredients?name=%E0%A4%A HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'));

    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"BAD_URL"');
    }
  });
});

describe('GET /v1/ingredients?name=', () => {
  it('answers names that a path cannot carry', async () => {
    const answers = await Promise.all(['.', '..', '%2F'].map((name) => get(`/v1/ingredients?name=${name}`)));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('refuses a missing, an empty and a repeated name', async () => {
    await expectProblem(await get('/v1/ingredients'), 400, 'BAD_REQUEST');
    await expectProblem(await get('/v1/ingredients?name='), 400, 'INVALID_NAME');
    await expectProblem(await get('/v1/ingredients?name=a&name=b'), 400, 'BAD_REQUEST');
  });
});

describe('POST /v1/ingredients:batch', () => {
  it('answers in order, and a bad name does not hurt the others', async () => {
    const names = ['honey', '', 'pork belly', 'a'.repeat(121), 7, 'shiitake', 'HONEY', '\ud800'];

    const response = await post(JSON.stringify({ names }));
    const { results } = (await response.json()) as { results: (Answer & { error?: Json })[] };

    expect(response.status).toBe(200);
    expect(results.map((result) => result.error?.['code'] ?? result.source?.label)).toEqual([
      'animal_product',
      'INVALID_NAME',
      'dead_animal',
      'INVALID_NAME',
      'INVALID_NAME',
      'other',
      'animal_product',
      'INVALID_NAME',
    ]);
    expect(results[6]?.name).toBe('HONEY');
  });

  it('takes 256 names and refuses 257 and none', async () => {
    const many = (count: number): string =>
      JSON.stringify({ names: Array.from({ length: count }, (_, i) => `salt ${i}`) });

    expect((await post(many(256))).status).toBe(200);
    await expectProblem(await post(many(257)), 400, 'BAD_REQUEST');
    await expectProblem(await post(many(0)), 400, 'BAD_REQUEST');
  });

  it.each(['', '{', '[]', '"names"', '{"names":"salt"}', '{"name":["salt"]}', 'null'])(
    'refuses the body %s',
    async (body) => {
      const response = await post(body);

      const { code } = (await response.clone().json()) as { code: string };
      await expectProblem(response, 400, code);
      expect(['BAD_JSON', 'BAD_REQUEST']).toContain(code);
    },
  );

  it('refuses bytes that are not UTF-8', async () => {
    await expectProblem(await post(Buffer.from([0x7b, 0xff, 0x7d])), 400, 'BAD_JSON');
  });

  it('refuses another media type or charset', async () => {
    await expectProblem(await post('{}', { 'Content-Type': 'text/plain' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    await expectProblem(
      await post('{}', { 'Content-Type': 'application/json; charset=foo' }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    );
  });

  it('refuses a body of more than 512 kB', async () => {
    await expectProblem(await post(JSON.stringify({ names: ['a'.repeat(512_000)] })), 413, 'BODY_TOO_LARGE');
  });

  it('refuses a chunked body without an end', async () => {
    const head =
      'POST /v1/ingredients:batch HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;

    const answer = await raw(head + chunk.repeat(8));

    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"BODY_TOO_LARGE"');
  });
});

describe('GET /v1/labels', () => {
  it('lists every label with a sentence, and the model’s version', async () => {
    const labels = (await (await get('/v1/labels')).json()) as Record<string, { label: string; description: string }[]>;

    expect(labels['model']).toMatch(/^\d+(\.\d+)+$/);
    expect(labels['ingredient']).toHaveLength(2);
    expect(labels['source']?.map(({ label }) => label)).toEqual(['dead_animal', 'animal_product', 'plant', 'other']);
    expect(labels['categories']).toHaveLength(27);
    expect(labels['categories']?.every(({ description }) => description.endsWith('.'))).toBe(true);
  });
});

describe('GET /health', () => {
  it('is 200 once the model can answer', async () => {
    const response = await get('/health');

    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });
});

describe('any other request', () => {
  it('is 404 as a problem, favicons too', async () => {
    await expectProblem(await get('/'), 404, 'NOT_FOUND');
    await expectProblem(await get('/favicon.ico'), 404, 'NOT_FOUND');
    await expectProblem(await get('/v1/ingredients/a/b'), 404, 'NOT_FOUND');
  });

  it('is 405 with the methods that there are', async () => {
    const response = await fetch(`${lookup.url}/v1/labels`, { method: 'DELETE' });

    expect(response.headers.get('allow')).toBe('GET, HEAD');
    await expectProblem(response, 405, 'METHOD_NOT_ALLOWED');
  });

  it('is 406 where JSON is not accepted', async () => {
    await expectProblem(await get('/v1/labels', { Accept: 'text/html' }), 406, 'NOT_ACCEPTABLE');
  });
});

describe('the log', () => {
  it('has one line a request, without the name', async () => {
    log.length = 0;

    await get('/v1/ingredients/secret%20sauce', {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });

    const lines = log.map((line) => JSON.parse(line) as Json);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      severity: 'INFO',
      message: 'request',
      method: 'GET',
      route: '/v1/ingredients/{name}',
      status: 200,
      layer: 'model',
      origin: 'model',
      names: 1,
      'logging.googleapis.com/trace': '0af7651916cd43dd8448eb211c80319c',
    });
    const { durationMs, stages } = lines[0] as { durationMs: number; stages: Record<string, number> };
    expect(Object.keys(stages).sort()).toEqual(['decode', 'encode', 'queue', 'run', 'store', 'write']);
    expect(durationMs).toBeGreaterThanOrEqual(stages['run']!);
    expect(log.join('')).not.toContain('secret');
  });

  it('counts the names of a batch, and those that ask for a person', async () => {
    log.length = 0;

    const { results } = (await (
      await post(JSON.stringify({ names: ['salt', 'honey', 'horse', '', 'zzxyq'] }))
    ).json()) as {
      results: Partial<Answer>[];
    };

    const asking = results.filter(({ needsReview = [] }) => needsReview.length > 0).length;
    expect(JSON.parse(log[0]!)).toMatchObject({
      route: '/v1/ingredients:batch',
      layer: 'batch',
      names: 4,
      needsReview: asking,
    });
  });

  it('has the code of a problem, and no layer', async () => {
    log.length = 0;

    await get('/v1/ingredients?name=');

    const line = JSON.parse(log[0]!) as Json;
    expect(line).toMatchObject({ route: '/v1/ingredients', status: 400, code: 'INVALID_NAME' });
    expect(line).not.toHaveProperty('layer');
  });
});
