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
// Stands before the pieces of a word that do not begin it.
const CONTINUATION = '##';
const [HASH_SIGN, LINE_FEED] = [35, 10];

// ASCII needs no Unicode tables: most names take this way.
const PLAIN = /^[ a-z0-9]*$/;
const WHITE_SPACE = /\p{White_Space}/gu;
const CAPITAL = /[\p{Uppercase}\p{Lt}]/gu;

/**
 * Token ids by token; ids are line numbers of vocab.txt, from 0.
 *
 * A hash table over the bytes of the file, with open addressing: as 16,000 texts in a Map it would take twice as long to make, at each
 * start, and a megabyte.
 *
 * @see Fowler, Noll, Vo: the hash FNV-1a (RFC 9923)
 */
export class Vocabulary {
  readonly #text: Uint8Array;
  /** Where each line begins in the text; the last one is where another would. */
  readonly #starts: number[] = [0];
  /** 1 + an id, or 0, from the place of its token's hash on. */
  readonly #slots: Uint32Array;
  readonly #mask: number;
  #longest = 0;
  readonly unknownId: number;

  /**
   * @param text the content of vocab.txt, in UTF-8: one token a line, none twice.
   * @throws {ModelArtifactError} if `[UNK]` is missing.
   */
  constructor(text: Uint8Array) {
    this.#text = text.at(-1) === LINE_FEED ? text : Buffer.concat([text, Buffer.of(LINE_FEED)]);
    // A token takes two bytes and more with the end of its line: some slots are always free.
    this.#mask = 2 ** Math.ceil(Math.log2(this.#text.length / 2 + 2)) - 1;
    this.#slots = new Uint32Array(this.#mask + 1);
    this.#fill();
    this.unknownId = this.require('[UNK]');
  }

  /** In one loop over all bytes, which a call for each of them would make twice as long. */
  #fill(): void {
    const [text, starts, slots, mask] = [this.#text, this.#starts, this.#slots, this.#mask];
    let start = 0;
    let hash = EMPTY_HASH;
    for (let i = 0; i < text.length; i += 1) {
      const byte = text[i]!;
      if (byte !== LINE_FEED) {
        hash = Math.imul(hash ^ byte, FNV_PRIME);
        continue;
      }
      if (i > start) {
        let slot = placeOf(hash) & mask;
        while (slots[slot] !== 0) {
          slot = (slot + 1) & mask;
        }
        slots[slot] = starts.length;
        this.#longest = Math.max(this.#longest, i - start);
      }
      start = i + 1;
      starts.push(start);
      hash = EMPTY_HASH;
    }
  }

  get(token: string): number | undefined {
    const bytes = Buffer.from(token);
    const found = this.longest(bytes, 0, bytes.length);
    return found?.id;
  }

  /** @throws {ModelArtifactError} if the vocabulary lacks `token`. */
  require(token: string): number {
    const id = this.get(token);
    if (id === undefined) {
      throw new ModelArtifactError(`vocab.txt lacks the token ${token}: use the file that the manifest came with.`);
    }
    return id;
  }

  /**
   * The longest token that begins at `start` of a text in UTF-8.
   *
   * @param shortest the least end that it may have.
   * @returns its id, and where it ends.
   */
  longest(
    bytes: Uint8Array,
    start: number,
    shortest: number,
  ): { readonly id: number; readonly end: number } | undefined {
    const last = Math.min(bytes.length, start + this.#longest);
    let found: { id: number; end: number } | undefined;
    let hash = EMPTY_HASH;
    for (let end = start + 1; end <= last; end += 1) {
      hash = Math.imul(hash ^ bytes[end - 1]!, FNV_PRIME);
      const id = end < shortest ? undefined : this.#find(bytes, start, end, hash);
      if (id !== undefined) {
        found = { id, end };
      }
    }
    return found;
  }

  #find(bytes: Uint8Array, start: number, end: number, hash: number): number | undefined {
    for (let slot = placeOf(hash) & this.#mask; this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const id = this.#slots[slot]! - 1;
      if (this.#isAt(this.#starts[id]!, this.#starts[id + 1]! - 1, bytes, start, end)) {
        return id;
      }
    }
    return undefined;
  }

  #isAt(from: number, to: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (to - from !== end - start) {
      return false;
    }
    for (let i = start; i < end; i += 1) {
      if (this.#text[from + i - start] !== bytes[i]) {
        return false;
      }
    }
    return true;
  }
}

const EMPTY_HASH = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The low bits of the hash alone are those of the last bytes. */
function placeOf(hash: number): number {
  return hash ^ (hash >>> 15);
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
  if (word.length > MAX_WORD_CODE_POINTS && Array.from(word).length > MAX_WORD_CODE_POINTS) {
    ids.push(vocabulary.unknownId);
    return;
  }
  const bytes = Buffer.from(CONTINUATION + word);
  const pieces: number[] = [];
  let start = CONTINUATION.length;
  let signed = start;
  while (start < bytes.length) {
    const found = vocabulary.longest(bytes, signed, start + 1);
    if (found === undefined) {
      ids.push(vocabulary.unknownId);
      return;
    }
    pieces.push(found.id);
    start = found.end;
    // The sign of a continuation goes over what is tokens already.
    signed = start - CONTINUATION.length;
    bytes.fill(HASH_SIGN, signed, start);
  }
  ids.push(...pieces);
}
