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
// Names whose trigrams are taken in one turn of the event loop, some milliseconds.
const TURN = 500;

export class TaughtNames {
  private constructor(
    private readonly names: readonly string[],
    /** The places in `names` of those that hold a trigram. */
    private readonly places: ReadonlyMap<string, readonly number[]>,
    private readonly norms: Float64Array,
  ) {}

  /** In turns of the event loop: the 54,000 names of a release take half a second and 10 MB, and lookups go on meanwhile. */
  static async of(names: readonly string[]): Promise<TaughtNames> {
    const places = new Map<string, number[]>();
    for (let start = 0; start < names.length; start += TURN) {
      addTrigrams(names, start, places);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const squares = new Float64Array(names.length);
    for (const holders of places.values()) {
      const square = weightOf(holders.length, names.length) ** 2;
      for (const place of holders) {
        squares[place] = squares[place]! + square;
      }
    }
    return new TaughtNames(names, places, squares.map(Math.sqrt));
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
    return TaughtNames.of(
      bytes
        .toString('utf8')
        .split('\n')
        .filter((name) => name !== ''),
    );
  }

  /** At most `count` names, the nearest first; none that shares nothing with the name. */
  nearest(normalName: string, count = 5): string[] {
    const scores = new Float64Array(this.names.length);
    const sharing: number[] = [];
    let square = 0;
    for (const trigram of trigramsOf(normalName)) {
      const holders = this.places.get(trigram) ?? [];
      const weight = weightOf(holders.length, this.names.length) ** 2;
      square += weight;
      for (const place of holders) {
        if (scores[place] === 0) {
          sharing.push(place);
        }
        scores[place] = scores[place]! + weight;
      }
    }
    const norm = Math.sqrt(square);
    for (const place of sharing) {
      scores[place] = scores[place]! / (norm * this.norms[place]!);
    }
    return greatest(sharing, scores, count).map((place) => this.names[place]!);
  }
}

/** Those of a turn, from `start` on. */
function addTrigrams(names: readonly string[], start: number, places: Map<string, number[]>): void {
  const end = Math.min(start + TURN, names.length);
  for (let place = start; place < end; place += 1) {
    for (const trigram of trigramsOf(names[place]!)) {
      const holders = places.get(trigram);
      if (holders === undefined) {
        places.set(trigram, [place]);
      } else {
        holders.push(place);
      }
    }
  }
}

/** The logarithm of how many names there are to one that holds the trigram. */
function weightOf(holders: number, names: number): number {
  return Math.log(1 + names / (1 + holders));
}

/** The `count` places with the greatest scores, the greatest first; of equal ones the first place. */
function greatest(places: readonly number[], scores: Float64Array, count: number): number[] {
  const best: number[] = [];
  for (const place of places) {
    const behind = best.findIndex(
      (other) => scores[place]! > scores[other]! || (scores[place] === scores[other] && place < other),
    );
    best.splice(behind === -1 ? best.length : behind, 0, place);
    best.length = Math.min(best.length, count);
  }
  return best;
}

/** What stands in a window of three characters, a space before and behind the name. */
function trigramsOf(name: string): ReadonlySet<string> {
  const characters = Array.from(` ${name} `);
  const trigrams = new Set<string>();
  for (let end = LENGTH; end <= Math.max(LENGTH, characters.length); end += 1) {
    trigrams.add(characters.slice(end - LENGTH, end).join(''));
  }
  return trigrams;
}
