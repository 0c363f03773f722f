/**
 * Stands between a program and an emulator, call by call: each gRPC call that leaves the program can be failed, held up, or made the
 * moment at which the program is killed.
 *
 * For calls with one request, which are all that ours make; it is read whole, so that a fault can be meant for one document.
 */
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

/** What happens to a call. */
export const FAULTS = {
  unavailable: 'is refused with UNAVAILABLE, which the client tries again by itself',
  denied: 'is refused with PERMISSION_DENIED, which the client does not',
  hang: 'is never answered',
  late: 'is carried out and answered after 12 s, when nobody waits for it any more',
  delayed: 'is carried out only after 12 s, when its message has come again',
  'done, unavailable': 'is carried out, and answered with UNAVAILABLE',
  'done, denied': 'is carried out, and answered with PERMISSION_DENIED',
  'killed before': 'is not carried out, and the process is killed',
  'killed after': 'is carried out, and the process is killed instead of answered',
} as const;
export type Fault = keyof typeof FAULTS;

/** A transaction that others contend for; the client begins it again by itself. Of reviews alone, so in no matrix. */
export const CONTENTION = 'aborted';

export interface Call {
  /** The last part of its path, such as `Commit`. */
  readonly method: string;
  readonly body: Buffer;
  /** What it was answered with, once it was. */
  answer?: Buffer;
}

interface Armed {
  readonly matches: (call: Call) => boolean;
  readonly fault: Fault | typeof CONTENTION;
}

interface Answer {
  readonly headers: http2.IncomingHttpHeaders;
  readonly data: Buffer;
  readonly trailers: http2.IncomingHttpHeaders | undefined;
}

const PERMISSION_DENIED = 7;
const ABORTED = 10;
const UNAVAILABLE = 14;
// Longer than a call of ours is waited for.
const LATE_MS = 12_000;

export class GrpcProxy {
  /** Every call so far, in order. */
  readonly calls: Call[] = [];
  readonly #armed = new Set<Armed>();
  readonly #sessions = new Set<http2.Http2Session>();
  #upstream: http2.ClientHttp2Session | undefined;

  private constructor(
    private readonly target: string,
    private readonly server: http2.Http2Server,
    private readonly kill: () => void,
  ) {
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('error', () => undefined).once('close', () => this.#sessions.delete(session));
    });
    server.on('stream', (stream, headers) => {
      void this.#serve(stream, headers);
    });
  }

  /** @param kill ends the program whose calls come here. */
  static async open(target: string, kill: () => void): Promise<GrpcProxy> {
    const server = http2.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new GrpcProxy(target, server, kill);
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Lets the next call that matches meet a fault; returns whether it has. */
  arm(matches: (call: Call) => boolean, fault: Fault | typeof CONTENTION): () => boolean {
    const armed = { matches, fault };
    this.#armed.add(armed);
    return () => !this.#armed.has(armed);
  }

  async close(): Promise<void> {
    this.#upstream?.destroy();
    this.#sessions.forEach((session) => {
      session.destroy();
    });
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }

  async #serve(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): Promise<void> {
    stream.on('error', () => undefined);
    const body = await whole(stream);
    const call: Call = { method: headers[':path']!.split('/').at(-1)!, body };
    this.calls.push(call);
    const armed = [...this.#armed].find(({ matches }) => matches(call));
    if (armed !== undefined) {
      this.#armed.delete(armed);
    }
    await this.#meet(armed?.fault, stream, async () => {
      const answered = await this.#forward(headers, body);
      call.answer = answered.data;
      return answered;
    });
  }

  async #meet(
    fault: Fault | typeof CONTENTION | undefined,
    stream: http2.ServerHttp2Stream,
    forward: () => Promise<Answer>,
  ): Promise<void> {
    switch (fault) {
      case undefined:
        answer(stream, await forward());
        return;
      case 'unavailable':
      case 'denied':
      case CONTENTION:
        refuse(stream, fault);
        return;
      case 'hang':
        return;
      case 'late': {
        const done = await forward();
        await pause(LATE_MS);
        answer(stream, done);
        return;
      }
      case 'delayed':
        await pause(LATE_MS);
        answer(stream, await forward());
        return;
      case 'done, unavailable':
      case 'done, denied':
        await forward();
        refuse(stream, fault);
        return;
      case 'killed before':
        this.kill();
        return;
      case 'killed after':
        await forward();
        this.kill();
    }
  }

  async #forward(headers: http2.IncomingHttpHeaders, body: Buffer): Promise<Answer> {
    if (this.#upstream === undefined || this.#upstream.closed || this.#upstream.destroyed) {
      this.#upstream = http2.connect(`http://${this.target}`).on('error', () => undefined);
    }
    const request = this.#upstream.request({ ...headers, ':authority': this.target });
    request.end(body);
    return new Promise((resolve, reject) => {
      let trailers: http2.IncomingHttpHeaders | undefined;
      request.once('error', reject);
      request.once('trailers', (received: http2.IncomingHttpHeaders) => {
        trailers = received;
      });
      request.once('response', (received) => {
        void whole(request).then((data) => {
          resolve({ headers: received, data, trailers });
        });
      });
    });
  }
}

function answer(stream: http2.ServerHttp2Stream, { headers, data, trailers }: Answer): void {
  if (stream.destroyed) {
    return;
  }
  if (trailers === undefined) {
    stream.respond(headers, { endStream: true });
    return;
  }
  stream.respond(headers, { waitForTrailers: true });
  stream.once('wantTrailers', () => {
    stream.sendTrailers(trailers);
  });
  stream.end(data);
}

function refuse(stream: http2.ServerHttp2Stream, fault: Fault | typeof CONTENTION): void {
  const status = fault === CONTENTION ? ABORTED : fault.endsWith('denied') ? PERMISSION_DENIED : UNAVAILABLE;
  const headers = { ':status': 200, 'content-type': 'application/grpc' };
  if (!stream.destroyed) {
    stream.respond({ ...headers, 'grpc-status': `${status}`, 'grpc-message': 'injected' }, { endStream: true });
  }
}

async function whole(stream: http2.Http2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => {
    stream.once('end', resolve).once('close', resolve);
  });
  return Buffer.concat(chunks);
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
