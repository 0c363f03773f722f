/**
 * How often the client asks, and when it gives up.
 */
import { getEventListeners } from 'node:events';

import { IngredientApiError, IngredientClient } from '../../../client';
import { answering, answerTo, BUSY, namesOf, servicePerTest } from '../../support/client-service';
import { eventually } from '../../support/owned-process';

const { serve, current } = servicePerTest();

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
    expect(current()?.abandoned).toBe(0);
  });

  it('ends the request when all its callers gave up', async () => {
    const { url } = await serve((asked) => ({ ...answering(asked), afterMs: 10_000 }));
    const client = new IngredientClient(url);
    const mine = new AbortController();

    const both = Promise.allSettled(['salt', 'honey'].map((name) => client.lookup(name, { signal: mine.signal })));
    await eventually('the batch is asked for', () => current()?.asked[0]);
    mine.abort();

    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await eventually('the request ends', () => current()?.abandoned === 1 || undefined);
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
    await eventually('it is asked for', () => current()?.asked[0]);
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
