/**
 * The packaged lookup function against its own description: Schemathesis with all its checks, with authentication on and Firestore's
 * emulator behind it. Nothing is excluded.
 *
 * Schemathesis is a Python program: `python3 -m venv .venv-api && .venv-api/bin/pip install -r test/schemathesis/requirements.txt`.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { inTempFolder } from '../support/builders';
import { aProjectId, describeWith, emulatorEnvironment } from '../support/emulators';
import { ROOT } from '../support/fixtures';
import { AUDIENCE, REVIEWER, TestIssuer } from '../support/issuer';
import { type PackagedFunction, startPackaged } from '../support/packaged';

const TIMEOUT_MS = 8 * 60_000;
const SCHEMATHESIS = path.join(ROOT, '.venv-api/bin/schemathesis');
const CONFIG = path.join(ROOT, 'test/schemathesis/schemathesis.toml');
const MAX_EXAMPLES = process.env['SCHEMATHESIS_EXAMPLES'] ?? '40';
// Long enough for a token to last, in seconds.
const TOKEN_LIFE_S = 3600;

jest.setTimeout(TIMEOUT_MS);

const isInstalled = existsSync(SCHEMATHESIS);
if (!isInstalled && process.env['CI'] !== 'true') {
  process.stderr.write(
    `\nSKIPPED: Schemathesis is not installed in .venv-api: see ${path.relative(ROOT, __filename)}.\n`,
  );
}

(isInstalled || process.env['CI'] === 'true' ? describeWith : describeWithout)(['firestore'], 'openapi.json', () => {
  let issuer: TestIssuer;
  let lookup: PackagedFunction;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    lookup = await startPackaged('lookupIngredient', {
      env: {
        ...emulatorEnvironment(['firestore'], aProjectId('described')),
        ...{ REVIEWERS: REVIEWER, AUTH_AUDIENCE: AUDIENCE, AUTH_ISSUERS: issuer.url },
        ...{ CORS_ORIGINS: 'https://app.example.com', LOG_LEVEL: 'ERROR', RATE_LIMIT_PER_MINUTE: '0' },
        LOOKUP_CACHE_DEADLINE_MS: '2000',
      },
    });
  });

  afterAll(async () => {
    await lookup.process.stop();
    await issuer.stop();
  });

  it('is what the packaged function does, for whatever Schemathesis asks', async () => {
    const token = await issuer.token({ exp: Math.floor(Date.now() / 1000) + TOKEN_LIFE_S });

    const report = await inTempFolder((folder) =>
      promisify(execFile)(
        SCHEMATHESIS,
        [
          ...['--config-file', CONFIG],
          ...['run', `${lookup.url}/openapi.json`, '--checks', 'all', '--max-examples', MAX_EXAMPLES],
          ...['--header', `Authorization: Bearer ${token}`, '--no-color', '--continue-on-failure'],
          ...['--suppress-health-check', 'too_slow'],
        ],
        { cwd: folder, maxBuffer: 1 << 26 },
      ),
    ).catch((error: unknown) => error as { stdout: string; code: number });

    process.stderr.write(report.stdout.slice(-6_000));
    expect('code' in report ? report.stdout : '').toBe('');
  });

  it('leaves no error in the log', () => {
    expect(lookup.process.log.filter(({ severity }) => severity === 'ERROR')).toEqual([]);
  });
});

/** Skipped where Schemathesis is not installed, which a line says: `.ci/run` installs it, and CI=true skips nothing. */
function describeWithout(_emulators: readonly string[], name: string, tests: () => void): void {
  describe.skip(name, tests);
}
