/**
 * The end of an instance: no new work, what is in flight finishes or is handed back, stores are closed, logs are flushed.
 *
 * Cloud Run sends SIGTERM and kills 10 s later. The Functions Framework would answer 500 to the newest request and end at once, so its
 * handlers are replaced. What is handed back is answered with 503: Pub/Sub delivers such an event again, a client asks again.
 */
import type http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { errorFields, type Logger } from '../shared/platform/logger';
import { problem, PROBLEMS, writeProblem } from './lookup/problem';

// All from the signal, and below 8 s: the platform's 10 s also hold the time in which the signal comes.
const DRAINED_BY_MS = 6_000;
const CLOSED_BY_MS = 7_000;
const ENDED_BY_MS = 7_500;
// How long a client that reads slowly may take with the answer that its request is handed back.
const HAND_BACK_MS = 500;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
type Signal = (typeof SIGNALS)[number];

/** How many requests were in flight when the drain began, and how they ended. */
export interface Drained {
  readonly finished: number;
  readonly handedBack: number;
}

/** Stands before a server's listeners and knows what is in flight. */
export class Drain {
  readonly #inFlight = new Set<http.ServerResponse>();
  #isDraining = false;
  #onIdle: () => void = () => undefined;

  constructor(private readonly server: http.Server) {
    const listeners = server.listeners('request') as http.RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      if (this.#isDraining) {
        refuse(response);
        return;
      }
      this.#track(response);
      for (const listener of listeners) {
        listener.call(server, request, response);
      }
    });
  }

  /** Takes no new work, and resolves when nothing is in flight; what is after `timeoutMs` is handed back. */
  async drain(timeoutMs: number): Promise<Drained> {
    this.#isDraining = true;
    this.server.close();
    const begun = this.#inFlight.size;
    for (const response of this.#inFlight) {
      closeAfter(response);
    }
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    if (begun > 0) {
      await Promise.race([idle, delay(timeoutMs, undefined, { ref: false })]);
    }
    const left = [...this.#inFlight];
    left.forEach(handBack);
    if (left.length > 0) {
      await Promise.race([idle, delay(HAND_BACK_MS, undefined, { ref: false })]);
    }
    return { finished: begun - left.length, handedBack: left.length };
  }

  #track(response: http.ServerResponse): void {
    this.#inFlight.add(response);
    response.once('close', () => {
      this.#inFlight.delete(response);
      if (this.#inFlight.size === 0) {
        this.#onIdle();
      }
    });
  }
}

export interface ShutdownParts {
  readonly logger: Logger;
  /** Closes what holds connections; given up after a while. */
  readonly close: () => Promise<void>;
}

/** Makes a signal drain the server and end the process with 0; a second signal ends it at once. */
export function drainOnSignals(server: http.Server, parts: ShutdownParts): void {
  const drain = new Drain(server);
  server.once('listening', () => {
    // The framework adds its own handlers in this same event, after this one.
    process.nextTick(() => {
      for (const signal of SIGNALS) {
        process.removeAllListeners(signal);
      }
      onSignals((signal) => shutDown(drain, signal, parts));
    });
  });
}

function onSignals(begin: (signal: Signal) => Promise<void>): void {
  let isEnding = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (isEnding) {
        process.exit(1);
      }
      isEnding = true;
      void begin(signal);
    });
  }
}

async function shutDown(drain: Drain, signal: Signal, { logger, close }: ShutdownParts): Promise<void> {
  const began = performance.now();
  const until = async (ms: number): Promise<void> => {
    await delay(Math.max(0, began + ms - performance.now()), undefined, { ref: false });
  };
  const drained = await drain.drain(DRAINED_BY_MS);
  const closing = close().catch((error: unknown) => {
    logger.warning('could not be closed at shutdown', errorFields(error));
  });
  await Promise.race([closing, until(CLOSED_BY_MS)]);
  const durationMs = Math.round(performance.now() - began);
  logger.info('shutdown', { signal, ...drained, durationMs });
  // Whoever reads the log may be stuck.
  await Promise.race([Promise.all([process.stdout, process.stderr].map(flushed)), until(ENDED_BY_MS)]);
  process.exit(0);
}

/** Resolves once all that was written is with the operating system. */
async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}

/** Answers that another instance has to do it; cuts an answer that has begun, whose client sees that it is not whole. */
function refuse(response: http.ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  closeAfter(response);
  writeProblem(response, problem(PROBLEMS.shuttingDown));
}

/** Refuses what is under way; its function may still come to an end, and what it writes then goes nowhere. */
function handBack(response: http.ServerResponse): void {
  refuse(response);
  // Express sets headers, which Node refuses after an answer: what is thrown is left to the framework's way with stray errors.
  const ignored = (): http.ServerResponse => response;
  const headers = { setHeader: ignored, appendHeader: ignored, removeHeader: ignored, writeHead: ignored };
  Object.assign(response, { ...headers, flushHeaders: ignored, write: () => true, end: ignored });
}

/** A connection that lives on would bring new requests. */
function closeAfter(response: http.ServerResponse): void {
  if (!response.headersSent) {
    response.setHeader('Connection', 'close');
  }
}
