/**
 * A list: pasted, typed or from a file; labelled in batches, shown as it comes, kept as CSV.
 */
import { IngredientApiError, type IngredientClient, type NameResult } from '../client';
import { announce, byId, h, keepFocus } from './dom';
import { ResultTable } from './result-table';
import { linkTo, type Shared } from './share';
import { linesOf, namesOfColumn, type Table, tableOf, textOf, textOfBytes } from './table-text';

/** A screen's worth: the first answers come at once, and a stop takes hold soon. */
const BATCH = 64;
/** A whole line as the name, though it looks like a table's row. */
const WHOLE_LINE = -1;

export interface ListParts {
  readonly client: IngredientClient;
  /** Shows one name by itself. */
  readonly openOne: (name: string) => void;
  /** `shared` is another by now. */
  readonly showShared: () => void;
}

export class ListPanel {
  readonly #text = byId('names', HTMLTextAreaElement);
  readonly #choice = byId('column-choice', HTMLElement);
  readonly #column = byId('column', HTMLSelectElement);
  readonly #run = byId('run', HTMLButtonElement);
  readonly #stop = byId('stop', HTMLButtonElement);
  readonly #results = byId('results', HTMLElement);
  readonly #complaint = h('p', { class: 'problem', role: 'alert' });
  #table: Table | undefined;
  #asking: AbortController | undefined;
  #shared: Shared = {};

  constructor(private readonly parts: ListParts) {
    this.#text.addEventListener('input', () => {
      this.#readEdited();
    });
    this.#text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void this.#label();
      }
    });
    byId('many', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#label();
    });
    this.#stop.addEventListener('click', () => this.#asking?.abort());
    const file = byId('file', HTMLInputElement);
    file.addEventListener('change', () => {
      void this.#readFile(file.files?.[0]);
      file.value = '';
    });
    const panel = byId('panel-list', HTMLElement);
    panel.addEventListener('dragover', (event) => {
      event.preventDefault();
    });
    panel.addEventListener('drop', (event) => {
      const dropped = event.dataTransfer?.files[0];
      if (dropped !== undefined) {
        event.preventDefault();
        void this.#readFile(dropped);
      }
    });
  }

  /** What a link brings again. */
  get shared(): Shared {
    return this.#shared;
  }

  focus(): void {
    this.#text.focus();
  }

  /** Shows a text, which may be a table, and labels it. */
  show(text: string): void {
    this.#text.value = text;
    this.#read();
    void this.#label();
  }

  /** Shows the names of a link, one a line, and labels them: "salt, flaky" is one of them and no row of a table. */
  showNames(text: string): void {
    this.#text.value = text;
    this.#read();
    this.#column.value = String(WHOLE_LINE);
    void this.#label();
  }

  async #readFile(file: File | undefined): Promise<void> {
    if (file === undefined) {
      return;
    }
    const text = textOfBytes(await file.arrayBuffer());
    if (text === undefined) {
      this.#complain(
        `${file.name} is not UTF-8: save it as UTF-8 (in a spreadsheet, “CSV UTF-8”), and choose it again.`,
      );
      return;
    }
    this.#complaint.remove();
    this.#text.value = text;
    this.#read();
    announce(`${file.name}: ${this.#names().length} names.`);
    this.#run.focus();
  }

  /** Above what was answered before, which stays. */
  #complain(...problem: readonly (Node | string)[]): void {
    this.#complaint.replaceChildren(...problem);
    this.#results.prepend(this.#complaint);
  }

  /** Offers the columns of a table. */
  #read(): void {
    this.#table = tableOf(this.#text.value);
    this.#choice.hidden = this.#table === undefined;
    if (this.#table !== undefined) {
      const { columns, likely } = this.#table;
      this.#column.replaceChildren(
        ...columns.map((name, index) => h('option', { value: index, selected: index === likely }, name)),
        h('option', { value: WHOLE_LINE }, 'The whole line'),
      );
    }
  }

  /** As long as the columns are the same, the choice among them stays. */
  #readEdited(): void {
    const { value } = this.#column;
    const before = this.#table?.columns.join();
    this.#read();
    if (this.#table?.columns.join() === before) {
      this.#column.value = value;
    }
  }

  #names(): string[] {
    const column = Number(this.#column.value);
    return this.#table === undefined || column === WHOLE_LINE
      ? linesOf(this.#text.value)
      : namesOfColumn(this.#table, column);
  }

  async #label(): Promise<void> {
    this.#asking?.abort();
    const names = this.#names();
    if (names.length === 0) {
      this.#results.replaceChildren();
      this.#complain('There is no name yet: write one a line.');
      this.#text.focus();
      return;
    }
    const asking = new AbortController();
    this.#asking = asking;
    this.#show('running');
    this.#shared = { names: textOf(names) };
    this.parts.showShared();
    const table = new ResultTable(names.length, linkTo(this.#shared), this.parts.openOne);
    this.#results.replaceChildren(table.element);
    announce(`Labelling ${names.length} names.`);
    try {
      await this.#fill(table, names, asking.signal);
      table.end();
      announce(`Done: ${table.summary}`);
    } catch (error) {
      table.end();
      if (!asking.signal.aborted) {
        this.#fail(error);
      } else if (this.#asking === asking) {
        announce(`Stopped: ${table.summary}`);
      }
    } finally {
      if (this.#asking === asking) {
        this.#asking = undefined;
        this.#show('idle');
      }
    }
  }

  /** Batch by batch: a row at a time would lay the page out a thousand times. */
  async #fill(table: ResultTable, names: readonly string[], signal: AbortSignal): Promise<void> {
    let batch: NameResult[] = [];
    for await (const result of this.parts.client.stream(names, { signal, batchSize: BATCH })) {
      batch.push(result);
      if (batch.length === BATCH) {
        table.add(batch);
        batch = [];
      }
    }
    table.add(batch);
  }

  #fail(error: unknown): void {
    if (!(error instanceof IngredientApiError)) {
      throw error;
    }
    this.#complain(h('strong', {}, error.title), h('br'), `${error.message} What was answered before is kept below.`);
  }

  #show(state: 'running' | 'idle'): void {
    keepFocus(
      this.#stop,
      () => {
        this.#stop.hidden = state === 'idle';
      },
      this.#run,
    );
    this.#run.textContent = state === 'idle' ? 'Label the list' : 'Start again';
    this.#results.toggleAttribute('aria-busy', state === 'running');
  }
}
