/**
 * What both functions stand on: config, logger, model, store, labeller, once an instance.
 *
 * Settings are checked at load. Model and store begin to load when this module does, without holding up the server, which listens
 * meanwhile; whoever needs one awaits the same promise. loading.ts has their order.
 */
import { Batcher } from '../shared/model/batcher';
import { Labeller } from '../shared/labeller';
import { type Artifacts, type Manifest, readArtifacts, readManifest } from '../shared/model/artifacts';
import { OnnxClassifier } from '../shared/model/classifier';
import { Explainer } from '../shared/model/explain';
import { TaughtNames } from '../shared/model/taught';
import { readConfig, type Config } from '../shared/platform/config';
import { ConfigError, ModelArtifactError } from '../shared/platform/errors';
import { keepHeapSmall } from '../shared/platform/heap';
import { createLogger, errorFields, type Logger } from '../shared/platform/logger';
import { once } from '../shared/platform/once';
import { Stopwatch } from '../shared/platform/timing';
import type { AnswerStore } from '../shared/store/answer-store';
import { FirestoreStore } from '../shared/store/firestore-store';
import type { HttpRequest } from './lookup/http';
import { RateLimiter } from './lookup/rate-limit';
import { type Authorize, tokenAuthorizer, tokenVerifier, type VerifyToken } from './lookup/token';
import { beginLoading } from './loading';

export interface Dependencies {
  readonly config: Config;
  readonly logger: Logger;
  readonly labeller: Labeller;
  readonly manifest: () => Promise<Manifest>;
  readonly classifier: () => Promise<OnnxClassifier>;
  readonly store: () => Promise<AnswerStore>;
  readonly explainer: Explainer;
  /** What the model was taught, where the release carries it; read when an explanation first asks. */
  readonly taught: () => Promise<TaughtNames | undefined>;
  readonly verifyToken: VerifyToken;
  readonly authorize: Authorize;
  readonly limiter: RateLimiter;
  /** Counts names against the caller's limit. @throws {RateLimitedError} where it is reached. */
  readonly charge: (request: HttpRequest, names: number) => void;
  /** Resolves when the store answers; until then lookups do not ask it. */
  readonly connect: () => Promise<void>;
  /** Closes the store where it was opened. */
  readonly closeStore: () => Promise<void>;
}

/** What `npm start` and tests put in the place of the real thing. */
export interface Overrides {
  readonly config?: Config;
  readonly logger?: Logger;
  readonly store?: () => Promise<AnswerStore>;
  readonly authorize?: Authorize;
}

let dependencies: Dependencies | undefined;

/** The instance's dependencies, made at the first call. */
export function getDependencies(): Dependencies {
  dependencies ??= createDependencies();
  return dependencies;
}

/** Makes the instance's dependencies from other parts, before any function was called. */
export function setDependencies(overrides: Overrides): Dependencies {
  dependencies = createDependencies(overrides);
  return dependencies;
}

function createDependencies(overrides: Overrides = {}): Dependencies {
  const config = overrides.config ?? configOrExit();
  const logger = overrides.logger ?? createLogger(config.logLevel);
  const endOnDamage = <T>(load: () => Promise<T>): Promise<T> =>
    load().catch((error: unknown) => {
      if (error instanceof ModelArtifactError) {
        // Ends at once: a revision with damaged files must never take traffic.
        logger.error(error.message, errorFields(error));
        process.exit(1);
      }
      throw error;
    });
  const manifest = once(() => endOnDamage(() => readManifest(config.modelDir)));
  const loadTime = new Stopwatch();
  // From now on, beside the framework's start; whoever tries again after a failure reads anew.
  let reading: Promise<Artifacts> | undefined = readArtifacts(config.modelDir);
  reading.catch(() => undefined);
  const classifier = once(() => {
    const begun = reading;
    reading = undefined;
    return endOnDamage(() => OnnxClassifier.load(config.modelDir, { stopwatch: loadTime, reading: begun }));
  });
  const { store, connect, isReady, closeStore } = storeOf(config, overrides);
  const batcher = new Batcher(classifier);
  const labeller = new Labeller(
    {
      store,
      isStoreReady: isReady,
      classify: (normalName, stopwatch) => batcher.classify(normalName, stopwatch),
      modelVersion: async () => (await manifest()).version,
      logger,
    },
    config,
  );
  const explainer = new Explainer(classifier);
  const taught = once(async () => TaughtNames.load(config.modelDir, await manifest()));
  const verifyToken = tokenVerifier(config);
  const authorize = overrides.authorize ?? tokenAuthorizer(config, verifyToken);
  const limiter = new RateLimiter(config.rateLimitPerMinute);
  const charge = ({ caller }: HttpRequest, names: number): void => {
    limiter.take(caller, names);
  };
  beginLoading({
    ...{ target: config.functionTarget, loadTime, classifier, connect, logger, keepHeapSmall },
    isBusy: () => labeller.isBusy,
  });
  return {
    ...{ config, logger, labeller, manifest, classifier, explainer, taught },
    ...{ store, connect, closeStore, verifyToken, authorize, limiter, charge },
  };
}

interface StoreParts extends Pick<Dependencies, 'store' | 'connect' | 'closeStore'> {
  /** True once `connect` has resolved. */
  readonly isReady: () => boolean;
}

function storeOf(config: Config, overrides: Overrides): StoreParts {
  const open = overrides.store ?? (() => FirestoreStore.open(firestoreSettings(config)));
  let opened: Promise<AnswerStore> | undefined;
  const store = once(() => (opened = open()));
  // What takes the place of Firestore is on this machine, and asked from the first request on.
  let isReady = overrides.store !== undefined;
  return {
    store,
    connect: async () => {
      const client = await store();
      if (client instanceof FirestoreStore) {
        await client.connect();
      }
      isReady = true;
    },
    isReady: () => isReady,
    closeStore: async () => (await opened)?.close(),
  };
}

function firestoreSettings(config: Config) {
  return {
    projectId: config.projectId,
    database: config.firestoreDatabase,
    emulatorHost: config.firestoreEmulatorHost,
  };
}

function configOrExit(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (error instanceof ConfigError) {
      createLogger('ERROR').error(error.message, { code: error.code });
      process.exit(1);
    }
    throw error;
  }
}
