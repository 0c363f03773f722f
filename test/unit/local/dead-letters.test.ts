import { messagesOf } from '../../../local/dead-letters';
import type { PulledMessage } from '../../../local/pubsub-subscription';
import { NOW } from '../../support/builders';

const messages = (...ids: string[]): PulledMessage[] =>
  ids.map((id) => ({ id, ackId: `ack-${id}`, data: Buffer.from(id), attributes: {}, publishedAt: NOW }));

/** Gives what it was told to, pull by pull, and nothing after that. */
class FakeSubscription {
  readonly givenBack: string[] = [];
  pulls = 0;

  constructor(private readonly pages: PulledMessage[][]) {}

  pull(): Promise<PulledMessage[]> {
    this.pulls += 1;
    return Promise.resolve(this.pages.shift() ?? []);
  }

  giveBack(ackIds: readonly string[]): Promise<void> {
    this.givenBack.push(...ackIds);
    return Promise.resolve();
  }
}

async function idsOf(subscription: FakeSubscription, until?: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of messagesOf(subscription, new Set())) {
    ids.push(id);
    if (id === until) {
      break;
    }
  }
  return ids;
}

describe('messagesOf', () => {
  it('goes on after a pull that gave none: Pub/Sub may have some all the same', async () => {
    const subscription = new FakeSubscription([messages('a', 'b'), [], [], messages('c')]);

    const ids = await idsOf(subscription);

    expect(ids).toEqual(['a', 'b', 'c']);
    expect(subscription.pulls).toBe(7);
  });

  it('ends where only what it has seen comes again, and gives that back', async () => {
    const subscription = new FakeSubscription([
      messages('a'),
      messages('a'),
      messages('a'),
      messages('a'),
      messages('b'),
    ]);

    const ids = await idsOf(subscription);

    expect(ids).toEqual(['a']);
    expect(subscription.givenBack).toEqual(['ack-a', 'ack-a', 'ack-a']);
  });

  it('gives back what is left of a page whose reader has seen enough', async () => {
    const subscription = new FakeSubscription([messages('a', 'b', 'c')]);

    await idsOf(subscription, 'a');

    expect(subscription.givenBack).toEqual(['ack-b', 'ack-c']);
  });
});
