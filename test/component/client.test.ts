/**
 * The client against the whole function: over HTTP, with the real model.
 */
import { IngredientClient } from '../../client';
import { FakeStore } from '../support/fakes';
import { type RunningFunction, startLookup } from '../support/server';

import '../../functions/lookup';

let lookup: RunningFunction;
let client: IngredientClient;

beforeAll(async () => {
  lookup = await startLookup({ LOOKUP_CACHE_DEADLINE_MS: '5000' }, new FakeStore());
  client = new IngredientClient(lookup.url);
});

afterAll(async () => {
  await lookup.stop();
});

describe('IngredientClient', () => {
  it('has the answer of one name, and says which layer it came from', async () => {
    const first = await client.lookupOne(' Smoked paprika ');
    const second = await client.lookupOne('smoked PAPRIKA');

    expect(first.answer).toMatchObject({ name: 'Smoked paprika', source: { label: 'plant' }, origin: 'model' });
    expect(first.layer).toBe('model');
    expect(second.layer).toBe('memory');
    expect(second.answer.key).toBe(first.answer.key);
    expect(first.serviceMs).toBeLessThanOrEqual(first.durationMs);
  });

  it.each(['.', '..', '50/50 butter', '100% rye', 'crème + brûlée & co?', '#hashtag', '寿司'])(
    'asks for %s as it is written, alone and in a batch',
    async (name) => {
      const alone = await client.lookup(name);
      const [inBatch] = await client.lookupAll([name]);

      expect(alone.name).toBe(name);
      expect(inBatch).toEqual(alone);
    },
  );

  it('answers a list in its order, with an error for a bad name', async () => {
    const results = await client.lookupAll(['honey', ' ', 'x'.repeat(2000), 'salt\ud800', 'rice'], { batchSize: 2 });

    expect(results.map((result) => ('error' in result ? result.error.code : result.name))).toEqual([
      'honey',
      'INVALID_NAME',
      'INVALID_NAME',
      'INVALID_NAME',
      'rice',
    ]);
  });

  it('has the same error for a bad name alone', async () => {
    await expect(client.lookup('x'.repeat(2000))).rejects.toMatchObject({ code: 'INVALID_NAME', status: 400 });
    await expect(client.lookup('')).rejects.toMatchObject({ code: 'INVALID_NAME', status: 400 });
  });

  it('knows every label that the service knows, and is well', async () => {
    const { categories, source, ingredient } = await client.labels();

    expect([ingredient.length, source.length, categories.length]).toEqual([2, 4, 27]);
    expect(await client.isHealthy()).toBe(true);
  });
});
