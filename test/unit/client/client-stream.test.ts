/**
 * Names in streams through the client.
 */
import { getEventListeners } from 'node:events';

import { IngredientClient } from '../../../client';
import { answering, BUSY, namesOf, servicePerTest } from '../../support/client-service';
import { eventually } from '../../support/owned-process';

const { serve, current } = servicePerTest();

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
    await eventually('the second is asked for', () => current()?.asked[1]);
    await results.return(undefined);

    await eventually('it ends', () => current()?.abandoned === 1 || undefined);
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
