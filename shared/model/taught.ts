/**
 * The names that the model was taught, where the release carries them (`taught.txt`, a normal form a line), and which of them are nearest to
 * a name: by the cosine of their character trigrams, each weighted by how rare it is, so that "tomatos" is near "tomato".
 *
 * @see Salton and Buckley 1988, "Term-weighting approaches in automatic text retrieval", for the weights
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { ModelUnavailableError } from '../platform/errors';
import { type Manifest, sha256 } from './artifacts';

export const TAUGHT_FILE = 'taught.txt';
const LENGTH = 3;

export class TaughtNames {
  readonly #names: readonly string[];
  /** The places in `#names` of the names that hold a trigram. */
  readonly #places = new Map<string, number[]>();
  readonly #norms: Float64Array;

  constructor(names: readonly string[]) {
    this.#names = names;
    names.forEach((name, place) => {
      for (const trigram of trigramsOf(name)) {
        const places = this.#places.get(trigram);
        if (places === undefined) {
          this.#places.set(trigram, [place]);
        } else {
          places.push(place);
        }
      }
    });
    this.#norms = Float64Array.from(names, (name) => this.#norm(trigramsOf(name)));
  }

  /**
   * Reads those of a release.
   *
   * @returns undefined where the release carries none.
   * @throws {ModelUnavailableError} if the file is not the one of the manifest.
   */
  static async load(folder: string, manifest: Manifest): Promise<TaughtNames | undefined> {
    const listed = manifest.files[TAUGHT_FILE];
    if (listed === undefined) {
      return undefined;
    }
    const bytes = await readFile(path.join(folder, TAUGHT_FILE)).catch((cause: unknown) => {
      throw new ModelUnavailableError(`${TAUGHT_FILE} could not be read.`, { cause });
    });
    if (sha256(bytes) !== listed.sha256) {
      throw new ModelUnavailableError(
        `${TAUGHT_FILE} is not the file of the manifest: deploy the release's files again.`,
      );
    }
    return new TaughtNames(
      bytes
        .toString('utf8')
        .split('\n')
        .filter((name) => name !== ''),
    );
  }

  /** At most `count` names, the nearest first; none that shares nothing with the name. */
  nearest(normalName: string, count = 5): string[] {
    const trigrams = trigramsOf(normalName);
    const scores = new Map<number, number>();
    for (const trigram of trigrams) {
      const weight = this.#weight(trigram) ** 2;
      for (const place of this.#places.get(trigram) ?? []) {
        scores.set(place, (scores.get(place) ?? 0) + weight);
      }
    }
    const norm = this.#norm(trigrams);
    return [...scores]
      .map(([place, score]) => ({ place, cosine: score / (norm * this.#norms[place]!) }))
      .sort((a, b) => b.cosine - a.cosine || a.place - b.place)
      .slice(0, count)
      .map(({ place }) => this.#names[place]!);
  }

  #norm(trigrams: ReadonlySet<string>): number {
    let sum = 0;
    for (const trigram of trigrams) {
      sum += this.#weight(trigram) ** 2;
    }
    return Math.sqrt(sum);
  }

  /** The logarithm of how many names there are to one that holds the trigram. */
  #weight(trigram: string): number {
    const holders = this.#places.get(trigram)?.length ?? 0;
    return Math.log(1 + this.#names.length / (1 + holders));
  }
}

/** What stands in a window of three characters, a space before and behind the name. */
function trigramsOf(name: string): ReadonlySet<string> {
  const characters = Array.from(` ${name} `);
  return new Set(
    Array.from({ length: Math.max(1, characters.length - LENGTH + 1) }, (_, start) =>
      characters.slice(start, start + LENGTH).join(''),
    ),
  );
}
