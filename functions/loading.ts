/**
 * What an instance loads, and in which order: once a start, in turns of the event loop of its own, after the server listens.
 *
 * Loading the model and loading the store's client each hold the loop for 40 ms and more. A lookup can be answered by the model
 * alone, so its instance loads the model first, and the client when no answer is waited for. An event needs both: its instance begins
 * with the client, and what that waits for outside the process goes on while the model loads.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { FunctionTarget } from '../shared/platform/config';
import { errorFields, type Logger } from '../shared/platform/logger';
import type { Stopwatch } from '../shared/platform/timing';
import { ColdStart } from './cold-start';

export interface Loading {
  readonly target: FunctionTarget | undefined;
  readonly classifier: () => Promise<{ readonly version: string }>;
  /** Has the stages of loading the model once that is done. */
  readonly loadTime: Stopwatch;
  /** Loads the store's client and connects it. */
  readonly connect: () => Promise<void>;
  /** True while a lookup waits for its answer. */
  readonly isBusy: () => boolean;
  readonly logger: Logger;
  /** Lets the heap grow no further than it must, from now on. */
  readonly keepHeapSmall: () => void;
}

// After the model is there, what waited for it is answered within some milliseconds.
const IDLE_CHECK_MS = 25;
// An instance that is never idle connects nevertheless: without the store it would not learn of reviews.
const MAX_IDLE_WAIT_MS = 1_000;
const MAX_RETRY_WAIT_MS = 30_000;

/** Begins; failures are logged, and tried again. */
export function beginLoading(loading: Loading): void {
  if (!isForEvents(loading)) {
    loading.keepHeapSmall();
  }
  const coldStart = new ColdStart();
  coldStart.loaded();
  setImmediate(() => {
    coldStart.listening();
    void load(loading, coldStart);
  });
}

/** Loads both, and logs how long that took once both are there, or the store could not be reached. */
async function load(loading: Loading, coldStart: ColdStart): Promise<void> {
  const needsStore = isForEvents(loading);
  const timed: Loading = {
    ...loading,
    classifier: () => coldStart.time('model', true, loading.classifier),
    connect: () => coldStart.time('store', needsStore, loading.connect),
  };
  const version = await (needsStore ? loadForEvents(timed) : loadForLookups(timed));
  if (version !== undefined) {
    coldStart.log(loading.logger, loading.target, version, loading.loadTime);
  }
}

function isForEvents({ target }: Loading): boolean {
  return target === 'classifyIngredient';
}

/** The model's version; undefined where it could not be loaded. */
async function loadForEvents(loading: Loading): Promise<string | undefined> {
  const connecting = connect(loading);
  // In the next turn, when the client's code has run: in a small heap an event waits 15 ms longer. Part of its first call may run after this.
  setImmediate(loading.keepHeapSmall);
  const version = await loadModel(loading);
  await connecting;
  return version;
}

async function loadForLookups(loading: Loading): Promise<string | undefined> {
  const version = await loadModel(loading);
  const deadline = performance.now() + MAX_IDLE_WAIT_MS;
  do {
    await pause(IDLE_CHECK_MS);
  } while (loading.isBusy() && performance.now() < deadline);
  await connect(loading);
  return version;
}

async function loadModel({ classifier, logger }: Loading): Promise<string | undefined> {
  try {
    return (await classifier()).version;
  } catch (error) {
    logger.error('The model could not be loaded: the next request tries again.', errorFields(error));
    return undefined;
  }
}

/** Resolves after the first attempt; others follow until one succeeds, since lookups do not ask a store that is not connected. */
async function connect(loading: Loading): Promise<void> {
  if (!(await isConnected(loading))) {
    void connectLater(loading);
  }
}

async function connectLater(loading: Loading): Promise<void> {
  let waitMs = MAX_RETRY_WAIT_MS / 32;
  do {
    await pause(waitMs);
    waitMs = Math.min(2 * waitMs, MAX_RETRY_WAIT_MS);
  } while (!(await isConnected(loading)));
}

async function isConnected({ connect: attempt, logger }: Loading): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    logger.warning('The store could not be reached: it is tried again.', errorFields(error));
    return false;
  }
}

/** Keeps no process from ending. */
async function pause(ms: number): Promise<void> {
  await delay(ms, undefined, { ref: false });
}
