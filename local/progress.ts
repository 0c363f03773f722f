/**
 * How far a long run is, as one line of a terminal that is written over.
 */
import { fstatSync } from 'node:fs';

const BAR_WIDTH = 24;
const EVERY_MS = 200;
const STDIN = 0;

export class Progress {
  readonly #began: number;
  #shownAt = -Infinity;
  #bytes = 0;

  /**
   * @param total bytes that there are to read; undefined where nobody knows.
   * @param now a monotonic clock, in milliseconds.
   */
  constructor(
    private readonly write: (text: string) => void,
    private readonly total: number | undefined,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#began = now();
  }

  /** The stream, with what is read of it counted. */
  async *counted(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      this.#bytes += chunk.length;
      yield chunk;
    }
  }

  /** @param done how many names are labelled. */
  update(done: number): void {
    if (this.now() - this.#shownAt >= EVERY_MS) {
      this.#shownAt = this.now();
      this.write(`\r${this.#line(done)}`);
    }
  }

  end(done: number): void {
    this.#bytes = this.total ?? this.#bytes;
    this.write(`\r${this.#line(done)}\n`);
  }

  #line(done: number): string {
    const seconds = (this.now() - this.#began) / 1000;
    const speed = seconds > 0 ? `${Math.round(done / seconds).toLocaleString('en')} a second` : '';
    const names = `${done.toLocaleString('en')} names, ${speed}`;
    if (this.total === undefined || this.total === 0) {
      return `${names}   `;
    }
    const part = Math.min(1, this.#bytes / this.total);
    const filled = Math.round(part * BAR_WIDTH);
    const bar = '#'.repeat(filled) + '-'.repeat(BAR_WIDTH - filled);
    const left = part > 0 && part < 1 ? `, ${duration((seconds * (1 - part)) / part)} left` : '';
    return `[${bar}] ${String(Math.floor(part * 100)).padStart(3)} % ${names}${left}   `;
  }
}

/** 45 s, 12 min, 3 h. */
function duration(seconds: number): string {
  if (seconds < 90) {
    return `${Math.ceil(seconds)} s`;
  }
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

/** The size of standard input in bytes where it is a file; undefined for a pipe or a terminal. */
export function sizeOfStdin(): number | undefined {
  const { size, isFile } = stats();
  return isFile ? size : undefined;
}

function stats(): { readonly size: number; readonly isFile: boolean } {
  try {
    const found = fstatSync(STDIN);
    return { size: found.size, isFile: found.isFile() };
  } catch {
    return { size: 0, isFile: false }; // closed
  }
}
