/**
 * `npm start`: both functions on one machine, on 127.0.0.1, each behind the Functions Framework as in the cloud.
 *
 * The HTTP function is at `/`, the event function at `POST /events`. Answers are kept in `.data/`, or in the Firestore emulator
 * where FIRESTORE_EMULATOR_HOST names one; with PUBSUB_EMULATOR_HOST a push subscription of the emulator calls `/events`.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { getTestServer } from '@google-cloud/functions-framework/testing';

import { followDeliveries } from '../functions/classify/delivery';
import { setDependencies } from '../functions/dependencies';
import { guard } from '../functions/guard';
import { problemOf, writeProblem } from '../functions/lookup/problem';
import { drainOnSignals } from '../functions/shutdown';
import { mendWire, WIRE_LIMITS } from '../functions/wire';
import { type Config, readConfig } from '../shared/platform/config';
import { ForbiddenError } from '../shared/platform/errors';
import type { Logger } from '../shared/platform/logger';
import type { AnswerStore } from '../shared/store/answer-store';
import { CommandError } from './errors';
import { DATA_FOLDER, FileStore } from './file-store';
import { isThisMachine, localReviewer } from './local-reviewer';
import { lookForNoMetadataServer } from './metadata-server';
import { preparePush } from './pubsub';

import '../functions/classify';
import { serveLookup } from '../functions/lookup';

const DEFAULT_PORT = 8080;
const EVENTS_PATH = '/events';

export async function main(): Promise<number> {
  const config = readConfig(undefined, { PLAYGROUND: 'true', RATE_LIMIT_PER_MINUTE: '0' });
  const embedded = config.firestoreEmulatorHost === undefined;
  let keepIn!: (store: AnswerStore) => void;
  const files = new Promise<AnswerStore>((resolve) => {
    keepIn = resolve;
  });
  // Nothing here asks a service of the cloud.
  lookForNoMetadataServer();
  const { classifier, connect, logger, store } = setDependencies({
    config,
    authorize: localReviewer,
    ...(embedded ? { store: () => files } : {}),
  });
  const server = frontServer(config, logger);
  drainOnSignals(server, { logger, close: async () => (await store()).close() });
  const port = await listen(server, config.port);
  try {
    if (embedded) {
      // Now that the port is ours: a second `npm start` ends before it touches the files of the first.
      keepIn(await FileStore.open(DATA_FOLDER));
    }
    // An emulator that does not answer is tried again: lookups do without it until then.
    await Promise.all([classifier(), embedded ? connect() : connect().catch(() => undefined)]);
    if (config.pubsubEmulatorHost !== undefined) {
      await preparePush(config, `http://127.0.0.1:${port}${EVENTS_PATH}`);
    }
  } catch (error) {
    server.close();
    server.closeAllConnections();
    throw error;
  }
  process.stdout.write(banner(config, port));
  return 0;
}

/** One server for both functions: each request goes to the server that the framework makes for its function. */
function frontServer({ projectId, topic, corsOrigins }: Config, logger: Logger): http.Server {
  const lookup = guard(getTestServer('lookupIngredient'), 'http', { corsOrigins, answer: serveLookup });
  const classify = followDeliveries(guard(getTestServer('classifyIngredient'), 'event'), logger, projectId);
  // An event is kept for good, and the body of a page whose host name was made to point here looks like any other.
  const forbid = followDeliveries(http.createServer(refuseEvent), logger, projectId);
  const front = http.createServer(WIRE_LIMITS, (request, response) => {
    if ((request.url ?? '/').split('?', 1)[0] !== EVENTS_PATH) {
      lookup.emit('request', request, response);
      return;
    }
    if (!isThisMachine(request.headers.host)) {
      forbid.emit('request', request, response);
      return;
    }
    // The framework reads the topic of a raw push from the path that it came to, and complains where there is none.
    request.url = `/projects/${projectId ?? 'local'}/topics/${topic}`;
    classify.emit('request', request, response);
  });
  return mendWire(front);
}

function refuseEvent(_request: http.IncomingMessage, response: http.ServerResponse): void {
  writeProblem(response, problemOf(new ForbiddenError('Events are for this machine alone: send them to localhost.')));
}

async function listen(server: http.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${error.message})`;
      reject(new CommandError(`port ${port} ${reason}: set PORT to another one`));
    });
    server.listen(port, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function banner({ firestoreEmulatorHost, pubsubEmulatorHost, topic }: Config, port: number): string {
  const address = `http://127.0.0.1:${port}`;
  const kept =
    firestoreEmulatorHost === undefined ? `${DATA_FOLDER}/` : `the Firestore emulator at ${firestoreEmulatorHost}`;
  const events =
    pubsubEmulatorHost === undefined ? '' : `\nTopic:   ${topic} of the Pub/Sub emulator at ${pubsubEmulatorHost}`;
  return `Ingredient classifier at ${address}, answers kept in ${kept}
Page:    ${address}/
Lookup:  curl ${address}/v1/ingredients/smoked%20paprika
Submit:  ${port === DEFAULT_PORT ? '' : `PORT=${port} `}npm run submit -- "smoked paprika"${events}
`;
}
