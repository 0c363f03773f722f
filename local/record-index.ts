/**
 * Records in memory, by key and in the order of their normal names: what the embedded store answers from.
 *
 * The order is made when a list is asked for and something has changed since, so that writes stay cheap.
 */
import type { IngredientRecord, Page } from '../shared/store/answer-store';
import { compareText, type ListQuery, queryFields } from '../shared/store/queries';

export class RecordIndex {
  readonly #records: Map<string, IngredientRecord>;
  #listed: readonly IngredientRecord[] | undefined;

  constructor(records: Iterable<IngredientRecord>) {
    this.#records = new Map([...records].map((record) => [record.key, record]));
  }

  get(key: string): IngredientRecord | undefined {
    return this.#records.get(key);
  }

  set(key: string, record: IngredientRecord): void {
    const found = this.#records.get(key);
    if (queryFields(record).listed || (found !== undefined && queryFields(found).listed)) {
      this.#listed = undefined;
    }
    this.#records.set(key, record);
  }

  /** As Firestore answers `listQuery`. */
  list({ source, category, prefix, after, limit }: ListQuery): Page {
    const listed = this.#inOrder();
    const start = after === null || compareText(after, prefix) < 0 ? prefix : after;
    const matches: IngredientRecord[] = [];
    for (let i = firstFrom(listed, start); i < listed.length && matches.length <= limit; i += 1) {
      const record = listed[i]!;
      if (!record.normalName.startsWith(prefix)) {
        break;
      }
      const wanted =
        record.normalName !== after &&
        (source === undefined || record.source?.label === source) &&
        (category === undefined || record.categories.some(({ label }) => label === category));
      if (wanted) {
        matches.push(record);
      }
    }
    return page(matches, limit, ({ normalName }) => normalName);
  }

  listReviewed(after: string | null, limit: number): Page {
    const reviewed = [...this.#records.values()]
      .filter(({ status, key }) => status === 'reviewed' && (after === null || key > after))
      .sort((a, b) => compareText(a.key, b.key));
    return page(reviewed, limit, ({ key }) => key);
  }

  #inOrder(): readonly IngredientRecord[] {
    this.#listed ??= [...this.#records.values()]
      .filter((record) => queryFields(record).listed)
      .sort((a, b) => compareText(a.normalName, b.normalName));
    return this.#listed;
  }
}

/** The place of the first normal name that is not before `start`. */
function firstFrom(listed: readonly IngredientRecord[], start: string): number {
  let low = 0;
  let high = listed.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareText(listed[middle]!.normalName, start) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function page(matches: readonly IngredientRecord[], limit: number, cursor: (record: IngredientRecord) => string): Page {
  const records = matches.slice(0, limit);
  return { records, next: matches.length > limit ? cursor(records.at(-1)!) : null };
}
