/**
 * How far a walk by ranges has come, in a file: what was written there is done, whenever the process ends.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { isRecord } from '../shared/platform/json';
import { CommandError } from './errors';

export interface Counts {
  readonly read: number;
  readonly published: number;
}

/** What a walk is about: a file of another one is not gone on with. */
export type Purpose = Readonly<Record<string, string>>;

interface Kept {
  readonly purpose: Purpose;
  /** By the number of a range: the last key that is done, or null where all of it is. */
  readonly ranges: Record<string, string | null>;
  counts: Counts;
}

export class WalkState {
  #writing: Promise<void> = Promise.resolve();
  #isWaiting = false;

  private constructor(
    private readonly file: string | undefined,
    private readonly kept: Kept,
    /** True where an earlier run was not done. */
    readonly isResumed: boolean,
  ) {}

  /**
   * Reads the state of an earlier run, if it was not done.
   *
   * @param file undefined where nothing is to be kept.
   * @throws {CommandError} where the file belongs to another purpose, or is none of ours.
   */
  static async open(file: string | undefined, purpose: Purpose): Promise<WalkState> {
    const text = file === undefined ? undefined : await readIfThere(file);
    if (text === undefined) {
      return new WalkState(file, { purpose, ranges: {}, counts: { read: 0, published: 0 } }, false);
    }
    const kept = parse(text);
    if (kept === undefined || JSON.stringify(kept.purpose) !== JSON.stringify(purpose)) {
      const other =
        kept === undefined ? 'no state of this command' : `a run that was not done (${about(kept.purpose)})`;
      throw new CommandError(`${file} holds ${other}: give its options again to go on with it, or delete the file`);
    }
    return new WalkState(file, kept, true);
  }

  get counts(): Counts {
    return this.kept.counts;
  }

  /** How many ranges are done. */
  get done(): number {
    return Object.values(this.kept.ranges).filter((after) => after === null).length;
  }

  isDone(range: number): boolean {
    return this.kept.ranges[range] === null;
  }

  /** The last key of a range that is done; null where none is. */
  after(range: number): string | null {
    return this.kept.ranges[range] ?? null;
  }

  /** Keeps that a range is done up to a key, or all of it; resolves when it is on the disk. */
  async advance(range: number, after: string | null, { read, published }: Counts): Promise<void> {
    this.kept.ranges[range] = after;
    this.kept.counts = { read: this.counts.read + read, published: this.counts.published + published };
    // What waits for the disk already will hold this too.
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      this.#writing = this.#writing.then(() => this.#write());
    }
    await this.#writing;
  }

  /** Forgets a walk that is done. */
  async finish(): Promise<void> {
    if (this.file !== undefined) {
      await rm(this.file, { force: true });
    }
  }

  async #write(): Promise<void> {
    this.#isWaiting = false;
    if (this.file !== undefined) {
      await mkdir(path.dirname(this.file), { recursive: true });
      // Beside the file and renamed, so that a kill leaves the old one or the new one.
      await writeFile(`${this.file}.new`, JSON.stringify(this.kept));
      await rename(`${this.file}.new`, this.file);
    }
  }
}

function parse(text: string): Kept | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isKept =
      isRecord(value) && isRecord(value['purpose']) && isRecord(value['ranges']) && isRecord(value['counts']);
    return isKept ? (value as unknown as Kept) : undefined;
  } catch {
    return undefined;
  }
}

function about(purpose: Purpose): string {
  return Object.values(purpose)
    .filter((value) => value !== '')
    .join(', ');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
