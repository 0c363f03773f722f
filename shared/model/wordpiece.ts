/**
 * WordPiece tokens of a normal form, to the letter of BERT's uncased reference (BertTokenizerFast, `split_special_tokens`).
 *
 * Two steps: the basic tokenizer (clean, space out CJK, strip accents, lower case, split at white space and punctuation), then the
 * greedy longest match over vocab.txt, by code point. A typed "[SEP]" or "[MASK]" is plain text: special and control tokens stand in
 * brackets, which are split off, so no text can produce one. test/parity compares the ids with the reference's.
 *
 * @see Devlin et al. 2019 (arXiv:1810.04805); Wu et al. 2016 (arXiv:1609.08144), section 4.1
 */
import { ModelArtifactError } from '../platform/errors';
import { DROPPED, ISOLATED } from './unicode-classes';

const MAX_WORD_CODE_POINTS = 100;
const CONTINUATION = '##';

// ASCII needs no Unicode tables: most names take this way.
const PLAIN = /^[ a-z0-9]*$/;
const WHITE_SPACE = /\p{White_Space}/gu;
const CAPITAL = /[\p{Uppercase}\p{Lt}]/gu;

/** Token ids by token; ids are line numbers of vocab.txt, from 0. */
export class Vocabulary {
  readonly #ids = new Map<string, number>();
  readonly unknownId: number;
  readonly #longest: number;

  /**
   * @param text the content of vocab.txt, one token a line.
   * @throws {ModelArtifactError} if `[UNK]` is missing.
   */
  constructor(text: string) {
    let longest = 0;
    let id = 0;
    // A Map, not an object: an object moves the keys "0" to "999" to the front.
    for (const token of text.split('\n')) {
      if (token !== '') {
        this.#ids.set(token, id);
        longest = Math.max(longest, token.length);
      }
      id += 1;
    }
    this.#longest = longest;
    this.unknownId = this.require('[UNK]');
  }

  get(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** @throws {ModelArtifactError} if the vocabulary lacks `token`. */
  require(token: string): number {
    const id = this.#ids.get(token);
    if (id === undefined) {
      throw new ModelArtifactError(`vocab.txt lacks the token ${token}: use the file that the manifest came with.`);
    }
    return id;
  }

  /** UTF-16 length of the longest token: no piece needs to be looked up beyond it. */
  get longestToken(): number {
    return this.#longest;
  }
}

/** The words of a text: what lies between white space, each punctuation mark alone. */
export function splitWords(text: string): string[] {
  const plain = PLAIN.test(text) ? text : basicForm(text);
  return plain.split(' ').filter((word) => word !== '');
}

function basicForm(text: string): string {
  return text
    .normalize('NFD')
    .replace(DROPPED, '')
    .replace(WHITE_SPACE, ' ')
    .replace(CAPITAL, (letter) => letter.toLowerCase())
    .replace(ISOLATED, ' $& ');
}

/** Token ids of a text, without special tokens. */
export function tokenize(text: string, vocabulary: Vocabulary): number[] {
  const ids: number[] = [];
  for (const word of splitWords(text)) {
    pushPieces(word, vocabulary, ids);
  }
  return ids;
}

/** Greedy longest match from the left; a word with a piece that is in no vocabulary is one unknown token. */
function pushPieces(word: string, vocabulary: Vocabulary, ids: number[]): void {
  const whole = vocabulary.get(word);
  if (whole !== undefined) {
    ids.push(whole);
    return;
  }
  const characters = Array.from(word);
  const pieces: number[] = [];
  let start = 0;
  while (start < characters.length) {
    const found = characters.length > MAX_WORD_CODE_POINTS ? undefined : longestPiece(characters, start, vocabulary);
    if (found === undefined) {
      ids.push(vocabulary.unknownId);
      return;
    }
    pieces.push(found.id);
    start = found.end;
  }
  ids.push(...pieces);
}

function longestPiece(
  characters: string[],
  start: number,
  vocabulary: Vocabulary,
): { id: number; end: number } | undefined {
  const prefix = start > 0 ? CONTINUATION : '';
  const limit = Math.min(characters.length, start + vocabulary.longestToken);
  for (let end = limit; end > start; end -= 1) {
    const id = vocabulary.get(prefix + characters.slice(start, end).join(''));
    if (id !== undefined) {
      return { id, end };
    }
  }
  return undefined;
}
