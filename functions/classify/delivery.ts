/**
 * One delivery of an event, from its arrival before the guard until its answer: it has one line in the log, whoever ends it.
 *
 * The handler writes the line of what it was handed. What never came that far, and what was answered for it at shutdown, get theirs here.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type http from 'node:http';

import { type Fields, type Logger, traceFields } from '../../shared/platform/logger';
import type { GuardedRequest } from '../guard';
import { PROBLEMS, writtenCode } from '../lookup/problem';

const deliveries = new AsyncLocalStorage<Delivery>();
const [, INTERNAL] = PROBLEMS.internal;

export class Delivery {
  #hasLine = false;

  /** @param about what the line says of the message, as far as it is known. */
  constructor(
    private readonly logger: Logger,
    private readonly request: Pick<GuardedRequest, 'rawBody'> = {},
    public about: () => Fields = () => ({}),
  ) {}

  /** The body as it came, once the guard has read it. */
  get rawBody(): Buffer | undefined {
    return this.request.rawBody;
  }

  /** Writes the line, where nobody has written it yet. */
  log(severity: 'info' | 'warning' | 'error', fields: Fields): void {
    if (!this.#hasLine) {
      this.#hasLine = true;
      this.logger[severity]('event', { ...this.about(), ...fields });
    }
  }
}

/** The delivery that the caller works on; undefined where its server is not followed. */
export function currentDelivery(): Delivery | undefined {
  return deliveries.getStore();
}

/** Stands before all other listeners of a server, and sees to the line of each delivery. */
export function followDeliveries(server: http.Server, logger: Logger, projectId: string | undefined): http.Server {
  const listeners = server.listeners('request') as http.RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: GuardedRequest, response: http.ServerResponse) => {
    const header = (name: string): string | undefined => request.headers[name]?.toString();
    const delivery = new Delivery(logger, request, () => ({
      messageId: header('x-goog-pubsub-message-id') ?? header('ce-id'),
      ...traceFields(header, projectId),
    }));
    response.once('close', () => {
      // Not the status: the framework may still set one after the answer was given for it.
      const code = writtenCode(response);
      if (request.method === 'POST' && code !== undefined) {
        delivery.log(code === INTERNAL ? 'error' : 'warning', { outcome: 'failed', code });
      }
    });
    deliveries.run(delivery, () => {
      for (const listener of listeners) {
        listener.call(server, request, response);
      }
    });
  });
  return server;
}
