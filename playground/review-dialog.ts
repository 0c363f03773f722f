/**
 * A person's labels in the place of the model's: all three tasks, consistent with each other.
 */
import {
  type Answer,
  type CategoryLabel,
  IngredientApiError,
  type IngredientClient,
  type LabelSet,
  type Review,
  type ReviewLabels,
  type SourceLabel,
  type Task,
} from '../client';
import { button, h } from './dom';
import { QUESTIONS, wordsOf } from './words';

/** The labels of each task that have a tick. */
type Ticks = Readonly<Record<Task, readonly string[]>>;

/** Opens it; resolves to true where the card is not what stands: the review was changed, here or by somebody else. */
export async function reviewDialog(
  client: IngredientClient,
  answer: Answer,
  labels: LabelSet,
  useToken: (token: string) => void,
): Promise<boolean> {
  const dialog = new ReviewDialog(client, answer, labels, useToken);
  return dialog.open();
}

class ReviewDialog {
  readonly #dialog = h('dialog', { class: 'review', 'aria-labelledby': 'review-title' });
  readonly #problem = h('p', { class: 'problem', role: 'alert' });
  // In the dialog, beside which everything is inert, the page's own status too.
  readonly #notice = h('p', { class: 'notice', role: 'alert' });
  readonly #token = h('input', { id: 'review-token', type: 'password', autocomplete: 'off' });
  readonly #tokenField = h('p', { hidden: true });
  readonly #again = button('', () => void this.#readAgain());
  readonly #save = h('button', { type: 'submit', class: 'primary', disabled: true }, 'Save');
  readonly #food = h('div', { class: 'food' });
  readonly #remove: HTMLButtonElement;
  readonly #form: HTMLFormElement;
  /** What stands; undefined where nobody reviewed the name, or where that is not known yet: nothing can be saved until it is. */
  #before: Review | undefined;
  /** What the person's choices began from. */
  #ticks: Ticks;
  #isCardOld = false;

  constructor(
    private readonly client: IngredientClient,
    private readonly answer: Answer,
    labels: LabelSet,
    private readonly useToken: (token: string) => void,
  ) {
    const { ingredient, source, categories } = answer;
    this.#food.append(choices('source', 'radio', labels.source), choices('categories', 'checkbox', labels.categories));
    this.#tokenField.append(
      h('label', { for: 'review-token' }, 'ID token of a reviewer (gcloud auth print-identity-token)'),
      this.#token,
    );
    this.#token.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        event.preventDefault();
        void this.#readAgain();
      }
    });
    this.#again.hidden = true;
    this.#remove = button('Bring the model’s answer back', () => {
      void this.#send(() => this.client.deleteReview(this.answer.name, { ifMatch: this.#before?.etag }));
    });
    this.#remove.hidden = true;
    this.#form = h(
      'form',
      { method: 'dialog' },
      h('h2', { id: 'review-title' }, `What is “${answer.name}”?`),
      h('p', { class: 'hint' }, 'Your labels win over the model’s for everyone who asks, until they are taken back.'),
      this.#notice,
      choices('ingredient', 'radio', labels.ingredient),
      this.#food,
      this.#tokenField,
      this.#problem,
      h(
        'p',
        { class: 'row' },
        this.#remove,
        h('span', { class: 'spacer' }),
        button('Cancel', () => {
          this.#dialog.close();
        }),
        this.#again,
        this.#save,
      ),
    );
    this.#form.addEventListener('change', () => {
      this.#showFood();
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#put();
    });
    this.#dialog.append(this.#form);
    this.#ticks = ticksOf(
      ingredient.label,
      source?.label,
      categories.map(({ label }) => label),
    );
    this.#tick(this.#ticks);
  }

  async open(): Promise<boolean> {
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    const closed = new Promise<void>((resolve) => {
      this.#dialog.addEventListener('close', () => {
        resolve();
      });
    });
    await this.#read();
    await closed;
    this.#dialog.remove();
    return this.#isCardOld;
  }

  /** What stands now, so that the change is made of it and of nothing later. */
  async #read(): Promise<void> {
    try {
      this.#before = await this.client.review(this.answer.name);
      this.#remove.hidden = this.#before === undefined;
      this.#compare();
      this.#settle();
    } catch (error) {
      this.#unsettle(error);
    }
  }

  /** The choices go on from what stands: from an older card's, Save would undo a decision that nobody here has seen. */
  #compare(): void {
    if (this.#before === undefined) {
      if (this.answer.origin === 'review') {
        this.#isCardOld = true;
        this.#notice.textContent = 'The review that the card shows was taken back: these are the labels that it had.';
      }
      return;
    }
    const { ingredient, source, categories } = this.#before.labels;
    const ticks = ticksOf(ingredient, source ?? undefined, categories);
    if (!areEqual(ticks, this.#ticks)) {
      this.#isCardOld = true;
      this.#ticks = ticks;
      this.#tick(ticks);
      this.#notice.textContent = 'The card shows older labels: these are the ones of the review that stands by now.';
    }
  }

  /** With the token that was given meanwhile, or where the service was not to be had. */
  async #readAgain(): Promise<void> {
    if (this.#token.value.trim() !== '') {
      this.useToken(this.#token.value.trim());
    }
    this.#problem.textContent = '';
    await this.#alone(() => this.#read());
    const isRefused = this.#save.disabled;
    (isRefused ? (this.#tokenField.hidden ? this.#again : this.#token) : this.#save).focus();
  }

  #settle(): void {
    this.#save.disabled = false;
    this.#again.hidden = true;
    this.#tokenField.hidden = true;
  }

  /** Nothing is saved or taken away before it is known what stands. */
  #unsettle(error: unknown): void {
    this.#refuse(error);
    this.#save.disabled = true;
    this.#remove.hidden = true;
    this.#again.textContent = this.#tokenField.hidden ? 'Try again' : 'Use this token';
    this.#again.hidden = false;
  }

  async #put(): Promise<void> {
    const labels = this.#chosen();
    if (labels === undefined) {
      this.#problem.textContent = 'Choose what it comes from, and at least one place in the kitchen.';
      return;
    }
    const condition = this.#before === undefined ? { ifNone: true } : { ifMatch: this.#before.etag };
    await this.#send(() => this.client.putReview(this.answer.name, labels, condition));
  }

  async #send(change: () => Promise<unknown>): Promise<void> {
    this.#problem.textContent = '';
    await this.#alone(async () => {
      try {
        await change();
        this.#isCardOld = true;
        this.#dialog.close();
      } catch (error) {
        if (error instanceof IngredientApiError && isOfToken(error)) {
          this.#unsettle(error);
        } else {
          this.#refuse(error);
        }
      }
    });
    if (!this.#tokenField.hidden) {
      this.#token.focus();
    }
  }

  /** Nothing else can be pressed meanwhile; what had the focus, which the browser takes from what is inert, has it again. */
  async #alone(work: () => Promise<void>): Promise<void> {
    const focused = document.activeElement;
    this.#form.inert = true;
    try {
      await work();
    } finally {
      this.#form.inert = false;
      if (this.#dialog.open && focused instanceof HTMLElement) {
        focused.focus();
      }
    }
  }

  #refuse(error: unknown): void {
    if (!(error instanceof IngredientApiError)) {
      throw error;
    }
    if (isOfToken(error)) {
      this.#tokenField.hidden = false;
    }
    if (error.status === 412) {
      // The other change may be one's own, whose answer did not come.
      this.#isCardOld = true;
      this.#problem.textContent = 'The review is another one by now: close, look at its labels, and correct those.';
    } else {
      this.#problem.textContent = error.message;
    }
  }

  /** Undefined where a choice is missing. */
  #chosen(): ReviewLabels | undefined {
    const form = new FormData(this.#form);
    if (form.get('ingredient') === 'not_ingredient') {
      return { ingredient: 'not_ingredient', source: null, categories: [] };
    }
    const source = form.get('source') as SourceLabel | null;
    const categories = form.getAll('categories') as CategoryLabel[];
    return source === null || categories.length === 0 ? undefined : { ingredient: 'ingredient', source, categories };
  }

  #tick(ticks: Ticks): void {
    for (const input of this.#form.querySelectorAll<HTMLInputElement>('fieldset input')) {
      input.checked = ticks[input.name as Task].includes(input.value);
    }
    this.#showFood();
  }

  #showFood(): void {
    this.#food.hidden = this.#chosen()?.ingredient === 'not_ingredient';
  }
}

/** True where another token may help. */
function isOfToken({ status }: IngredientApiError): boolean {
  return status === 401 || status === 403;
}

function ticksOf(ingredient: string, source: string | undefined, categories: readonly string[]): Ticks {
  return { ingredient: [ingredient], source: source === undefined ? [] : [source], categories };
}

/** Whatever their order: a form does not show it. */
function areEqual(a: Ticks, b: Ticks): boolean {
  const ordered = ({ ingredient, source, categories }: Ticks): string =>
    JSON.stringify([ingredient, source, [...categories].sort()]);
  return ordered(a) === ordered(b);
}

function choices(task: Task, type: 'radio' | 'checkbox', labels: LabelSet[Task]): HTMLElement {
  const order = task === 'ingredient' ? [...labels].reverse() : labels;
  return h(
    'fieldset',
    { 'data-task': task },
    h('legend', {}, QUESTIONS[task]),
    ...order.map(({ label, description }) =>
      h(
        'label',
        { class: 'choice', title: description },
        h('input', { type, name: task, value: label }),
        h('span', {}, wordsOf(label)),
      ),
    ),
  );
}
