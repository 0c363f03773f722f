/**
 * The text of an ingredient's name: its limits, its normal form, and the key that both caches and documents go by.
 *
 * The model sees the normal form alone, so an answer is a function of key and model. Agrees with training/ingredients/text.py,
 * which test/parity proves; a change of these rules needs a new key prefix.
 */
import { hash } from 'node:crypto';

import { InvalidNameError } from '../platform/errors';

export const MAX_NAME_CODE_POINTS = 120;
// NFC makes one code point of at most four, of at most two UTF-16 units each. Longer text is refused unseen: to order combining marks
// takes time that grows with the square of their number.
const MAX_NAME_UNITS = MAX_NAME_CODE_POINTS * 4 * 2;
export const KEY_PREFIX = 'n1-';

/** A name as typed (trimmed), what the model sees of it, and the id of both. */
export interface IngredientName {
  readonly name: string;
  readonly normalName: string;
  readonly key: string;
}

// String.prototype.trim also takes U+FEFF, but leaves U+0085, which has the property White_Space.
const EDGE = /[\p{White_Space}\uFEFF]/u;
const WHITE_SPACE_RUN = /\p{White_Space}+/gu;
const CONTROL = /\p{Cc}/u;
const CURLY_SINGLE = /[\u2018-\u201B]/g;
const CURLY_DOUBLE = /[\u201C-\u201F]/g;
const DASH = /[\u2010-\u2015\u2212]/g;
// What most people type: visible ASCII without capitals, one space between words. It is its own normal form.
const PLAIN = /^[!-@[-~]+(?: [!-@[-~]+)*$/;

/**
 * Checks the limits of a name and derives its normal form and key.
 *
 * @param text what a person typed.
 * @throws {InvalidNameError} for a lone surrogate, a control character, and fewer than 1 or more than 120 code points after NFC.
 */
export function parseName(text: string): IngredientName {
  if (text.length <= MAX_NAME_CODE_POINTS && PLAIN.test(text)) {
    return { name: text, normalName: text, key: keyOf(text) };
  }
  if (!text.isWellFormed()) {
    throw new InvalidNameError('The name holds a lone surrogate: send well-formed Unicode.');
  }
  const name = trim(text);
  if (name === '') {
    throw new InvalidNameError('The name is empty: send at least one visible character.');
  }
  if (CONTROL.test(name)) {
    throw new InvalidNameError('The name holds a control character: remove tabs, line breaks and the like.');
  }
  if (name.length > MAX_NAME_UNITS) {
    throw new InvalidNameError(`The name is too long: send at most ${MAX_NAME_CODE_POINTS} characters.`);
  }
  const length = codePoints(name);
  if (length > MAX_NAME_CODE_POINTS) {
    throw new InvalidNameError(`The name has ${length} characters: send at most ${MAX_NAME_CODE_POINTS}.`);
  }
  const normalName = normalForm(name);
  return { name, normalName, key: keyOf(normalName) };
}

/** NFKC, lower case, each run of White_Space one space, curly quotes and dashes made plain, repeated until stable. */
export function normalForm(name: string): string {
  let text = name;
  for (;;) {
    // again: lower-casing undoes NFKC for "H" with U+0331, and NFKC makes new spaces of U+00A8
    const next = text
      .normalize('NFKC')
      .toLowerCase()
      .replace(WHITE_SPACE_RUN, ' ')
      .replace(CURLY_SINGLE, "'")
      .replace(CURLY_DOUBLE, '"')
      .replace(DASH, '-');
    if (next === text) {
      return text;
    }
    text = next;
  }
}

/** `n1-` and the first 32 hex digits of the normal form's SHA-256. */
export function keyOf(normalName: string): string {
  return KEY_PREFIX + hash('sha256', normalName, 'hex').slice(0, 32);
}

/** By hand: `[…]+$` walks each run of white space again from each of its places, minutes for a body of them. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && EDGE.test(text.charAt(start))) {
    start += 1;
  }
  while (end > start && EDGE.test(text.charAt(end - 1))) {
    end -= 1;
  }
  return text.slice(start, end);
}

function codePoints(name: string): number {
  return Array.from(name.normalize('NFC')).length;
}
