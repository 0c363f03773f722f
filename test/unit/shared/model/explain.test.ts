import { type Confidences, Explainer } from '../../../../shared/model/explain';
import { labels } from '../../../support/builders';
import { Gate } from '../../../support/fakes';

const confidences = (ingredient: number, plant: number, spice: number, herb: number): Confidences => ({
  ingredient: new Map([['ingredient', ingredient]]),
  source: new Map([['plant', plant]]),
  categories: new Map([
    ['spice', spice],
    ['herb', herb],
  ]),
});

const ANSWER = labels({
  categories: [
    { label: 'spice', confidence: 0.9 },
    { label: 'herb', confidence: 0.7 },
  ],
});

class TableModel {
  readonly asked: (readonly string[])[] = [];
  barrier: Promise<void> = Promise.resolve();

  constructor(private readonly table: Readonly<Record<string, Confidences>>) {}

  async confidences(texts: readonly string[]): Promise<Confidences[]> {
    this.asked.push(texts);
    await this.barrier;
    return texts.map((text) => this.table[text]!);
  }
}

const table = {
  'fresh thyme': confidences(0.99, 0.9, 0.8, 0.6),
  thyme: confidences(0.98, 0.95, 0.7, 0.5),
  fresh: confidences(0.09, 0.1, 0, 0.1),
};

describe('Explainer', () => {
  it('gives each word the fall of the confidence in the answer’s labels without it', async () => {
    const explainer = new Explainer(() => Promise.resolve(new TableModel(table)));

    // categories: ((0.8 - 0.7) + (0.6 - 0.5)) / 2 and ((0.8 - 0) + (0.6 - 0.1)) / 2
    expect(await explainer.explain('fresh thyme', ANSWER)).toEqual([
      { word: 'fresh', ingredient: 0.01, source: -0.05, categories: 0.1 },
      { word: 'thyme', ingredient: 0.9, source: 0.8, categories: 0.65 },
    ]);
  });

  it('gives no part where a task has no answer', async () => {
    const explainer = new Explainer(() => Promise.resolve(new TableModel(table)));
    const nothing = labels({ source: null, categories: [] });

    const [fresh] = await explainer.explain('fresh thyme', nothing);

    expect(fresh).toEqual({ word: 'fresh', ingredient: 0.01, source: 0, categories: 0 });
  });

  it('asks the model in small batches', async () => {
    const same = confidences(1, 1, 1, 1);
    const model = new TableModel(new Proxy({}, { get: () => same }));

    await new Explainer(() => Promise.resolve(model)).explain('a b c d e', ANSWER);

    expect(model.asked.map((texts) => texts.length)).toEqual([4, 2]);
  });

  it('refuses at once what would wait behind too many, and goes on with the others', async () => {
    const model = new TableModel(table);
    const gate = new Gate();
    model.barrier = gate.opened;
    const explainer = new Explainer(() => Promise.resolve(model), 2);

    const waiting = [explainer.explain('fresh thyme', ANSWER), explainer.explain('fresh thyme', ANSWER)];

    await expect(explainer.explain('fresh thyme', ANSWER)).rejects.toMatchObject({ code: 'OVERLOADED' });
    gate.open();
    expect(await Promise.all(waiting)).toHaveLength(2);
    expect(await explainer.explain('fresh thyme', ANSWER)).toHaveLength(2);
  });

  it('goes on after one that failed', async () => {
    let fails = true;
    const explainer = new Explainer(() =>
      fails ? Promise.reject(new Error('not yet')) : Promise.resolve(new TableModel(table)),
    );

    await expect(explainer.explain('fresh thyme', ANSWER)).rejects.toThrow('not yet');
    fails = false;

    expect(await explainer.explain('fresh thyme', ANSWER)).toHaveLength(2);
  });
});
