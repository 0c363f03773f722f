/**
 * The answers of a list: how many of what, a table that can be filtered, and the whole as CSV.
 */
import type { Answer, NameResult, SourceLabel } from '../client';
import { announce, button, copyLink, download, h, keepFocus } from './dom';
import { toCsv } from './table-text';
import { percent, toneOf, wordsOf } from './words';

/** Rows that a page lays out at once; more come when asked for. */
const PAGE = 200;

const SHORT: Readonly<Record<SourceLabel, string>> = {
  dead_animal: 'Dead animal',
  animal_product: 'Living animal',
  plant: 'Plant',
  other: 'Neither',
};

const FILTERS = {
  all: ['All', () => true],
  doubtful: ['Worth a look', (result: NameResult) => !('error' in result) && result.needsReview.length > 0],
  dead_animal: [SHORT.dead_animal, (result: NameResult) => toneOfResult(result) === 'dead_animal'],
  animal_product: [SHORT.animal_product, (result: NameResult) => toneOfResult(result) === 'animal_product'],
  plant: [SHORT.plant, (result: NameResult) => toneOfResult(result) === 'plant'],
  other: [SHORT.other, (result: NameResult) => toneOfResult(result) === 'other'],
  none: ['Not an ingredient', (result: NameResult) => toneOfResult(result) === 'none'],
  error: ['Not labelled', (result: NameResult) => 'error' in result],
} as const satisfies Record<string, readonly [string, (result: NameResult) => boolean]>;
type Filter = keyof typeof FILTERS;

export class ResultTable {
  readonly element = h('div');
  readonly #bar = h('progress', { 'aria-label': 'Names labelled' });
  readonly #count = h('p', { class: 'count' });
  readonly #filters = h('p', { class: 'chips', role: 'group', 'aria-label': 'Show only' });
  // Focusable, since it scrolls on a narrow screen.
  readonly #scroll = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Labelled names' });
  readonly #rows = h('tbody', { role: 'rowgroup' });
  readonly #hint = h('p', { class: 'hint' });
  readonly #more: HTMLButtonElement;
  readonly #download: HTMLButtonElement;
  readonly #results: NameResult[] = [];
  #filter: Filter = 'all';
  #shown = 0;

  /** @param link brings the list again; undefined where it is too long for one. */
  constructor(
    private readonly total: number,
    link: string | undefined,
    private readonly openOne: (name: string) => void,
  ) {
    this.#bar.max = total;
    this.#bar.value = 0;
    this.#more = button('Show more', () => {
      this.#showMore(PAGE);
    });
    this.#download = button(
      'Download CSV',
      () => {
        // With a byte order mark: a spreadsheet would read the UTF-8 of "crème" as something else without it.
        download('ingredients.csv', 'text/csv;charset=utf-8', `\uFEFF${toCsv(this.#results)}`);
      },
      { class: 'primary' },
    );
    const head = ['Name', 'Ingredient', 'Comes from', 'Kitchen', 'Worth a look'];
    const table = h(
      'table',
      { role: 'table' },
      h('caption', { class: 'visually-hidden' }, 'The names and their labels, in the order of the list'),
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...head.map(columnHeader))),
      this.#rows,
    );
    this.#scroll.append(table);
    this.element.append(
      h('div', { class: 'row' }, this.#count, h('span', { class: 'spacer' }), this.#share(link), this.#download),
      this.#hint,
      this.#bar,
      this.#filters,
      this.#scroll,
      this.#more,
    );
    this.#update();
  }

  get summary(): string {
    const failed = this.#results.filter((result) => 'error' in result).length;
    const doubtful = this.#results.filter(FILTERS.doubtful[1]).length;
    const parts = [`${this.#results.length - failed} of ${this.total} labelled`];
    return [
      ...parts,
      ...(doubtful > 0 ? [`${doubtful} worth a look`] : []),
      ...(failed > 0 ? [`${failed} not`] : []),
    ].join(', ');
  }

  add(results: readonly NameResult[]): void {
    const wasFull = this.#shown >= PAGE;
    this.#results.push(...results);
    if (!wasFull) {
      this.#showMore(PAGE - this.#shown);
    }
    this.#update();
  }

  /** No more will come. */
  end(): void {
    this.#bar.hidden = true;
    this.#update();
  }

  #share(link: string | undefined): HTMLElement | undefined {
    if (link === undefined) {
      this.#hint.textContent = 'The list is too long for a link: download its CSV, and share that.';
      return undefined;
    }
    return button('Copy link', () => {
      void copyLink(link).then((said) => {
        this.#hint.textContent = said;
        announce(said);
      });
    });
  }

  #matching(): NameResult[] {
    return this.#results.filter(FILTERS[this.#filter][1]);
  }

  #showMore(count: number): void {
    const next = this.#matching().slice(this.#shown, this.#shown + count);
    this.#shown += next.length;
    this.#rows.append(...next.map((result) => this.#row(result)));
    this.#update();
  }

  #update(): void {
    this.#bar.value = this.#results.length;
    this.#count.textContent = this.summary;
    this.#download.disabled = this.#results.length === 0;
    const hidden = this.#matching().length - this.#shown;
    keepFocus(
      this.#more,
      () => {
        this.#more.hidden = hidden <= 0;
      },
      this.#scroll,
    );
    this.#more.textContent = `Show ${Math.min(hidden, PAGE)} more of ${hidden}`;
    this.#showFilters();
  }

  #showFilters(): void {
    const buttons = (Object.keys(FILTERS) as Filter[]).flatMap((filter) => {
      const [text, matches] = FILTERS[filter];
      const count = this.#results.filter(matches).length;
      if (count === 0 && filter !== this.#filter && filter !== 'all') {
        return [];
      }
      const choose = (): void => {
        this.#choose(filter);
      };
      const pressed = String(filter === this.#filter);
      const attributes = { class: 'chip', 'data-tone': filter, 'data-key': filter, 'aria-pressed': pressed };
      return [button(`${text} ${count}`, choose, attributes)];
    });
    keepFocus(
      this.#filters,
      () => {
        this.#filters.replaceChildren(...buttons);
      },
      this.#scroll,
    );
  }

  #choose(filter: Filter): void {
    this.#filter = filter;
    this.#shown = 0;
    this.#rows.replaceChildren();
    this.#showMore(PAGE);
  }

  #row(result: NameResult): HTMLTableRowElement {
    if ('error' in result) {
      const shown = result.name.length > 80 ? `${result.name.slice(0, 80)}…` : result.name;
      return h(
        'tr',
        { role: 'row', 'data-tone': 'error' },
        h('th', { scope: 'row', role: 'rowheader' }, shown),
        td({ colspan: 4, class: 'row-problem' }, result.error.detail),
      );
    }
    const open = (): void => {
      this.openOne(result.name);
    };
    return h(
      'tr',
      { role: 'row', 'data-tone': toneOf(result) },
      h('th', { scope: 'row', role: 'rowheader' }, button(result.name, open, { class: 'link' })),
      td({}, cell(result.ingredient.label === 'ingredient' ? 'Yes' : 'No', result.ingredient.confidence)),
      td({}, result.source === null ? '' : cell(SHORT[result.source.label], result.source.confidence, true)),
      td({}, ...result.categories.map(({ label, confidence }) => cell(wordsOf(label), confidence))),
      td({}, doubtsOf(result)),
    );
  }
}

// With the roles that they have already: laid out as blocks on a narrow screen, they would lose them.
function columnHeader(text: string): HTMLElement {
  return h('th', { scope: 'col', role: 'columnheader' }, text);
}

function td(attributes: Readonly<Record<string, string | number>>, ...children: (Node | string)[]): HTMLElement {
  return h('td', { role: 'cell', ...attributes }, ...children);
}

function toneOfResult(result: NameResult): string {
  return 'error' in result ? 'error' : toneOf(result);
}

function doubtsOf({ origin, needsReview }: Answer): string {
  return origin === 'review'
    ? 'Reviewed'
    : needsReview.map((task) => (task === 'categories' ? 'kitchen' : task)).join(', ');
}

function cell(text: string, confidence: number, dotted = false): HTMLElement {
  return h(
    'span',
    { class: dotted ? 'cell dotted' : 'cell' },
    h('span', {}, text),
    ' ',
    h('span', { class: 'confidence' }, percent(confidence)),
  );
}
