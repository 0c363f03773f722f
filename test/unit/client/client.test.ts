import { layerOf, totalOf } from '../../../client/client';
import { type Answer, IngredientClient, type Problem } from '../../../client';
import { answering, answerTo, BUSY, namesOf, servicePerTest } from '../../support/client-service';
import { type Reply } from '../../support/scripted-service';

const { serve, current } = servicePerTest();

describe('lookup', () => {
  it('asks for a name alone with GET, which caches may answer', async () => {
    const { url, asked } = await serve(answering);

    const answer = await new IngredientClient(`${url}/`).lookup(' 50/50 butter & "salt" ');

    expect(answer.name).toBe('50/50 butter & "salt"');
    expect(asked.map(({ method, url: target }) => `${method} ${target}`)).toEqual([
      'GET /v1/ingredients?name=50%2F50+butter+%26+%22salt%22',
    ]);
  });

  it('asks for the names of one tick in one batch, for equal names once', async () => {
    const { url, asked } = await serve(answering);
    const client = new IngredientClient(url);

    const answers = await Promise.all(['salt', 'honey', 'salt'].map((name) => client.lookup(name)));

    expect(answers.map(({ name }) => name)).toEqual(['salt', 'honey', 'salt']);
    expect(asked.map(namesOf)).toEqual([['salt', 'honey']]);
  });

  it('asks for more than 256 names in as many batches as they need', async () => {
    const { url, asked } = await serve(answering);
    const client = new IngredientClient(url);
    const names = Array.from({ length: 600 }, (_, index) => `herb ${index}`);

    const answers = await Promise.all(names.map((name) => client.lookup(name)));

    expect(answers.map(({ name }) => name)).toEqual(names);
    expect(asked.map((request) => namesOf(request).length)).toEqual([256, 256, 88]);
  });

  it('fails for the names of a batch that failed, and for no other', async () => {
    const { url } = await serve((asked) =>
      namesOf(asked)[0] === 'herb 0'
        ? { status: 500, body: { ...BUSY, status: 500, code: 'INTERNAL' } }
        : answering(asked),
    );
    const client = new IngredientClient(url);

    const looked = await Promise.allSettled(Array.from({ length: 512 }, (_, index) => client.lookup(`herb ${index}`)));

    const refused = { status: 'rejected', reason: { code: 'INTERNAL' } };
    expect(looked.slice(0, 256)).toMatchObject(Array<unknown>(256).fill(refused));
    expect(looked.slice(256)).toMatchObject(
      Array.from({ length: 256 }, (_, index) => ({ status: 'fulfilled', value: { name: `herb ${index + 256}` } })),
    );
  });

  it('fails for a bad name of a batch alone', async () => {
    const error: Problem = { title: 'The name is not valid', status: 400, code: 'INVALID_NAME', detail: 'Empty.' };
    const { url } = await serve((asked) => ({
      body: { results: namesOf(asked).map((name) => (name === '' ? { error } : answerTo(name))) },
    }));
    const client = new IngredientClient(url);

    const [bad, good] = await Promise.allSettled([client.lookup(''), client.lookup('salt')]);

    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_NAME', message: 'Empty.', status: 400 } });
    expect(good).toMatchObject({ status: 'fulfilled', value: { name: 'salt' } });
  });

  it('refuses a lone surrogate itself, since a URL would carry another name', async () => {
    const { url, asked } = await serve(answering);

    const error = await new IngredientClient(url).lookup('salt\ud800').catch((reason: unknown) => reason);

    expect(error).toMatchObject({ code: 'INVALID_NAME', status: 400 });
    expect(asked).toEqual([]);
  });

  it('sends of a book only so much that it stays too long', async () => {
    const { url, asked } = await serve(answering);

    await new IngredientClient(url).lookup('🍅'.repeat(100_000));

    const sent = new URL(asked[0]!.url, 'http://x').searchParams.get('name')!;
    expect(sent).toBe('🍅'.repeat(500));
  });
});

describe('what is not the service', () => {
  it('says where nothing listens', async () => {
    const { url } = await serve(answering);
    await current()?.stop();

    const looked = new IngredientClient(url).lookup('salt');

    const message = `${url} could not be reached: check the address and the connection.`;
    await expect(looked).rejects.toMatchObject({ code: 'NETWORK', status: 0, message });
  });

  it.each<[string, Reply]>([
    ['a page with an error', { status: 502, body: '<h1>Bad gateway</h1>' }],
    ['a page with a 200', { status: 200, body: '<h1>Welcome</h1>' }],
    ['a problem without a code', { status: 403, body: { title: 'Forbidden' } }],
  ])('says that %s is no answer', async (_what, reply) => {
    const { url } = await serve(() => reply);

    const looked = new IngredientClient(url).lookup('salt');

    await expect(looked).rejects.toMatchObject({ code: 'UNEXPECTED_RESPONSE', status: reply.status });
  });

  it.each<[string, (client: IngredientClient) => Promise<unknown>]>([
    ['one name', (client) => client.lookup('salt')],
    ['a list', (client) => client.lookupAll(['salt', 'honey'])],
    ['a review', (client) => client.review('salt')],
    ['the labels', (client) => client.labels()],
  ])('says that the connection broke within the answer to %s', async (_what, call) => {
    const { url } = await serve(() => ({ body: '{"name": "sal', isCut: true }));

    await expect(call(new IngredientClient(url))).rejects.toMatchObject({
      ...{ name: 'IngredientApiError', code: 'NETWORK', status: 0 },
      message: 'The answer was cut off: check the connection, and ask again.',
    });
  });

  it('does not take a batch of another length for the answer', async () => {
    const { url } = await serve(() => ({ body: { results: [] } }));

    const looked = new IngredientClient(url).lookupAll(['salt']);

    await expect(looked).rejects.toMatchObject({ code: 'UNEXPECTED_RESPONSE' });
  });
});

describe('reviews', () => {
  const labels = { ingredient: 'ingredient', source: 'plant', categories: ['spice'] } as const;

  it('puts labels with the tag of what they change, and the token', async () => {
    const { url, asked } = await serve(() => ({ headers: { ETag: '"2"' }, body: labels }));
    const client = new IngredientClient(url, { token: () => Promise.resolve('abc') });

    const review = await client.putReview('smoked paprika', labels, { ifMatch: '"1"' });

    expect(review).toEqual({ labels, etag: '"2"' });
    expect(asked[0]).toMatchObject({
      method: 'PUT',
      url: '/v1/review?name=smoked+paprika',
      body: JSON.stringify(labels),
      headers: { 'if-match': '"1"', authorization: 'Bearer abc', 'content-type': 'application/json' },
    });
  });

  it('has none where the service says so', async () => {
    const { url } = await serve(() => ({ status: 404, body: { ...BUSY, status: 404, code: 'NO_REVIEW' } }));

    expect(await new IngredientClient(url).review('salt')).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['of the service', { ...BUSY, status: 404, code: 'NOT_FOUND' }, 'NOT_FOUND'],
    ['of something else', '<h1>Not found</h1>', 'UNEXPECTED_RESPONSE'],
  ])('does not take another 404 %s for none', async (_whose, body, code) => {
    const { url } = await serve(() => ({ status: 404, body }));

    await expect(new IngredientClient(url).review('salt')).rejects.toMatchObject({ status: 404, code });
  });

  describe.each<[string, (client: IngredientClient) => Promise<unknown>]>([
    ['putting', (client) => client.putReview('salt', labels, { ifNone: true })],
    ['deleting', (client) => client.deleteReview('salt', { ifMatch: '"r1"' })],
  ])('%s one', (_what, change) => {
    const refused = (status: number, code: string): Reply => ({
      ...{ status, headers: { 'Retry-After': '0' } },
      body: { ...BUSY, status, code },
    });

    it.each([
      [503, 'STORE_UNAVAILABLE'],
      [503, 'SHUTTING_DOWN'],
      [503, 'SOMETHING_BETWEEN'],
      [409, 'REVIEW_CONFLICT'],
    ])('is not tried again after %i %s, which may come after the change', async (status, code) => {
      const { url, asked } = await serve(() => refused(status, code));

      await expect(change(new IngredientClient(url))).rejects.toMatchObject({ status, code });
      expect(asked).toHaveLength(1);
    });

    it.each([
      [429, 'RATE_LIMITED'],
      [503, 'MODEL_UNAVAILABLE'],
      [503, 'ISSUER_UNAVAILABLE'],
    ])('is tried again after %i %s, which comes before it', async (status, code) => {
      const { url, asked } = await serve((_asked, count) =>
        count === 0 ? refused(status, code) : { headers: { ETag: '"r1"' }, body: labels },
      );

      await change(new IngredientClient(url));

      expect(asked).toHaveLength(2);
    });
  });
});

describe('list', () => {
  it('follows the pages', async () => {
    const pages: Record<string, { results: Answer[]; nextPageToken?: string }> = {
      '': { results: [answerTo('basil')], nextPageToken: 'x/y' },
      'x/y': { results: [answerTo('mint')] },
    };
    const { url, asked } = await serve(({ url: target }) => ({
      body: pages[new URL(target, 'http://x').searchParams.get('pageToken') ?? ''],
    }));

    const names: string[] = [];
    for await (const { name } of new IngredientClient(url).list({ category: 'herb', pageSize: 1 })) {
      names.push(name);
    }

    expect(names).toEqual(['basil', 'mint']);
    expect(asked.map(({ url: target }) => target)).toEqual([
      '/v1/ingredients:list?category=herb&pageSize=1',
      '/v1/ingredients:list?category=herb&pageToken=x%2Fy&pageSize=1',
    ]);
  });

  it('sends nothing for a filter that is undefined, as of a search box that is empty', async () => {
    const { url, asked } = await serve(() => ({ body: { results: [] } }));
    const client = new IngredientClient(url);
    const unset = { source: undefined, prefix: undefined, pageSize: undefined };

    await client.list({ category: 'herb', ...unset }).next();
    await client.listPage({ ...unset, pageToken: undefined });

    expect(asked.map(({ url: target }) => target)).toEqual([
      '/v1/ingredients:list?category=herb',
      '/v1/ingredients:list',
    ]);
  });
});

describe('layerOf', () => {
  it.each([
    ['memory; hit', 'memory'],
    ['store; hit, memory; fwd=miss; stored', 'store'],
    ['store; fwd=miss; detail=store-timeout, memory; fwd=miss', 'model'],
    ['store; hit, memory; fwd=miss, ExampleCDN; hit; ttl=30', 'ExampleCDN'],
    [null, 'model'],
  ])('reads %s as %s', (header, layer) => {
    expect(layerOf(header)).toBe(layer);
  });
});

describe('totalOf', () => {
  it.each([
    ['total;dur=1.25', 1.25],
    ['store;dur=0.5, total;desc="all";dur=12', 12],
    ['subtotal;dur=3', undefined],
    [null, undefined],
  ])('reads %s as %s', (header, ms) => {
    expect(totalOf(header)).toBe(ms);
  });
});
