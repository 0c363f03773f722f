/**
 * One name: answered as it is typed, and kept where the person stops.
 */
import {
  type Answer,
  type ExplainedAnswer,
  IngredientApiError,
  type IngredientClient,
  type LabelSet,
  type Lookup,
} from '../client';
import { answerCard, type Card } from './answer-view';
import { announce, button, byId, copyLink, copyText, h, keepFocus } from './dom';
import { forgetAll, readHistory, recall, remember } from './history';
import { reviewDialog } from './review-dialog';
import { linkTo, type Shared } from './share';
import { sentenceOf, toneOf } from './words';

/** After the last key: sooner would ask for "smok" and "smoke" on the way to "smoked". */
const TYPING_MS = 180;
/** A name that stood so long was meant, also without Enter. */
const SETTLED_MS = 1500;
const EXAMPLES = ['smoked paprika', 'worcestershire sauce', 'oat milk', 'nduja', 'tomatos', 'poop cake'];

export interface OneParts {
  readonly client: IngredientClient;
  readonly labels: () => Promise<LabelSet>;
  readonly useToken: (token: string) => void;
  /** What was pasted has several lines. */
  readonly openList: (names: string) => void;
  /** `shared` is another by now. */
  readonly showShared: () => void;
}

export class OnePanel {
  readonly #input = byId('name', HTMLInputElement);
  readonly #answer = byId('answer', HTMLElement);
  #typing: ReturnType<typeof setTimeout> | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;
  /** The place in the history that the arrow keys have reached; -1 is what was typed. */
  #place = -1;
  #typed = '';
  #labels: LabelSet | undefined;
  /** What is shown, but for the sentences of its labels; undefined where there is no card. */
  #card: Omit<Card, 'labels'> | undefined;
  #shared: Shared = {};
  /** Whether answers come with the words' parts. */
  #explains = false;

  constructor(private readonly parts: OneParts) {
    this.#input.addEventListener('input', () => {
      this.#place = -1;
      this.#typed = this.#input.value;
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => void this.#ask('typed'), TYPING_MS);
    });
    this.#input.addEventListener('keydown', (event) => {
      this.#onKey(event);
    });
    this.#input.addEventListener('paste', (event) => {
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (text.trim().includes('\n')) {
        event.preventDefault();
        this.parts.openList(text);
      }
    });
    byId('one', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#ask('meant');
    });
    byId('examples', HTMLElement).append(
      h('span', { class: 'chips-title' }, 'Try'),
      ...EXAMPLES.map((name) => this.#chip(name)),
    );
    byId('history-clear', HTMLButtonElement).addEventListener('click', () => {
      forgetAll();
      this.#showHistory();
      this.#input.focus();
    });
    this.#showHistory();
    void this.#readLabels();
  }

  get name(): string {
    return this.#input.value.trim();
  }

  /** What a link brings again. */
  get shared(): Shared {
    return this.#shared;
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  /** Asks for a name as if it had been typed and sent. */
  show(name: string): void {
    this.#input.value = name;
    this.#typed = name;
    void this.#ask('meant');
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      this.#input.value = '';
      void this.#ask('typed');
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const names = readHistory().map(({ answer }) => answer.name);
      const place = Math.min(Math.max(this.#place + (event.key === 'ArrowUp' ? 1 : -1), -1), names.length - 1);
      if (place !== this.#place) {
        event.preventDefault();
        this.#place = place;
        this.#input.value = names[place] ?? this.#typed;
        void this.#ask('typed');
      }
    }
  }

  /** @param fresh past the browser's cache. */
  async #ask(how: 'typed' | 'meant', fresh = false): Promise<void> {
    clearTimeout(this.#typing);
    clearTimeout(this.#settling);
    this.#asking?.abort();
    const { name } = this;
    this.#shared = name === '' ? {} : { name };
    this.parts.showShared();
    if (name === '') {
      this.#card = undefined;
      this.#answer.replaceChildren();
      this.#answer.removeAttribute('aria-busy');
      return;
    }
    const asking = new AbortController();
    this.#asking = asking;
    this.#answer.setAttribute('aria-busy', 'true');
    try {
      const lookup = await this.parts.client.lookupOne(name, { signal: asking.signal, fresh, explain: this.#explains });
      this.#show({ answer: lookup.answer, provenance: provenance(lookup) });
      const keep = (): void => {
        this.#keep(lookup.answer);
      };
      this.#settling = setTimeout(keep, how === 'meant' ? 0 : SETTLED_MS);
    } catch (error) {
      if (!asking.signal.aborted) {
        this.#fail(name, error);
      }
    } finally {
      if (this.#asking === asking) {
        this.#answer.removeAttribute('aria-busy');
      }
    }
  }

  /** Remembers it, and says it aloud: a screen reader hears what was meant, not every letter's answer. */
  #keep(answer: ExplainedAnswer): void {
    remember(answer, Date.now());
    this.#showHistory();
    announce(sentenceOf(answer));
  }

  #show(card: Omit<Card, 'labels'>): void {
    this.#card = card;
    this.#draw(card);
    if (this.#labels === undefined) {
      void this.#readLabels();
    }
  }

  /** No card waits for its sentences. Where they cannot be had, it goes without them, and the next card asks again. */
  async #readLabels(): Promise<void> {
    const labels = await this.parts.labels().catch((error: unknown) => {
      if (!(error instanceof IngredientApiError)) {
        throw error;
      }
    });
    if (labels !== undefined && this.#labels === undefined) {
      this.#labels = labels;
      if (this.#card !== undefined) {
        this.#draw(this.#card);
      }
    }
  }

  #draw(card: Omit<Card, 'labels'>): void {
    const { answer } = card;
    this.#replace(
      answerCard(
        { ...card, labels: this.#labels },
        {
          explain: () => {
            this.#explains = answer.why === undefined;
            void this.#ask('meant');
          },
          // Not the address, which has what is asked for by now; a name that has an answer is never too long for a link.
          share: () => void this.#sayOf(copyLink(linkTo({ name: answer.name })!)),
          copy: () => void this.#sayOf(copyJson(answer)),
          correct: () => void this.#correct(answer),
        },
      ),
    );
  }

  #fail(name: string, error: unknown): void {
    if (!(error instanceof IngredientApiError)) {
      throw error;
    }
    const before = error.code === 'NETWORK' ? recall(name) : undefined;
    if (before !== undefined) {
      const at = new Date(before.at).toLocaleString();
      const notice = `No connection to the service: this is its answer of ${at}.`;
      this.#show({ answer: before.answer, provenance: undefined, notice });
      announce(`${notice} ${sentenceOf(before.answer)}`);
      return;
    }
    this.#card = undefined;
    const again = button('Ask again', () => void this.#ask('meant'), { 'data-key': 'again' });
    this.#replace(
      h(
        'div',
        { class: 'problem', role: 'alert' },
        h('p', {}, h('strong', {}, error.title), h('br'), error.message),
        error.status === 400 ? undefined : again,
      ),
    );
  }

  /** Also after a button in it was pressed, whose place the next Tab goes on from. */
  #replace(shown: HTMLElement): void {
    keepFocus(
      this.#answer,
      () => {
        this.#answer.replaceChildren(shown);
      },
      this.#answer,
    );
  }

  async #sayOf(copying: Promise<string>): Promise<void> {
    const text = await copying;
    const provenance = this.#answer.querySelector('.provenance');
    if (provenance !== null) {
      provenance.textContent = text;
    }
    announce(text);
  }

  async #correct(answer: Answer): Promise<void> {
    try {
      const labels = await this.parts.labels();
      if (await reviewDialog(this.parts.client, answer, labels, this.parts.useToken)) {
        await this.#ask('meant', true);
      }
    } catch (error) {
      this.#fail(answer.name, error);
    }
  }

  #showHistory(): void {
    const history = readHistory();
    byId('history', HTMLElement).hidden = history.length === 0;
    const list = byId('history-list', HTMLUListElement);
    keepFocus(
      list,
      () => {
        list.replaceChildren(...history.map(({ answer }) => h('li', {}, this.#chip(answer.name, toneOf(answer)))));
      },
      this.#input,
    );
  }

  #chip(name: string, tone = 'plain'): HTMLButtonElement {
    const show = (): void => {
      this.show(name);
    };
    return button(name, show, { class: 'chip', 'data-tone': tone, 'data-key': name });
  }
}

async function copyJson(answer: ExplainedAnswer): Promise<string> {
  const json = JSON.stringify(answer, null, 2);
  return copyText(json, 'The answer is copied as JSON.', `its JSON is at ${addressOf(answer)}`);
}

/** Where a program asks for it. */
function addressOf({ name, why }: ExplainedAnswer): string {
  const query = new URLSearchParams({ name, ...(why === undefined ? {} : { explain: 'true' }) });
  return new URL(`v1/ingredients?${query.toString()}`, location.href).href;
}

function provenance({ layer, durationMs, serviceMs }: Lookup): Card['provenance'] {
  return { layer, durationMs, serviceMs };
}
