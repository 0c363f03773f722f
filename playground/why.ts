/**
 * Each word's part in each answer, as colour and as numbers.
 */
import type { Answer, Explanation, Task } from '../client';
import { h } from './dom';
import { QUESTIONS } from './words';

/** A smaller part is noise: it has no colour. */
const LEAST = 0.02;

export function whyView(answer: Answer, { words, nearest = [] }: Explanation): HTMLElement {
  const tasks: Task[] = answer.source === null ? ['ingredient'] : ['ingredient', 'source', 'categories'];
  const view = h('section', { class: 'why', 'aria-labelledby': 'why-title' });
  view.append(h('h3', { id: 'why-title' }, 'Which words decided?'));
  if (words.length === 0) {
    view.append(h('p', { class: 'hint' }, 'None: a person decided this.'));
    return view;
  }
  view.append(
    h(
      'p',
      { class: 'hint' },
      'The deeper its colour, the more the answer hangs on a word. A dashed word speaks against it. In numbers: by how many points the confidence falls without it.',
    ),
    h(
      'dl',
      {},
      ...tasks.flatMap((task) => [
        h('dt', {}, QUESTIONS[task]),
        h('dd', {}, ...words.flatMap((part) => [wordView(part.word, part[task]), ' '])),
      ]),
    ),
  );
  if (nearest.length > 0) {
    view.append(h('p', { class: 'hint' }, `The nearest names that the model was taught: ${nearest.join(', ')}.`));
  }
  return view;
}

function wordView(word: string, part: number): HTMLElement {
  const kind = part >= LEAST ? 'for' : part <= -LEAST ? 'against' : 'neutral';
  const view = h('span', { class: 'word', 'data-part': kind }, word);
  // From a tenth, so that the least of them is seen, to four tenths, so that text on it stays readable.
  view.style.setProperty('--depth', `${(10 + 30 * Math.min(1, Math.abs(part))).toFixed(0)}%`);
  view.append(' ', h('small', {}, points(part)));
  return view;
}

/** +42, −3, 0: hundredths of confidence. */
function points(part: number): string {
  const rounded = Math.round(part * 100);
  return rounded === 0 ? '0' : `${rounded > 0 ? '+' : '−'}${Math.abs(rounded)}`;
}
