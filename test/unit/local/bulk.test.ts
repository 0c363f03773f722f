import { BulkLabeller, inBatches } from '../../../local/bulk';
import { FakeClassifier } from '../../support/fakes';

describe('BulkLabeller', () => {
  it('asks the model once for what is the same name, and not again in a later batch', async () => {
    const classifier = new FakeClassifier();
    const labeller = new BulkLabeller(classifier);

    const first = await labeller.label(['Salt', ' salt', 'honey']);
    const second = await labeller.label(['SALT', 'rice']);

    expect(classifier.batches).toEqual([['salt', 'honey'], ['rice']]);
    expect([...first, ...second].map(({ name }) => name)).toEqual(['Salt', 'salt', 'honey', 'SALT', 'rice']);
  });

  it('answers a bad text with an error, and the others beside it', async () => {
    const results = await new BulkLabeller(new FakeClassifier()).label(['', 'salt', undefined]);

    expect(results.map((result) => ('error' in result ? result.error : result.name))).toEqual([
      { code: 'INVALID_NAME', detail: 'The name is empty: send at least one visible character.' },
      'salt',
      { code: 'INVALID_NAME', detail: 'The line is not UTF-8: convert the file.' },
    ]);
  });
});

describe('inBatches', () => {
  it('gives full batches of what is there, and the rest at the end', async () => {
    async function* items(): AsyncGenerator<number> {
      for (let item = 1; item <= 7; item += 1) {
        yield await Promise.resolve(item);
      }
    }

    expect(await gather(inBatches(items(), 3))).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });

  it('does not wait for a batch to fill', async () => {
    let send!: (item: number) => void;
    async function* items(): AsyncGenerator<number> {
      yield 1;
      yield await new Promise<number>((resolve) => {
        send = resolve;
      });
    }
    const batches = inBatches(items(), 3);

    const first = await batches.next();
    const second = batches.next();
    send(2);

    expect([first.value, (await second).value]).toEqual([[1], [2]]);
  });

  it('keeps the failure of what follows a full batch until that is asked for', async () => {
    async function* items(): AsyncGenerator<number> {
      yield* [1, 2];
      await Promise.reject(new Error('The disk is gone.'));
    }
    const batches = inBatches(items(), 2);

    const first = await batches.next();
    // As long as Node takes to end a process for a rejection that nobody handles.
    await new Promise((resolve) => setTimeout(resolve, 10));

    expect(first.value).toEqual([1, 2]);
    await expect(batches.next()).rejects.toThrow('The disk is gone.');
  });

  it('gives nothing of nothing', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- a generator of nothing has nothing to wait for
    async function* nothing(): AsyncGenerator<number> {
      yield* [];
    }

    expect(await gather(inBatches(nothing(), 3))).toEqual([]);
  });
});

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
}
