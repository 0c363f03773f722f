import type { LookupDependencies } from '../../../../functions/lookup/handlers';
import type { HttpRequest } from '../../../../functions/lookup/http';
import { route } from '../../../../functions/lookup/routes';
import type { Answer } from '../../../../shared/ingredient/answer';
import { Labeller } from '../../../../shared/labeller';
import type { Manifest } from '../../../../shared/model/artifacts';
import { ModelUnavailableError, OverloadedError, StoreUnavailableError } from '../../../../shared/platform/errors';
import { aName, anAnswer, MODEL, tasks } from '../../../support/builders';
import { FakeClassifier, FakeLogger, FakeStore } from '../../../support/fakes';

const MANIFEST: Manifest = { manifestVersion: 1, version: MODEL, maxTokens: 64, tasks: tasks(), files: {} };

function arrange() {
  const store = new FakeStore();
  const classifier = new FakeClassifier();
  const labeller = new Labeller(
    {
      store: () => Promise.resolve(store),
      classify: (name) => classifier.classifyOne(name),
      modelVersion: () => Promise.resolve(MODEL),
      logger: new FakeLogger(),
    },
    { lookupCacheDeadlineMs: 20_000, memoryCacheEntries: 100, memoryCacheTtlMs: 600_000 },
  );
  const dependencies: LookupDependencies = {
    config: { cacheMaxAgeS: 60, corsOrigins: [], playground: false, requireIdToken: false },
    labeller,
    manifest: () => Promise.resolve(MANIFEST),
    classifier: () => Promise.resolve(classifier),
    explainer: { explain: () => Promise.resolve([]) },
    taught: () => Promise.resolve({ nearest: (name: string) => [`${name} powder`] }),
    store: () => Promise.resolve(store),
    verifyToken: () => Promise.resolve({}),
    authorize: () => Promise.resolve('ana@example.com'),
    charge: () => undefined,
  };
  return { store, classifier, dependencies };
}

function request(method: string, url: string, headers: Record<string, string> = {}, body = ''): HttpRequest {
  const [path, query] = url.split('?', 2) as [string, string?];
  return {
    method,
    path,
    query: new URLSearchParams(query),
    header: (name) => headers[name.toLowerCase()],
    body: Buffer.from(body),
    caller: '192.0.2.1',
  };
}

async function get(url: string, headers: Record<string, string> = {}, dependencies = arrange().dependencies) {
  return route(request('GET', url, headers), dependencies);
}

const parse = (body: string | Buffer): Record<string, unknown> =>
  JSON.parse(body.toString()) as Record<string, unknown>;

describe('route', () => {
  it.each([
    '/nothing',
    '/v1',
    '/v1/ingredients/',
    '/v1/ingredients/a/b',
    '/v1/ingredients/a/',
    '/V1/ingredients/a',
    '//v1/ingredients',
    '/health/',
  ])('has 404 for %s', async (url) => {
    const answer = await get(url);

    expect([answer.status, answer.note]).toEqual([404, 'NOT_FOUND']);
    expect(answer.headers['Content-Type']).toBe('application/problem+json');
  });

  it.each([
    ['POST', '/v1/ingredients/salt', 'GET, HEAD'],
    ['DELETE', '/v1/ingredients', 'GET, HEAD'],
    ['GET', '/v1/ingredients:batch', 'POST'],
    ['HEAD', '/v1/ingredients:batch', 'POST'],
    ['OPTIONS', '/v1/labels', 'GET, HEAD'],
    ['get', '/health', 'GET, HEAD'],
  ])('has 405 for %s %s, with what is allowed', async (method, url, allow) => {
    const answer = await route(request(method, url), arrange().dependencies);

    expect([answer.status, answer.note]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers['Allow']).toBe(allow);
  });

  it('answers HEAD as GET', async () => {
    const answer = await route(request('HEAD', '/v1/ingredients/salt'), arrange().dependencies);

    expect(answer.status).toBe(200);
  });

  it.each([
    ['50%2F50%20butter', '50/50 butter'],
    ['cr%C3%A8me', 'crème'],
    ['a+b', 'a+b'],
    ['%3F', '?'],
    ['50%25', '50%'],
    ['__proto__', '__proto__'],
  ])('takes the segment %s as the name %s', async (segment, name) => {
    const answer = await get(`/v1/ingredients/${segment}`);

    expect(answer.status).toBe(200);
    expect(parse(answer.body)['name']).toBe(name);
  });
});

describe('GET /v1/ingredients', () => {
  it('takes one name in the query, where "+" is a space', async () => {
    const answer = await get('/v1/ingredients?name=smoked+paprika%2F1');

    expect(parse(answer.body)['name']).toBe('smoked paprika/1');
  });

  it.each(['/v1/ingredients', '/v1/ingredients?name=a&name=b', '/v1/ingredients?Name=a'])(
    'rejects %s, which names none or two',
    async (url) => {
      await expect(get(url)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    },
  );

  it.each(['/v1/ingredients?name=', '/v1/ingredients/%20', '/v1/ingredients/a%00b'])(
    'rejects the name of %s',
    async (url) => {
      await expect(get(url)).rejects.toMatchObject({ code: 'INVALID_NAME' });
    },
  );

  it('says how long it may be kept, and which caches were asked', async () => {
    const { dependencies } = arrange();

    const first = await get('/v1/ingredients/Turmeric', {}, dependencies);
    const second = await get('/v1/ingredients/Turmeric', {}, dependencies);

    expect(parse(first.body)).toEqual(anAnswer({ name: 'Turmeric' }));
    expect(first.headers['Cache-Control']).toBe('public, max-age=60');
    expect(first.headers['Cache-Status']).toBe('store; fwd=miss; stored, memory; fwd=miss; stored');
    expect(second.headers['Cache-Status']).toBe('memory; hit');
    expect(second.headers['ETag']).toBe(first.headers['ETag']);
  });

  it.each([
    ['/v1/ingredients/oat%20milk', 1],
    // the answer, the whole name, and the name without each of its two words
    ['/v1/ingredients/oat%20milk?explain=true', 4],
  ])('counts for %s as many names as it asks the model for', async (url, names) => {
    const counted: number[] = [];
    const charge = (_request: HttpRequest, count: number): void => {
      counted.push(count);
    };

    await get(url, {}, { ...arrange().dependencies, charge });

    expect(counted).toEqual([names]);
  });

  it('names what the model was taught that is nearest, where the release carries it', async () => {
    const { dependencies } = arrange();

    const carried = await get('/v1/ingredients/Turmeric?explain=true', {}, dependencies);
    const without = await get(
      '/v1/ingredients/Turmeric?explain=true',
      {},
      { ...dependencies, taught: () => Promise.resolve(undefined) },
    );

    expect([carried, without].map(({ body }) => parse(body)['why'])).toEqual([
      { words: [], nearest: ['turmeric powder'] },
      { words: [] },
    ]);
  });

  it('has 304 without a body for what the client has', async () => {
    const { dependencies } = arrange();
    const first = await get('/v1/ingredients/Turmeric', {}, dependencies);

    const second = await get('/v1/ingredients/Turmeric', { 'if-none-match': first.headers['ETag']! }, dependencies);

    expect([second.status, second.body]).toEqual([304, '']);
    expect(second.headers['ETag']).toBe(first.headers['ETag']);
    expect(second.headers['Cache-Control']).toBe('public, max-age=60');
  });

  it('is not to be kept where the store could not be asked', async () => {
    const { store, dependencies } = arrange();
    store.failure = new StoreUnavailableError('down');

    const answer = await get('/v1/ingredients/Turmeric', {}, dependencies);

    expect(answer.status).toBe(200);
    expect(answer.headers['Cache-Control']).toBe('no-store');
    expect(answer.headers['Cache-Status']).toBe('store; fwd=miss; detail=store-error, memory; fwd=miss');
  });

  it('has 429 where the model is overloaded', async () => {
    const { classifier, dependencies } = arrange();
    classifier.failures.set('turmeric', new OverloadedError('Too many names wait for the model.'));

    const answer = await get('/v1/ingredients/Turmeric', {}, dependencies);

    expect([answer.status, answer.headers['Retry-After']]).toEqual([429, '1']);
  });
});

describe('POST /v1/ingredients:batch', () => {
  const json = { 'content-type': 'application/json' };
  const post = async (body: string, headers: Record<string, string> = json, dependencies = arrange().dependencies) =>
    route(request('POST', '/v1/ingredients:batch', headers, body), dependencies);

  it('answers in the order of the names, a problem for each bad one', async () => {
    const { classifier, dependencies } = arrange();
    classifier.failures.set('water', new OverloadedError('Too many names wait for the model.'));
    const names = ['salt', '', 'Turmeric', 7, 'water', 'SALT', '\ud800'];

    const answer = await post(JSON.stringify({ names }), json, dependencies);

    expect(answer.status).toBe(200);
    const { results } = parse(answer.body) as unknown as { results: (Answer & { error?: { code: string } })[] };
    expect(results.map(({ name, error }) => error?.code ?? name)).toEqual([
      'salt',
      'INVALID_NAME',
      'Turmeric',
      'INVALID_NAME',
      'OVERLOADED',
      'SALT',
      'INVALID_NAME',
    ]);
    expect(results[5]?.key).toBe(aName('salt').key);
  });

  it.each([['application/json; charset=utf-8'], ['Application/JSON;charset="UTF-8"']])(
    'takes the type %s',
    async (type) => {
      expect((await post('{"names": ["salt"]}', { 'content-type': type })).status).toBe(200);
    },
  );

  it.each([[''], ['text/plain'], ['application/json; charset=foo'], ['application/jsonl']])(
    'has 415 for the type %p',
    async (type) => {
      const answer = await post('{"names": ["salt"]}', { 'content-type': type });

      expect([answer.status, answer.note]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    },
  );

  it.each([
    ['', 'BAD_JSON'],
    ['{"names": [', 'BAD_JSON'],
    ['["salt"]', 'BAD_REQUEST'],
    ['null', 'BAD_REQUEST'],
    ['{}', 'BAD_REQUEST'],
    ['{"names": "salt"}', 'BAD_REQUEST'],
    ['{"names": []}', 'BAD_REQUEST'],
    [JSON.stringify({ names: Array<string>(257).fill('salt') }), 'BAD_REQUEST'],
  ])('has 400 for the body %.40s', async (body, code) => {
    const answer = await post(body);

    expect([answer.status, answer.note]).toEqual([400, code]);
  });

  it('takes 256 names', async () => {
    const { classifier, dependencies } = arrange();

    const answer = await post(JSON.stringify({ names: Array<string>(256).fill('salt') }), json, dependencies);

    expect(parse(answer.body)['results']).toHaveLength(256);
    expect(classifier.batches).toEqual([['salt']]);
  });
});

describe('GET /v1/labels', () => {
  it("lists each task's labels in the model's order, and its version", async () => {
    const answer = await get('/v1/labels');

    const body = parse(answer.body);
    expect(Object.keys(body)).toEqual(['model', 'ingredient', 'source', 'categories']);
    expect(body['model']).toBe(MODEL);
    expect(body['categories']).toEqual([
      { label: 'spice', description: '' },
      { label: 'fruit', description: '' },
      { label: 'dairy', description: '' },
    ]);
  });
});

describe('GET /health', () => {
  it('has 200 when the model can answer', async () => {
    const answer = await get('/health');

    expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['is loading', () => new Promise<never>(() => undefined)],
    ['could not be loaded', () => Promise.reject(new ModelUnavailableError('not yet'))],
  ])('has 503 while the model %s', async (_what, classifier) => {
    const answer = await get('/health', {}, { ...arrange().dependencies, classifier });

    expect([answer.status, answer.note, answer.headers['Retry-After']]).toEqual([503, 'MODEL_UNAVAILABLE', '1']);
  });
});
