/**
 * What a function starts with, whichever it is: the guard before the framework, the drain before the guard, and for events the line of
 * each delivery before both.
 */
import type { Server } from 'node:http';

import type { Logger } from '../shared/platform/logger';
import { followDeliveries } from './classify/delivery';
import { type GuardOptions, guardServers, type Kind } from './guard';
import { drainOnSignals } from './shutdown';

export interface ServeParts {
  readonly logger: Logger;
  readonly projectId: string | undefined;
  /** Closes at shutdown what holds connections. */
  readonly close: () => Promise<void>;
}

/** Readies every server that is made in this process from now on: the framework makes its own after it loaded the functions. */
export function serve(kind: Kind, { logger, projectId, close }: ServeParts, options?: GuardOptions): void {
  const prepare = (server: Server): void => {
    drainOnSignals(server, { logger, close });
    if (kind === 'event') {
      followDeliveries(server, logger, projectId);
    }
  };
  guardServers(kind, prepare, options);
}
