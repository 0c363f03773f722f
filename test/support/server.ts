/**
 * A whole function in process: the Functions Framework's server behind our guard, on loopback, with the real model.
 */
import type http from 'node:http';
import type { AddressInfo } from 'node:net';

import { getTestServer } from '@google-cloud/functions-framework/testing';

import { followDeliveries } from '../../functions/classify/delivery';
import { getDependencies, setDependencies } from '../../functions/dependencies';
import { guard } from '../../functions/guard';
import { serveLookup } from '../../functions/lookup';
import { readConfig } from '../../shared/platform/config';
import { createLogger } from '../../shared/platform/logger';
import type { AnswerStore } from '../../shared/store/answer-store';
import { MODEL_FOLDER } from './fixtures';

export interface RunningFunction {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const TARGETS = { lookupIngredient: 'http', classifyIngredient: 'event' } as const;

/** The lookup function with these settings, the shipped model, which is loaded, and a store in the place of Firestore. */
export async function startLookup(
  settings: Readonly<Record<string, string>>,
  store: AnswerStore,
): Promise<RunningFunction> {
  const { classifier } = setDependencies({
    config: readConfig({ MODEL_DIR: MODEL_FOLDER, ...settings }),
    logger: createLogger('ERROR'),
    store: () => Promise.resolve(store),
  });
  const lookup = await startFunction('lookupIngredient');
  await classifier();
  return lookup;
}

/** Starts a registered function; the module of an event function must have been imported, and the dependencies be set. */
export async function startFunction(target: keyof typeof TARGETS): Promise<RunningFunction> {
  const { config, logger } = getDependencies();
  const { corsOrigins } = config;
  const server: http.Server = guard(
    getTestServer(target),
    TARGETS[target],
    target === 'lookupIngredient' ? { corsOrigins, answer: serveLookup } : {},
  );
  if (target === 'classifyIngredient') {
    followDeliveries(server, logger, config.projectId);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
