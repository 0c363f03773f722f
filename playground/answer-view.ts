/**
 * One answer as a card: three questions, each with its label and a bar for its confidence.
 */
import type { Answer, ExplainedAnswer, Label, LabelSet, Task } from '../client';
import { button, h } from './dom';
import { whyView } from './why';
import { milliseconds, percent, QUESTIONS, toneOf, wordsOf } from './words';

/** How an answer came. */
export interface Provenance {
  /** The cache that had it, or `model`. */
  readonly layer: string;
  readonly durationMs: number;
  readonly serviceMs: number | undefined;
}

export interface CardActions {
  readonly share: () => void;
  readonly copy: () => void;
  readonly correct: () => void;
  /** Turns the words' parts on and off. */
  readonly explain: () => void;
}

export interface Card {
  /** With `why`, where that was asked for. */
  readonly answer: ExplainedAnswer;
  /** Undefined where it was kept in this browser. */
  readonly provenance: Provenance | undefined;
  readonly notice?: string;
  readonly labels: LabelSet | undefined;
}

const LAYERS: Readonly<Record<string, string>> = {
  model: 'computed just now',
  memory: 'from memory',
  store: 'from the store',
};

export function answerCard({ answer, provenance, notice, labels }: Card, actions: CardActions): HTMLElement {
  const { ingredient, source, categories } = answer;
  const card = h('article', { class: 'card', 'data-tone': toneOf(answer), 'aria-labelledby': 'answer-name' });
  card.append(h('h2', { id: 'answer-name', class: 'answer-name' }, answer.name));
  if (notice !== undefined) {
    card.append(h('p', { class: 'notice' }, notice));
  }
  const tasks = h('div', { class: 'tasks' });
  tasks.append(task('ingredient', answer, [ingredient], labels));
  if (source === null) {
    tasks.append(
      h('p', { class: 'no-more' }, 'So it comes from nothing a kitchen knows, and belongs on none of its shelves.'),
    );
  } else {
    tasks.append(task('source', answer, [source], labels), task('categories', answer, categories, labels));
  }
  card.append(tasks);
  if (answer.why !== undefined) {
    card.append(whyView(answer, answer.why));
  }
  card.append(
    h(
      'footer',
      { class: 'card-foot' },
      h('p', { class: 'provenance' }, provenanceOf(answer, provenance)),
      h(
        'p',
        { class: 'actions' },
        button('Explain', actions.explain, { 'data-key': 'explain', 'aria-pressed': String(answer.why !== undefined) }),
        button('Copy link', actions.share, { 'data-key': 'share' }),
        button('Copy JSON', actions.copy, { 'data-key': 'copy' }),
        button(answer.origin === 'review' ? 'Change the review' : 'Correct it', actions.correct, {
          'data-key': 'correct',
        }),
      ),
    ),
  );
  return card;
}

function task(name: Task, answer: Answer, found: readonly Label[], labels: LabelSet | undefined): HTMLElement {
  const doubtful = answer.needsReview.includes(name);
  const sentence = found.length === 1 ? descriptionOf(labels, name, found[0]!.label) : undefined;
  return h(
    'section',
    { class: 'task', 'data-task': name },
    h('h3', {}, QUESTIONS[name]),
    h('ul', { class: 'labels' }, ...found.map((label) => h('li', {}, labelled(label)))),
    sentence === undefined ? undefined : h('p', { class: 'sentence' }, sentence),
    doubtful ? h('p', { class: 'doubt' }, 'Worth a look before anyone acts on it') : undefined,
  );
}

function labelled({ label, confidence }: Label): HTMLElement {
  const fill = h('span', { class: 'fill' });
  // Not as an attribute, which the page's content security policy refuses.
  fill.style.inlineSize = `${(confidence * 100).toFixed(1)}%`;
  return h(
    'div',
    { class: 'label', 'data-label': label },
    h('span', { class: 'label-name' }, wordsOf(label)),
    h('span', { class: 'confidence' }, percent(confidence)),
    h('span', { class: 'bar', 'aria-hidden': 'true' }, fill),
  );
}

function descriptionOf(labels: LabelSet | undefined, name: Task, label: string): string | undefined {
  return labels?.[name].find((described) => described.label === label)?.description;
}

function provenanceOf({ origin, model }: Answer, provenance: Provenance | undefined): string {
  const by = origin === 'review' ? 'A person decided this' : `Model ${model}`;
  if (provenance === undefined) {
    return `${by} · kept in this browser`;
  }
  const { layer, durationMs, serviceMs } = provenance;
  const ofThat = serviceMs === undefined ? '' : ` (${milliseconds(serviceMs)} in the service)`;
  return `${by} · ${LAYERS[layer] ?? `from ${layer}`} · ${milliseconds(durationMs)}${ofThat}`;
}
