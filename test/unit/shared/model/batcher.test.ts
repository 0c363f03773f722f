import { Batcher } from '../../../../shared/model/batcher';
import { ModelUnavailableError, OverloadedError } from '../../../../shared/platform/errors';
import { labels } from '../../../support/builders';
import { FakeClassifier, Gate } from '../../../support/fakes';

const sizes = (classifier: FakeClassifier): number[] => classifier.batches.map((batch) => batch.length);

describe('Batcher', () => {
  it.each<[string, string[], string[][]]>([
    ['in order', ['a', 'b', 'c', 'd', 'e', 'f', 'g'], [['a', 'b', 'c', 'd', 'e', 'f'], ['g']]],
    [
      'counted as wide as the widest',
      ['a', 'bcd', 'e', 'f'],
      [
        ['a', 'bcd'],
        ['e', 'f'],
      ],
    ],
    ['a longer one alone', ['abcdefgh', 'i'], [['abcdefgh'], ['i']]],
  ])('gathers names that arrive together into batches of at most six tokens: %s', async (_what, names, batches) => {
    const classifier = new FakeClassifier();
    const batcher = new Batcher(() => Promise.resolve(classifier), 6);

    await Promise.all(names.map((name) => batcher.classify(name)));

    expect(classifier.batches).toEqual(batches);
  });

  it('lets the event loop take a connection and read its request between two batches', async () => {
    const classifier = new FakeClassifier();
    const batcher = new Batcher(() => Promise.resolve(classifier), 1);
    const seen: number[] = [];
    const counting = async (): Promise<void> => {
      while (classifier.batches.length < 3 && seen.length < 1000) {
        seen.push(classifier.batches.length);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };

    await Promise.all([counting(), ...['a', 'b', 'c'].map((name) => batcher.classify(name))]);

    expect(seen.filter((batches) => batches === 1).length).toBeGreaterThanOrEqual(2);
    expect(seen.filter((batches) => batches === 2).length).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['as long as a turn of the loop takes, where that is long and the queue mostly full', 25, [5, 16]],
    ['no longer where few wait', 100, [2, 2]],
  ])('gives the model %s', async (_what, maxQueue, [least, most]) => {
    const classifier = new FakeClassifier();
    const batcher = new Batcher(() => Promise.resolve(classifier), 2, maxQueue);
    const label = classifier.label.bind(classifier);
    // A millisecond for each token.
    classifier.label = async (rows, stopwatch) => {
      stopwatch?.add('run', rows.length);
      return label(rows);
    };
    let isOver = false;
    const holding = async (): Promise<void> => {
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve));
        for (const until = performance.now() + 6; performance.now() < until;);
      }
    };

    const answering = Promise.all(Array.from({ length: 20 }, (_, index) => batcher.classify(String(index % 10))));
    await Promise.all([holding(), answering.finally(() => (isOver = true))]);

    const [first, ...later] = sizes(classifier);
    expect(first).toBe(2);
    expect(Math.max(...later)).toBeGreaterThanOrEqual(least!);
    expect(Math.max(...later)).toBeLessThanOrEqual(most!);
  });

  it('gives each name its own labels', async () => {
    const classifier = new FakeClassifier();
    classifier.classify = (names) =>
      Promise.resolve(names.map((label) => labels({ source: { label, confidence: 1 } })));
    const batcher = new Batcher(() => Promise.resolve(classifier));

    const answers = await Promise.all(['a', 'b', 'c'].map((name) => batcher.classify(name)));

    expect(answers.map(({ source }) => source?.label)).toEqual(['a', 'b', 'c']);
  });

  it('takes what arrives while a batch runs into the next one', async () => {
    const classifier = new FakeClassifier();
    const gate = new Gate();
    classifier.barrier = gate.opened;
    const batcher = new Batcher(() => Promise.resolve(classifier));
    const first = batcher.classify('a');
    await turnOfTheLoop();

    const others = ['b', 'c'].map((name) => batcher.classify(name));
    gate.open();
    await Promise.all([first, ...others]);

    expect(classifier.batches).toEqual([['a'], ['b', 'c']]);
  });

  it('refuses a name at once where too many wait, and answers those that wait', async () => {
    const classifier = new FakeClassifier();
    const gate = new Gate();
    classifier.barrier = gate.opened;
    const batcher = new Batcher(() => Promise.resolve(classifier), 4, 2);
    const waiting = ['a', 'b'].map((name) => batcher.classify(name));

    // the gate is shut: a refusal that waited for the model would not come
    await expect(batcher.classify('c')).rejects.toBeInstanceOf(OverloadedError);
    gate.open();

    await expect(Promise.all(waiting)).resolves.toHaveLength(2);
    expect(classifier.batches).toEqual([['a', 'b']]);
  });

  it('takes names again once the queue is shorter', async () => {
    const classifier = new FakeClassifier();
    const batcher = new Batcher(() => Promise.resolve(classifier), 1, 1);
    await batcher.classify('a');

    const second = await batcher.classify('b');

    expect(second).toEqual(labels());
    expect(sizes(classifier)).toEqual([1, 1]);
  });

  it('goes on with the next batch where one fails', async () => {
    const classifier = new FakeClassifier();
    const failure = new ModelUnavailableError('broken');
    classifier.failures.set('bad', failure);
    const batcher = new Batcher(() => Promise.resolve(classifier), 6);

    const results = await Promise.allSettled(['bad', 'abc', 'b', 'c'].map((name) => batcher.classify(name)));

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
    expect(results[0]).toEqual({ status: 'rejected', reason: failure });
  });

  it('tells all who wait that the classifier could not be loaded, and asks for it again', async () => {
    const classifier = new FakeClassifier();
    const loads = [Promise.reject<FakeClassifier>(new ModelUnavailableError('not yet')), Promise.resolve(classifier)];
    const batcher = new Batcher(() => loads.shift()!, 1);

    const results = await Promise.allSettled(['a', 'b'].map((name) => batcher.classify(name)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);

    await expect(batcher.classify('a')).resolves.toEqual(labels());
  });
});

async function turnOfTheLoop(): Promise<void> {
  // The batcher begins in setImmediate, and asks for its classifier before the batch.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
