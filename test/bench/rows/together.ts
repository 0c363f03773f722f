/**
 * Asks a lookup function for names at the same moment, again and again, from a process of its own: see suites/together.ts. They come again after a
 * hundred rounds, for a function that keeps none.
 *
 *   node together.js PORT one|different|equal|batch
 */
import net from 'node:net';

import { median } from '../measure';

const ROUNDS = 100;
/** Names before the first round: code that has just started runs several times slower. */
const WARM_UP = 4_000;
/** More than ten answers have. */
const ANSWER_BYTES = 16_384;
const OK = Buffer.from('HTTP/1.1 200');
const HEADERS_END = Buffer.from('\r\n\r\n');
const LENGTH = Buffer.from('\r\nContent-Length: ');

/** The requests of a round. */
const REQUESTS: Readonly<Record<string, (round: number) => readonly string[]>> = {
  one: (round) => [lookup(nameOf(round, 0))],
  different: (round) => tenOf(round).map(lookup),
  equal: (round) => Array<string>(10).fill(lookup(nameOf(round, 0))),
  batch: (round) => [batch(tenOf(round))],
};

// Nine tokens each, as the other benchmarks have.
const WORDS = ['red', 'white', 'rice', 'oil', 'milk', 'corn', 'fish', 'beef', 'lime', 'salt'];
const nameOf = (round: number, index: number): string =>
  `${WORDS[index]!} ${WORDS[round % 10]!} and ${WORDS[Math.floor(round / 10) % 10]!}`;
const tenOf = (round: number): string[] => Array.from({ length: 10 }, (_, index) => nameOf(round, index));
const lookup = (name: string): string =>
  `GET /v1/ingredients/${encodeURIComponent(name)} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

function batch(names: readonly string[]): string {
  const body = JSON.stringify({ names });
  const head = `Host: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return `POST /v1/ingredients:batch HTTP/1.1\r\n${head}\r\n\r\n${body}`;
}

async function main([port = '', which = 'one']: readonly string[]): Promise<void> {
  const requests = REQUESTS[which]!;
  const connections = requests(0).map(() => new Connection(Number(port)));
  const durations: number[] = [];
  const warmUp = WARM_UP / (which === 'one' ? 1 : 10);
  for (let round = 0; round < warmUp + ROUNDS; round += 1) {
    const began = performance.now();
    await Promise.all(requests(round).map((request, index) => connections[index]!.ask(request)));
    if (round >= warmUp) {
      durations.push(performance.now() - began);
    }
  }
  for (const connection of connections) {
    connection.close();
  }
  process.stdout.write(`first\n${JSON.stringify({ ms: median(durations) })}\n`);
}

/**
 * A connection that is kept, for one request at a time. What it takes for an answer would be counted ten times, so it reads into memory of its own,
 * past Node's streams: its HTTP client takes longer for a request than the server for an answer from memory.
 */
class Connection {
  readonly #socket: net.Socket;
  readonly #answer = Buffer.alloc(ANSWER_BYTES);
  #size = 0;
  #settle: ((error?: Error) => void) | undefined;

  /** @param port of loopback. */
  constructor(port: number) {
    const read = (size: number, chunk: Uint8Array): boolean => {
      this.#answer.set(chunk.subarray(0, size), this.#size);
      this.#size += size;
      const whole = sizeOf(this.#answer, this.#size);
      const isOk = this.#answer.compare(OK, 0, OK.length, 0, OK.length) === 0;
      if (whole !== undefined && (this.#size >= whole || !isOk)) {
        this.#end(isOk ? undefined : new Error(this.#text()));
      }
      return true;
    };
    const onread = { buffer: Buffer.alloc(ANSWER_BYTES), callback: read };
    this.#socket = net.connect({ port, host: '127.0.0.1', onread });
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => {
      this.#end(error);
    });
    this.#socket.on('close', () => {
      this.#end(new Error('The server ended the connection.'));
    });
  }

  /** Resolves when the answer is there; rejects where it is no 200. */
  async ask(request: string): Promise<void> {
    this.#size = 0;
    return new Promise((resolve, reject) => {
      this.#settle = (error) => {
        if (error === undefined) {
          resolve();
        } else {
          reject(error);
        }
      };
      this.#socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #text(): string {
    return `The answer was:\n${this.#answer.toString('utf8', 0, this.#size)}`;
  }

  #end(error?: Error): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(error);
  }
}

/**
 * The bytes of a whole answer, by its header; undefined until that is there.
 *
 * @throws {Error} where it does not say its length.
 */
function sizeOf(answer: Buffer, size: number): number | undefined {
  const headersEnd = answer.subarray(0, size).indexOf(HEADERS_END);
  if (headersEnd === -1) {
    return undefined;
  }
  const length = answer.subarray(0, headersEnd).indexOf(LENGTH);
  if (length === -1) {
    throw new Error('The answer has no Content-Length.');
  }
  const bytes = parseInt(answer.toString('latin1', length + LENGTH.length, headersEnd), 10);
  return headersEnd + HEADERS_END.length + bytes;
}

void main(process.argv.slice(2));
