/**
 * Many names through the classifier, in bounded memory: small batches, and what was answered lately is not asked again.
 */
import { type Answer, type Labels, toAnswer } from '../shared/ingredient/answer';
import type { IngredientName } from '../shared/ingredient/name';
import type { Classifier } from '../shared/model/classifier';
import { ServiceError } from '../shared/platform/errors';
import { MemoryCache } from '../shared/store/memory-store';
import { nameOf } from './lines';

/** Names that one run of the model takes: larger batches gain little a name. */
export const BATCH = 16;
/** Lists repeat themselves; about 20 MB. */
const REMEMBERED = 20_000;
// What a bad line holds is for the eye: a file without line ends must not come back whole.
const MAX_SHOWN = 200;

/** A name as it came; undefined where it was not UTF-8. */
export type Text = string | undefined;

export interface BadName {
  readonly name: string;
  readonly error: { readonly code: string; readonly detail: string };
}

export type Result = Answer | BadName;

export type BulkClassifier = Pick<Classifier, 'version' | 'classify'>;

export class BulkLabeller {
  readonly #known = new MemoryCache<Labels>(REMEMBERED, Infinity);

  constructor(private readonly classifier: BulkClassifier) {}

  /** A result for each text, in order. */
  async label(texts: readonly Text[]): Promise<Result[]> {
    const parsed = texts.map(parse);
    const labels = new Map<string, Labels>();
    const misses = new Map<string, string>();
    for (const name of parsed) {
      if (!('error' in name)) {
        const known = this.#known.get(name.key);
        if (known === undefined) {
          misses.set(name.key, name.normalName);
        } else {
          labels.set(name.key, known);
        }
      }
    }
    const found = misses.size === 0 ? [] : await this.classifier.classify([...misses.values()]);
    [...misses.keys()].forEach((key, index) => {
      labels.set(key, found[index]!);
      this.#known.set(key, found[index]!);
    });
    return parsed.map((name) => ('error' in name ? name : this.#answer(name, labels.get(name.key)!)));
  }

  #answer({ name, key }: IngredientName, labels: Labels): Answer {
    return toAnswer(name, { key, ...labels, model: this.classifier.version, origin: 'model' });
  }
}

function parse(text: Text): IngredientName | BadName {
  try {
    return nameOf(text);
  } catch (error) {
    if (error instanceof ServiceError) {
      return { name: (text ?? '').slice(0, MAX_SHOWN), error: { code: error.code, detail: error.message } };
    }
    throw error;
  }
}

/**
 * Items in batches of at most `size`; a batch is given early where the next item is not there yet, as from a slow pipe.
 *
 * The event loop gets a turn with each batch: items that are all there already would keep it from everything else.
 */
export async function* inBatches<T>(items: AsyncIterator<T>, size: number): AsyncGenerator<T[]> {
  let next = nextOf(items);
  for (let result = await next; result.done !== true; result = await next) {
    const batch = [result.value];
    next = nextOf(items);
    const turn = turnOfTheLoop();
    while (batch.length < size) {
      const more = await Promise.race([next, turn]);
      if (more === undefined || more.done === true) {
        break;
      }
      batch.push(more.value);
      next = nextOf(items);
    }
    yield batch;
    await turn;
  }
}

/** The next item. It may fail while its batch is being answered: a rejection without a handler until then would end the process. */
function nextOf<T>(items: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const next = items.next();
  next.catch(() => undefined);
  return next;
}

/** Undefined after a turn of the event loop, in which what there is to read was read. */
async function turnOfTheLoop(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(resolve, undefined);
  });
}
