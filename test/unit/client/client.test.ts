import { getEventListeners } from 'node:events';

import { layerOf, totalOf } from '../../../client/client';
import { type Answer, IngredientApiError, IngredientClient, type Problem } from '../../../client';
import { anAnswer } from '../../support/builders';
import { eventually } from '../../support/owned-process';
import { type Asked, type Reply, ScriptedService } from '../../support/scripted-service';

const BUSY: Problem = { title: 'Too many names at once', status: 429, code: 'OVERLOADED', detail: 'Try again.' };

let service: ScriptedService | undefined;

afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function serve(reply: (asked: Asked, count: number) => Reply): Promise<ScriptedService> {
  service = await ScriptedService.start(reply);
  return service;
}

const namesOf = ({ body }: Asked): string[] => (JSON.parse(body) as { names: string[] }).names;

/** As the service would, whatever the name. */
const answerTo = (name: string): Answer => ({ ...(anAnswer() as Answer), name });

/** Answers one name and batches as the service does. */
const answering = (asked: Asked): Reply => {
  if (asked.method === 'POST') {
    return { body: { results: namesOf(asked).map((name) => answerTo(name)) } };
  }
  return { body: answerTo(new URL(asked.url, 'http://x').searchParams.get('name')!) };
};

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

describe('giving up', () => {
  it('rejects for the caller that gave up, and answers the others of its batch', async () => {
    const { url } = await serve((asked) => ({ ...answering(asked), afterMs: 50 }));
    const client = new IngredientClient(url);
    const mine = new AbortController();

    const both = Promise.allSettled([client.lookup('salt', { signal: mine.signal }), client.lookup('honey')]);
    setTimeout(() => {
      mine.abort();
    }, 10);
    const [salt, honey] = await both;

    expect(salt).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    expect(honey).toMatchObject({ status: 'fulfilled', value: { name: 'honey' } });
    expect(service?.abandoned).toBe(0);
  });

  it('ends the request when all its callers gave up', async () => {
    const { url } = await serve((asked) => ({ ...answering(asked), afterMs: 10_000 }));
    const client = new IngredientClient(url);
    const mine = new AbortController();

    const both = Promise.allSettled(['salt', 'honey'].map((name) => client.lookup(name, { signal: mine.signal })));
    await eventually('the batch is asked for', () => service?.asked[0]);
    mine.abort();

    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await eventually('the request ends', () => service?.abandoned === 1 || undefined);
  });

  it('asks for nothing where all gave up in the same tick', async () => {
    const { url, asked } = await serve(answering);
    const client = new IngredientClient(url);
    const mine = new AbortController();

    const looked = client.lookup('salt', { signal: mine.signal });
    mine.abort(new Error('never mind'));

    await expect(looked).rejects.toThrow('never mind');
    await expect(client.lookup('salt', { signal: mine.signal })).rejects.toThrow('never mind');
    expect(asked).toEqual([]);
  });

  it('leaves alone who asks after it in the same tick', async () => {
    const { url, asked } = await serve(answering);
    const client = new IngredientClient(url);
    const mine = new AbortController();

    const salt = client.lookup('salt', { signal: mine.signal });
    mine.abort(new Error('never mind'));
    const others = [client.lookup('honey'), client.lookup('rice')];

    await expect(salt).rejects.toThrow('never mind');
    expect((await Promise.all(others)).map(({ name }) => name)).toEqual(['honey', 'rice']);
    expect(asked.map(namesOf)).toEqual([['honey', 'rice']]);
  });

  it('ends a wait for a token', async () => {
    const { url, asked } = await serve(answering);
    const mine = new AbortController();
    const client = new IngredientClient(url, { token: () => new Promise<string>(() => undefined) });

    const looked = client.lookupOne('salt', { signal: mine.signal });
    mine.abort(new Error('never mind'));

    await expect(looked).rejects.toThrow('never mind');
    expect(getEventListeners(mine.signal, 'abort')).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('ends a wait for the next attempt', async () => {
    const { url } = await serve(() => ({ status: 429, headers: { 'Retry-After': '20' }, body: BUSY }));
    const mine = new AbortController();

    const looked = new IngredientClient(url).lookup('salt', { signal: mine.signal });
    await eventually('it is asked for', () => service?.asked[0]);
    mine.abort();

    await expect(looked).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('retries', () => {
  it.each([429, 503])('comes again after %s when Retry-After says', async (status) => {
    const times: number[] = [];
    const { url } = await serve((asked, count) => {
      times.push(performance.now());
      return count === 0 ? { status, headers: { 'Retry-After': '1' }, body: { ...BUSY, status } } : answering(asked);
    });

    const answer = await new IngredientClient(url).lookup('salt');

    expect(answer.name).toBe('salt');
    expect(times).toHaveLength(2);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(990);
  });

  it('gives up after its attempts, with the problem and the wait asked for', async () => {
    const { url, asked } = await serve(() => ({ status: 503, headers: { 'Retry-After': '0' }, body: BUSY }));

    const error = await new IngredientClient(url, { maxAttempts: 3 }).lookup('salt').catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(IngredientApiError);
    expect(error).toMatchObject({ code: 'OVERLOADED', retryAfterMs: 0 });
    expect(asked).toHaveLength(3);
  });

  it('fails at once where the wait asked for is longer than it may be', async () => {
    const { url, asked } = await serve(() => ({ status: 429, headers: { 'Retry-After': '31' }, body: BUSY }));

    const looked = new IngredientClient(url).lookup('salt');

    await expect(looked).rejects.toMatchObject({ retryAfterMs: 31_000 });
    expect(asked).toHaveLength(1);
  });

  it.each([400, 404, 500])('does not come again after %s', async (status) => {
    const { url, asked } = await serve(() => ({ status, body: { ...BUSY, status, code: 'OTHER' } }));

    await expect(new IngredientClient(url).lookup('salt')).rejects.toMatchObject({ status, code: 'OTHER' });
    expect(asked).toHaveLength(1);
  });

  it('asks again for the names of a batch that the service was too busy for, and for them alone', async () => {
    const { url, asked } = await serve((request, count) => ({
      body: {
        results: namesOf(request).map((name) => (count === 0 && name === 'honey' ? { error: BUSY } : answerTo(name))),
      },
    }));

    const results = await new IngredientClient(url).lookupAll(['salt', 'honey', 'rice']);

    expect(results.map((result) => ('error' in result ? result.error.code : result.name))).toEqual([
      'salt',
      'honey',
      'rice',
    ]);
    expect(asked.map(namesOf)).toEqual([['salt', 'honey', 'rice'], ['honey']]);
  });
});

describe('the attempts of a batch', () => {
  it('are as many, whether it was refused as a whole or in part', async () => {
    const { url, asked } = await serve((request, count) =>
      count < 2
        ? { status: 429, headers: { 'Retry-After': '0' }, body: BUSY }
        : { body: { results: namesOf(request).map((name) => (name === 'honey' ? { error: BUSY } : answerTo(name))) } },
    );

    const results = await new IngredientClient(url).lookupAll(['salt', 'honey']);

    expect(results.map((result) => ('error' in result ? result.error.code : result.name))).toEqual([
      'salt',
      'OVERLOADED',
    ]);
    expect(asked.map(namesOf)).toEqual([['salt', 'honey'], ['salt', 'honey'], ['salt', 'honey'], ['honey']]);
  });
});

describe('what is not the service', () => {
  it('says where nothing listens', async () => {
    const { url } = await serve(answering);
    await service?.stop();

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

describe('stream', () => {
  it('keeps the order where a later batch comes first', async () => {
    const { url } = await serve((asked, count) => ({ ...answering(asked), afterMs: count === 0 ? 60 : 0 }));
    const names = ['a', 'b', 'c', 'd', 'e'];

    const results = await new IngredientClient(url).lookupAll(names, { batchSize: 2 });

    expect(results.map(({ name }) => name)).toEqual(names);
  });

  it('reads on only as far as its requests at once need', async () => {
    const { url } = await serve(answering);
    let read = 0;
    function* names(): Generator<string> {
      for (; read < 1000; read += 1) {
        yield `herb ${read}`;
      }
    }

    await new IngredientClient(url).stream(names(), { batchSize: 10, concurrency: 3 }).next();

    expect(read).toBeLessThanOrEqual(40);
  });

  it('ends its requests where the caller leaves the loop', async () => {
    const { url } = await serve((asked, count) => ({ ...answering(asked), afterMs: count === 0 ? 0 : 10_000 }));

    const results = new IngredientClient(url).stream(['a', 'b', 'c'], { batchSize: 1 });
    await results.next();
    await eventually('the second is asked for', () => service?.asked[1]);
    await results.return(undefined);

    await eventually('it ends', () => service?.abandoned === 1 || undefined);
  });

  it('gives nothing more after an abort, of a batch that has come either', async () => {
    const { url } = await serve(answering);
    const mine = new AbortController();

    const results = new IngredientClient(url).stream(['a', 'b', 'c'], { signal: mine.signal });
    await results.next();
    mine.abort(new Error('never mind'));

    await expect(results.next()).rejects.toThrow('never mind');
    expect(getEventListeners(mine.signal, 'abort')).toEqual([]);
  });

  it('ends with an abort at once while it waits for a name, and then reads no more', async () => {
    const { url, asked } = await serve(answering);
    const mine = new AbortController();
    const read: string[] = [];
    let give!: () => void;
    async function* names(): AsyncGenerator<string> {
      try {
        for (const name of ['a', 'b', 'c', 'd']) {
          if (name === 'b') {
            await new Promise<void>((resolve) => {
              give = resolve;
            });
          }
          read.push(name);
          yield name;
        }
      } finally {
        read.push('its end');
      }
    }

    const waiting = new IngredientClient(url).stream(names(), { signal: mine.signal }).next();
    await eventually('the second name is waited for', () => (give as unknown) ?? undefined);
    mine.abort(new Error('never mind'));

    await expect(waiting).rejects.toThrow('never mind');
    expect(getEventListeners(mine.signal, 'abort')).toEqual([]);
    give();
    await eventually('the source ends', () => read.at(-1) === 'its end' || undefined);
    expect([read, asked]).toEqual([['a', 'b', 'its end'], []]);
  });

  it('leaves no listener at the signal where it came to its end, and ends its source where the caller leaves', async () => {
    const { url } = await serve(answering);
    const { signal } = new AbortController();
    let hasEnded = false;
    async function* names(): AsyncGenerator<string> {
      try {
        yield* ['a', 'b', 'c'];
        await new Promise(() => undefined);
      } finally {
        hasEnded = true;
      }
    }
    const client = new IngredientClient(url);

    await client.lookupAll(['a', 'b', 'c'], { signal, batchSize: 1 });
    for await (const result of client.stream(names(), { signal, batchSize: 1, concurrency: 1 })) {
      expect(result.name).toBe('a');
      break;
    }

    expect(hasEnded).toBe(true);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it.each([
    [NaN, [256, 44]],
    [0, Array<number>(300).fill(1)],
    [-5, Array<number>(300).fill(1)],
    [100.5, [100, 100, 100]],
    [1000, [256, 44]],
  ])('takes a batchSize of %d as a whole number from 1 to 256', async (batchSize, sizes) => {
    const { url, asked } = await serve(answering);
    const names = Array.from({ length: 300 }, (_, index) => `herb ${index}`);

    const results = await new IngredientClient(url).lookupAll(names, { batchSize, concurrency: 1 });

    expect(results.map(({ name }) => name)).toEqual(names);
    expect(asked.map((request) => namesOf(request).length)).toEqual(sizes);
  });

  it('takes a concurrency and maxAttempts that are no numbers as their defaults', async () => {
    const { url, asked } = await serve(() => ({ status: 503, headers: { 'Retry-After': '0' }, body: BUSY }));
    let read = 0;
    function* names(): Generator<string> {
      for (; read < 100; read += 1) {
        yield `herb ${read}`;
      }
    }

    const client = new IngredientClient(url, { maxAttempts: NaN });
    const results = client.lookupAll(names(), { batchSize: 1, concurrency: NaN });

    await expect(results).rejects.toMatchObject({ code: 'OVERLOADED' });
    // Of the first batch all four, and of the second as many as went out beside them.
    expect(asked.filter((request) => namesOf(request)[0] === 'herb 0')).toHaveLength(4);
    expect(new Set(asked.map((request) => namesOf(request)[0]))).toEqual(new Set(['herb 0', 'herb 1']));
    expect(read).toBeLessThan(5);
  });

  it('keeps a batch of long names below the limit of bytes', async () => {
    const { url, asked } = await serve(answering);
    const names = Array.from({ length: 256 }, (_, index) => `${index}${'香'.repeat(900)}`);

    await new IngredientClient(url).lookupAll(names, { concurrency: 1 });

    expect(asked.map(({ body }) => Buffer.byteLength(body)).every((bytes) => bytes <= 512_000)).toBe(true);
    expect(asked.flatMap(namesOf)).toEqual(names);
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
