/**
 * From the normal forms of names to the tensors that the model takes.
 *
 * Agrees with training/ingredients/text.py to the last id: test/parity compares the two.
 */
import { tokenize, type Vocabulary } from './wordpiece';

/** int64 tensors, row-major, of shape (rows, width). */
export interface Encoded {
  readonly inputIds: BigInt64Array;
  readonly attentionMask: BigInt64Array;
  readonly rows: number;
  readonly width: number;
}

/** Makes token ids of names: [CLS], the name's tokens, one control token a task, [SEP]. */
export class Encoder {
  readonly #vocabulary: Vocabulary;
  readonly #room: number;
  readonly #first: number;
  readonly #last: readonly number[];

  /** @param controlTokens the vocabulary's token of each task, in the order of the model's tasks. */
  constructor(vocabulary: Vocabulary, controlTokens: readonly string[], maxTokens: number) {
    this.#vocabulary = vocabulary;
    this.#first = vocabulary.require('[CLS]');
    this.#last = [...controlTokens, '[SEP]'].map((token) => vocabulary.require(token));
    this.#room = maxTokens - 1 - this.#last.length;
  }

  /** Unpadded token ids of one normal form; a longer one is cut before the control tokens. */
  ids(normalName: string): number[] {
    const tokens = tokenize(normalName, this.#vocabulary);
    return [this.#first, ...tokens.slice(0, this.#room), ...this.#last];
  }

  /** Encodes a batch. @throws {RangeError} as `padded`. */
  encodeBatch(normalNames: readonly string[]): Encoded {
    return padded(normalNames.map((name) => this.ids(name)));
  }
}

/**
 * The tensors of a batch of token ids, padded on the right to the longest row.
 *
 * @throws {RangeError} if there is no row: a tensor needs one.
 * @see Devlin et al. 2019 (arXiv:1810.04805), section 3
 */
export function padded(ids: readonly (readonly number[])[]): Encoded {
  if (ids.length === 0) {
    throw new RangeError('A batch needs at least one name.');
  }
  const width = Math.max(...ids.map((row) => row.length));
  const inputIds = new BigInt64Array(ids.length * width);
  const attentionMask = new BigInt64Array(ids.length * width);
  ids.forEach((row, index) => {
    row.forEach((id, place) => {
      inputIds[index * width + place] = BigInt(id);
      attentionMask[index * width + place] = 1n;
    });
  });
  return { inputIds, attentionMask, rows: ids.length, width };
}
