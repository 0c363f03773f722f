/**
 * The door to process.env: typed, frozen settings. docs/settings.md lists them, kept true by a test.
 */
import path from 'node:path';

import { ConfigError } from './errors';

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const FUNCTION_TARGETS = ['lookupIngredient', 'classifyIngredient'] as const;
export type FunctionTarget = (typeof FUNCTION_TARGETS)[number];

export interface Config {
  readonly port: number;
  readonly functionTarget: FunctionTarget | undefined;
  readonly projectId: string | undefined;
  readonly firestoreDatabase: string;
  readonly firestoreEmulatorHost: string | undefined;
  readonly pubsubEmulatorHost: string | undefined;
  readonly modelDir: string;
  readonly lookupCacheDeadlineMs: number;
  readonly memoryCacheEntries: number;
  readonly memoryCacheTtlMs: number;
  readonly cacheMaxAgeS: number;
  readonly logLevel: LogLevel;
  readonly playground: boolean;
  readonly requireIdToken: boolean;
  readonly reviewers: readonly string[];
  readonly authAudience: readonly string[];
  readonly authIssuers: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly rateLimitPerMinute: number;
  readonly service: string | undefined;
  readonly topic: string;
}

/** One setting: how its text becomes a value, and what docs/settings.md says of it. */
interface Setting<T> {
  readonly variable: string;
  readonly fallback: string | undefined;
  readonly meaning: string;
  /** Throws a RangeError with the reason, which follows the variable's name in the message. */
  readonly parse: (text: string) => T;
}

const integer =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new RangeError(`must be a whole number from ${least} to ${most}`);
    }
    return value;
  };

const text =
  (pattern: RegExp, rule: string) =>
  (value: string): string => {
    if (!pattern.test(value)) {
      throw new RangeError(`must be ${rule}`);
    }
    return value;
  };

const hostAndPort = text(
  /^[^\s/:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/,
  'a host and a port, such as "127.0.0.1:8085"',
);

/** Without encryption on this machine alone, where tests and emulators have their issuers. */
function httpsUrl(value: string): string {
  if (!/^https:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$|^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/.test(value)) {
    throw new RangeError('must be URLs that start with https://');
  }
  return value;
}

function oneOf<T extends string>(values: readonly T[], spell = (value: string): string => value): (value: string) => T {
  return (value) => {
    const found = values.find((candidate) => candidate === spell(value));
    if (found === undefined) {
      throw new RangeError(`must be one of ${values.join(', ')}`);
    }
    return found;
  };
}

function trueOrFalse(value: string): boolean {
  return oneOf(['true', 'false'], (given) => given.toLowerCase())(value) === 'true';
}

/** Values with commas between them; an empty one between two commas is none. */
const listOf =
  <T>(parse: (text: string) => T) =>
  (value: string): readonly T[] =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(parse);

const setting = <T>(
  variable: string,
  fallback: string | undefined,
  meaning: string,
  parse: (text: string) => T,
): Setting<T> => ({
  variable,
  fallback,
  meaning,
  parse,
});

/** Every setting, by the name it has in Config. */
export const SETTINGS = {
  port: setting('PORT', '8080', 'Port that the server listens on.', integer(0, 65535)),
  functionTarget: setting(
    'FUNCTION_TARGET',
    undefined,
    'Which function this instance is: `lookupIngredient` or `classifyIngredient`. Set by the platform.',
    oneOf(FUNCTION_TARGETS),
  ),
  projectId: setting(
    'GOOGLE_CLOUD_PROJECT',
    undefined,
    'Google Cloud project. Where it is not set, the client libraries find it out; with an emulator it is `local`.',
    // A project of a Google Workspace domain carries it in front: example.com:my-project.
    text(/^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+:)?[a-z][a-z0-9-]{2,28}[a-z0-9]$/, 'a project id, such as "my-project"'),
  ),
  firestoreDatabase: setting(
    'FIRESTORE_DATABASE',
    '(default)',
    'Firestore database.',
    text(/^\(default\)$|^[a-z][a-z0-9-]{2,61}[a-z0-9]$/, '"(default)" or the id of a database'),
  ),
  firestoreEmulatorHost: setting(
    'FIRESTORE_EMULATOR_HOST',
    undefined,
    'Address of a Firestore emulator to use instead of the service.',
    hostAndPort,
  ),
  pubsubEmulatorHost: setting(
    'PUBSUB_EMULATOR_HOST',
    undefined,
    'Address of a Pub/Sub emulator to use instead of the service.',
    hostAndPort,
  ),
  modelDir: setting(
    'MODEL_DIR',
    'model-artifacts',
    'Folder of `model.onnx`, `vocab.txt` and `manifest.json`; a relative one starts at the working directory.',
    (value) => path.resolve(value),
  ),
  lookupCacheDeadlineMs: setting(
    'LOOKUP_CACHE_DEADLINE_MS',
    '150',
    'How long a lookup waits for Firestore, in milliseconds, reading and writing together; then it answers without.',
    integer(0, 60_000),
  ),
  memoryCacheEntries: setting(
    'MEMORY_CACHE_ENTRIES',
    '10000',
    'Answers that an instance keeps in memory; the least recently used go first.',
    integer(0, 10_000_000),
  ),
  memoryCacheTtlMs: setting(
    'MEMORY_CACHE_TTL_MS',
    '30000',
    'How long an answer stays in memory, in milliseconds: a review made elsewhere is seen after that.',
    integer(0, 86_400_000),
  ),
  cacheMaxAgeS: setting(
    'CACHE_MAX_AGE_S',
    '60',
    'How long clients and CDNs may keep an answer, in seconds; 0 makes them ask each time.',
    integer(0, 31_536_000),
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'INFO',
    `Least severity that is logged: ${LOG_LEVELS.join(', ')}.`,
    oneOf(LOG_LEVELS, (value) => value.toUpperCase()),
  ),
  playground: setting('PLAYGROUND', 'false', 'Whether `GET /` is the playground page.', trueOrFalse),
  requireIdToken: setting(
    'REQUIRE_ID_TOKEN',
    'false',
    'Whether every request but `GET /health` needs a verified ID token: for where the platform asks for none.',
    trueOrFalse,
  ),
  reviewers: setting(
    'REVIEWERS',
    '',
    'Who may review: verified emails, subjects of ID tokens, or `ISSUER#SUBJECT`. None: nobody.',
    listOf((value) => value),
  ),
  authAudience: setting(
    'AUTH_AUDIENCE',
    '',
    'Audiences that an ID token must name one of. Needed where `REVIEWERS` is set, or `REQUIRE_ID_TOKEN`.',
    listOf((value) => value),
  ),
  authIssuers: setting(
    'AUTH_ISSUERS',
    'https://accounts.google.com',
    'Issuers whose ID tokens are taken, as their tokens name them.',
    listOf(httpsUrl),
  ),
  corsOrigins: setting(
    'CORS_ORIGINS',
    '',
    'Origins whose pages may read answers in a browser, or `*` for all. None: no page of another origin.',
    listOf(text(/^\*$|^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$/, 'origins such as "https://app.example.com", or "*"')),
  ),
  rateLimitPerMinute: setting(
    'RATE_LIMIT_PER_MINUTE',
    '60000',
    'Names that one caller may ask an instance for in a minute; 0 sets no limit.',
    integer(0, 10_000_000),
  ),
  service: setting(
    'K_SERVICE',
    undefined,
    'Name of the Cloud Run service. Set by the platform: whoever sets it says that X-Forwarded-For ends with the address of the caller.',
    (value) => value,
  ),
  topic: setting(
    'TOPIC',
    'ingredients',
    'Pub/Sub topic of new ingredients.',
    text(/^[A-Za-z][\w.~+%-]{2,254}$/, 'the id of a topic, without its path'),
  ),
} satisfies { [K in keyof Config]: Setting<Exclude<Config[K], undefined>> };

/**
 * Reads the settings; an empty variable counts as not set.
 *
 * @param defaults values of variables in the place of their own defaults.
 * @throws {ConfigError} that lists all that is wrong.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  defaults: Readonly<Record<string, string>> = {},
): Config {
  const problems: string[] = [];
  const values = Object.entries<Setting<unknown>>(SETTINGS).map(([name, { variable, fallback, parse }]) => {
    const given = environment[variable];
    const value = given === undefined || given === '' ? (defaults[variable] ?? fallback) : given;
    try {
      return [name, value === undefined ? undefined : parse(value)];
    } catch (error) {
      problems.push(`${variable} ${(error as RangeError).message}, not ${JSON.stringify(value)}.`);
      return [name, undefined];
    }
  });
  const config = Object.fromEntries(values) as unknown as Config;
  problems.push(...conflictsOf(config));
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
  return Object.freeze(config);
}

/** What does not go together; a value that its own parser refused is undefined. */
function conflictsOf({ reviewers, requireIdToken, authAudience, playground }: Config): string[] {
  const problems: string[] = [];
  if ((reviewers.length > 0 || requireIdToken) && authAudience.length === 0) {
    const which = reviewers.length > 0 ? 'REVIEWERS' : 'REQUIRE_ID_TOKEN';
    problems.push(`AUTH_AUDIENCE must be set where ${which} is: a token for any other service would do.`);
  }
  if (requireIdToken && playground) {
    problems.push('PLAYGROUND must be false where REQUIRE_ID_TOKEN is true: a browser opens a page without a token.');
  }
  return problems;
}
