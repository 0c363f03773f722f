import path from 'node:path';

import { readConfig } from '../../../../shared/platform/config';
import { ConfigError } from '../../../../shared/platform/errors';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
}

describe('readConfig', () => {
  it('has a default for all that the platform does not set', () => {
    const config = readConfig({});

    expect(config).toEqual({
      port: 8080,
      functionTarget: undefined,
      projectId: undefined,
      firestoreDatabase: '(default)',
      firestoreEmulatorHost: undefined,
      pubsubEmulatorHost: undefined,
      modelDir: path.join(process.cwd(), 'model-artifacts'),
      lookupCacheDeadlineMs: 150,
      memoryCacheEntries: 10_000,
      memoryCacheTtlMs: 30_000,
      cacheMaxAgeS: 60,
      logLevel: 'INFO',
      playground: false,
      requireIdToken: false,
      reviewers: [],
      authAudience: [],
      authIssuers: ['https://accounts.google.com'],
      corsOrigins: [],
      rateLimitPerMinute: 60_000,
      service: undefined,
      topic: 'ingredients',
    });
  });

  it('takes what is set', () => {
    const config = readConfig({ PORT: '0', LOG_LEVEL: 'warning', MODEL_DIR: '/models/a', TOPIC: 'names' });

    expect(config.port).toBe(0);
    expect(config.logLevel).toBe('WARNING');
    expect(config.modelDir).toBe('/models/a');
    expect(config.topic).toBe('names');
  });

  it('takes an empty variable as not set', () => {
    const config = readConfig({ PORT: '', FIRESTORE_EMULATOR_HOST: '', LOG_LEVEL: '' });

    expect(config.port).toBe(8080);
    expect(config.firestoreEmulatorHost).toBeUndefined();
    expect(config.logLevel).toBe('INFO');
  });

  it('takes lists with commas between their values', () => {
    const config = readConfig({ REVIEWERS: 'ana@example.com, 1234,', AUTH_AUDIENCE: 'https://a.example.com' });

    expect(config.reviewers).toEqual(['ana@example.com', '1234']);
    expect(config.authAudience).toEqual(['https://a.example.com']);
  });

  it('takes defaults of the caller where nothing is set', () => {
    const config = readConfig({ PORT: '8181', PLAYGROUND: '' }, { PORT: '9000', PLAYGROUND: 'true' });

    expect([config.port, config.playground]).toEqual([8181, true]);
  });

  it('asks for an audience where there are reviewers', () => {
    expect(problemsOf({ REVIEWERS: 'ana@example.com' })).toEqual([
      'AUTH_AUDIENCE must be set where REVIEWERS is: a token for any other service would do.',
    ]);
  });

  it('asks for an audience where every caller needs a token, and for no page', () => {
    expect(problemsOf({ REQUIRE_ID_TOKEN: 'true', PLAYGROUND: 'true' })).toEqual([
      'AUTH_AUDIENCE must be set where REQUIRE_ID_TOKEN is: a token for any other service would do.',
      'PLAYGROUND must be false where REQUIRE_ID_TOKEN is true: a browser opens a page without a token.',
    ]);
    expect(readConfig({ REQUIRE_ID_TOKEN: 'TRUE', AUTH_AUDIENCE: 'a' }).requireIdToken).toBe(true);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });

  it('lists all that is wrong at once, with the variable and the value', () => {
    const problems = problemsOf({ PORT: 'http', CACHE_MAX_AGE_S: '-1', LOG_LEVEL: 'LOUD', TOPIC: 'ingredients' });

    expect(problems).toEqual([
      'PORT must be a whole number from 0 to 65535, not "http".',
      'CACHE_MAX_AGE_S must be a whole number from 0 to 31536000, not "-1".',
      'LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, not "LOUD".',
    ]);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', '1e3'],
    ['PORT', ' 80'],
    ['PORT', '0x50'],
    ['FUNCTION_TARGET', 'lookup-ingredient'],
    ['FUNCTION_TARGET', 'lookup'],
    ['FUNCTION_TARGET', 'LOOKUPINGREDIENT'],
    ['GOOGLE_CLOUD_PROJECT', 'My Project'],
    ['GOOGLE_CLOUD_PROJECT', 'example:my-project'],
    ['GOOGLE_CLOUD_PROJECT', 'example.com:'],
    ['GOOGLE_CLOUD_PROJECT', 'a/b.com:my-project'],
    ['FIRESTORE_DATABASE', 'Default'],
    ['FIRESTORE_EMULATOR_HOST', 'localhost'],
    ['FIRESTORE_EMULATOR_HOST', 'http://localhost:8080'],
    ['PUBSUB_EMULATOR_HOST', 'localhost:port'],
    ['LOOKUP_CACHE_DEADLINE_MS', '60001'],
    ['MEMORY_CACHE_ENTRIES', 'many'],
    ['MEMORY_CACHE_TTL_MS', '86400001'],
    ['TOPIC', 'projects/p/topics/t'],
    ['TOPIC', 'ab'],
    ['PLAYGROUND', 'yes'],
    ['AUTH_ISSUERS', 'http://issuer.example.com'],
    ['AUTH_ISSUERS', 'https://issuer.example.com,accounts.google.com'],
    ['CORS_ORIGINS', 'app.example.com'],
    ['CORS_ORIGINS', 'https://app.example.com/'],
    ['RATE_LIMIT_PER_MINUTE', '-1'],
  ])('refuses %s=%s', (variable, value) => {
    const problems = problemsOf({ [variable]: value });

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${variable} must be`);
  });

  it.each([
    ['PORT', '65535'],
    ['FUNCTION_TARGET', 'lookupIngredient'],
    ['FUNCTION_TARGET', 'classifyIngredient'],
    ['GOOGLE_CLOUD_PROJECT', 'my-project-1'],
    ['GOOGLE_CLOUD_PROJECT', 'example.com:my-project'],
    ['GOOGLE_CLOUD_PROJECT', 'my-shop.co.uk:my-project'],
    ['FIRESTORE_DATABASE', 'ingredients'],
    ['FIRESTORE_EMULATOR_HOST', '127.0.0.1:8085'],
    ['FIRESTORE_EMULATOR_HOST', '[::1]:8085'],
    ['LOOKUP_CACHE_DEADLINE_MS', '0'],
    ['MEMORY_CACHE_ENTRIES', '0'],
    ['PLAYGROUND', 'TRUE'],
    ['AUTH_ISSUERS', 'https://securetoken.google.com/my-project'],
    ['AUTH_ISSUERS', 'http://127.0.0.1:9000'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://app.example.com, http://localhost:3000'],
    ['RATE_LIMIT_PER_MINUTE', '0'],
  ])('takes %s=%s', (variable, value) => {
    expect(problemsOf({ [variable]: value })).toEqual([]);
  });
});
