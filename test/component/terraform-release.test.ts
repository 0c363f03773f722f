/**
 * terraform/scripts/release.mjs against a server in the place of Cloud Run and Cloud Monitoring, and an npm that notes what it is told.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { inTempFolder } from '../support/builders';
import {
  type ApiAnswer,
  type ApiCall,
  type Ended,
  type Interruption,
  runScript,
  withGoogleApi,
} from '../support/google-api';
import { CLASSIFY, FakeGoogle, LOOKUP, revision, type Scene } from '../support/google-releases';

const OLD = 'ingredient-lookup-00001-old';
const NEW = 'ingredient-lookup-00002-new';

interface Released extends Ended {
  /** The traffic after each change that was asked for. */
  readonly changes: readonly unknown[];
  readonly npm: string;
  readonly calls: readonly ApiCall[];
}

interface Run {
  readonly options?: readonly string[];
  readonly services?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly interruption?: Interruption;
  /** What `gcloud auth print-access-token` prints, one after the other. */
  readonly tokens?: readonly string[];
}

const NPM = (noted: string): string =>
  `#!/bin/sh\necho "$GOOGLE_CLOUD_PROJECT $FIRESTORE_DATABASE: $@" >> '${noted}'\n`;
const GCLOUD = (folder: string, tokens: readonly string[]): string =>
  `#!/bin/bash\ntokens=(${tokens.join(' ')})\necho x >> '${folder}/asked'\necho "\${tokens[$(wc -l < '${folder}/asked') - 1]}"\n`;

async function release(command: string, scene: Scene = {}, run: Run = {}): Promise<Released> {
  const { options = [], services = [LOOKUP], environment = {}, interruption, tokens } = run;
  return inTempFolder(async (folder) => {
    const noted = path.join(folder, 'noted');
    await writeFile(path.join(folder, 'npm'), NPM(noted), { mode: 0o755 });
    await writeFile(path.join(folder, 'gcloud'), GCLOUD(folder, tokens ?? []), { mode: 0o755 });
    const google = new FakeGoogle(scene);
    const answer = (call: ApiCall, calls: readonly ApiCall[]): ApiAnswer =>
      scene.instead?.(call, calls) ?? google.answer(call);
    return withGoogleApi(answer, async (url, calls) => {
      const variables = {
        ...{ RUN_ENDPOINT: url, MONITORING_ENDPOINT: url, POLL_MS: '1', BACKOFF_MS: '1' },
        ...(tokens === undefined ? { ACCESS_TOKEN: 'secret-token' } : {}),
        PATH: `${folder}:${process.env['PATH'] ?? ''}`,
        ...environment,
      };
      const named = services.map((service) => `--service=${service}`);
      const parameters = [command, ...named, '--project=p', '--region=europe-west1', '--watch-s=0', ...options];
      const ended = await runScript('release.mjs', variables, parameters, interruption);
      const changes = calls
        .filter(({ method }) => method === 'PATCH')
        .map(({ body }) => (body as { traffic: unknown }).traffic);
      return { ...ended, calls, changes, npm: await readFile(noted, 'utf8').catch(() => '') };
    });
  });
}

const PROMOTED = [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 }];
const BACK = [revision(OLD, 100)];
const FIRST_STEP = [revision(OLD, 95), revision(NEW, 5)];
const SECOND_STEP = [revision(OLD, 75), revision(NEW, 25)];
const THIRD_STEP = [revision(OLD, 50), revision(NEW, 50)];

/** Refuses each change that gives the new revision this share. */
const refusing =
  (percent: number, status: number, times = Infinity) =>
  ({ method, body }: ApiCall, calls: readonly ApiCall[]): ApiAnswer | undefined => {
    const isStep = (one: ApiCall): boolean => JSON.stringify(one.body).includes(`"percent":${percent}}`);
    const asked = calls.filter((one) => one.method === 'PATCH' && isStep(one)).length;
    const isRefused = method === 'PATCH' && isStep({ body } as ApiCall) && asked <= times;
    return isRefused ? { status, body: { error: { message: 'Cloud Run is unavailable.' } } } : undefined;
  };

describe('release.mjs canary', () => {
  it('promotes a healthy revision in steps', async () => {
    const ended = await release('canary', { requests: 1000, errors: 5, slow: 50 });

    expect(ended).toMatchObject({ code: 0, stderr: '', npm: '' });
    expect(ended.changes).toEqual([FIRST_STEP, SECOND_STEP, THIRD_STEP, PROMOTED]);
    expect(ended.stdout).toContain('3000 requests came, and no promise was broken.');
  });

  // 0.5 % of errors are allowed: 8 % burn them 16 times too fast, 7 % 14 times.
  it('takes traffic back where too many requests fail', async () => {
    const ended = await release('canary', { requests: 100, errors: 8 });

    expect(ended.code).toBe(1);
    expect(ended.changes).toEqual([FIRST_STEP, BACK]);
    expect(ended.stderr).toContain('"Requests that do not fail" is broken: 8.0 % of 100 requests');
  });

  it('leaves it where fewer do', async () => {
    const ended = await release('canary', { requests: 100, errors: 7 });

    expect(ended.code).toBe(0);
    expect(ended.changes.at(-1)).toEqual(PROMOTED);
  });

  // 5 % may be late: 73 % burn that 14.6 times too fast.
  it('takes traffic back where too many answers are late', async () => {
    const ended = await release('canary', { requests: 100, slow: 73 });

    expect(ended.code).toBe(1);
    expect(ended.changes).toEqual([FIRST_STEP, BACK]);
    expect(ended.stderr).toContain('"Requests answered within 1000 ms" is broken');
  });

  it.each([
    ['all of 19', 19, 19],
    ['three of five', 5, 3],
  ])('takes traffic back where %s requests fail', async (_what, requests, errors) => {
    const ended = await release('canary', { requests, errors });

    expect(ended.code).toBe(1);
    expect(ended.changes).toEqual([FIRST_STEP, BACK]);
    expect(ended.stderr).toContain(`${errors} of ${requests} requests failed`);
  });

  it('does not judge by one unlucky request, and says so', async () => {
    const ended = await release('canary', { requests: 3, errors: 1 });

    expect(ended.code).toBe(0);
    expect(ended.changes.at(-1)).toEqual(PROMOTED);
    expect(ended.stdout).toContain('9 requests came, too few to judge the promises by');
    expect(ended.stdout).not.toContain('no promise was broken');
  });

  // A step has too few: 1 error in 9. Three steps have 3 in 27, which is 22 times too fast.
  it('judges by the requests of all steps', async () => {
    const ended = await release('canary', { requests: 9, errors: 1 });

    expect(ended.code).toBe(1);
    expect(ended.changes).toEqual([FIRST_STEP, SECOND_STEP, THIRD_STEP, BACK]);
    expect(ended.stderr).toContain('11.1 % of 27 requests');
  });

  it('takes traffic back where nobody could see an error', async () => {
    const ended = await release('canary', { monitoringStatus: 503 });

    expect(ended.code).toBe(1);
    expect(ended.changes).toEqual([FIRST_STEP, BACK]);
    expect(ended.stderr).toContain('Cloud Monitoring did not answer 5 times (Monitoring is down.)');
  });

  it('sends nothing to a revision that is not ready', async () => {
    const ended = await release('canary', { latestCreated: 'ingredient-lookup-00003-bad' });

    expect(ended).toMatchObject({ code: 1, changes: [] });
    expect(ended.stderr).toContain('ingredient-lookup-00003-bad is not ready');
  });

  it('does not begin without a promise to judge by', async () => {
    const ended = await release('canary', { slos: [] });

    expect(ended).toMatchObject({ code: 1, changes: [] });
    expect(ended.stderr).toContain('has no SLO');
  });
});

describe('release.mjs canary, when Google Cloud fails', () => {
  it.each([503, 429, 409])('tries again where a step is refused with %i', async (status) => {
    const ended = await release('canary', { instead: refusing(25, status, 2) });

    expect(ended.code).toBe(0);
    expect(ended.changes).toEqual([FIRST_STEP, SECOND_STEP, SECOND_STEP, SECOND_STEP, THIRD_STEP, PROMOTED]);
  });

  it('sends all traffic back where a step cannot be taken', async () => {
    const ended = await release('canary', { instead: refusing(25, 503) });

    expect(ended.code).toBe(1);
    expect(ended.changes).toEqual([FIRST_STEP, ...Array.from({ length: 5 }, () => SECOND_STEP), BACK]);
    expect(ended.stderr).toContain(`all traffic is back on ${OLD}`);
    expect(ended.stderr).toContain('Error: Cloud Run is unavailable.');
  });

  it('sends all traffic back where nobody says whether a step was taken', async () => {
    let polls = 0;
    const instead = ({ path: asked }: ApiCall): ApiAnswer | undefined => {
      polls += asked.includes('/operations/') ? 1 : 0;
      return asked.includes('/operations/') && polls <= 5 ? { status: 500, body: {} } : undefined;
    };

    const ended = await release('canary', { instead });

    expect(ended).toMatchObject({ code: 1, changes: [FIRST_STEP, BACK] });
  });

  it('says how to send it back where that fails too', async () => {
    const ended = await release('canary', {
      instead: (call, calls) => refusing(25, 503)(call, calls) ?? refusing(100, 503)(call, calls),
    });

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`release.mjs rollback --service ingredient-lookup --to ${OLD}`);
  });

  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('sends all traffic back at %s', async (signal) => {
    const ended = await release(
      'canary',
      { requests: 100 },
      { options: ['--watch-s=600'], interruption: { signal, after: 'has 5 %' } },
    );

    expect(ended).toMatchObject({ code: 1, changes: [FIRST_STEP, BACK], npm: '' });
    expect(ended.stderr).toContain(`The release was ended by ${signal}.`);
  });

  it('takes a fresh token where the old one has expired', async () => {
    const instead = ({ authorization }: ApiCall, calls: readonly ApiCall[]): ApiAnswer | undefined =>
      authorization === 'Bearer first' && calls.length > 4 ? { status: 401, body: {} } : undefined;

    const ended = await release('canary', { instead }, { tokens: ['first', 'second', 'third'] });

    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect([...new Set(ended.calls.map(({ authorization }) => authorization))]).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
    expect(ended.changes.at(-1)).toEqual(PROMOTED);
  });
});

describe('release.mjs canary of a new model', () => {
  const NEW_MODEL = { newModel: '2026.12.2' };
  const BOTH = { services: [LOOKUP, CLASSIFY] };

  it('has what a withdrawn model labelled labelled again, in its database', async () => {
    const ended = await release('canary', { requests: 100, errors: 50, ...NEW_MODEL });

    expect(ended.changes.at(-1)).toEqual(BACK);
    expect(ended.npm).toBe('p names: run reclassify -- --from-model 2026.12.2\n');
  });

  it('leaves labels alone where the model is the same', async () => {
    const ended = await release('canary', { requests: 100, errors: 50 });

    expect(ended.npm).toBe('');
  });

  it('releases the event function after the lookup', async () => {
    const ended = await release('canary', { requests: 100, ...NEW_MODEL }, BOTH);

    expect(ended).toMatchObject({ code: 0, npm: '' });
    expect(ended.changes.slice(0, 5)).toEqual([
      ...[FIRST_STEP, SECOND_STEP, THIRD_STEP, PROMOTED],
      [revision(`${CLASSIFY}-00001-old`, 95), revision(`${CLASSIFY}-00002-new`, 5)],
    ]);
    expect(ended.changes).toHaveLength(8);
  });

  // The lookup would keep the labels of the model that is withdrawn, and write them again.
  it('takes the lookup back with the event function, then withdraws the model', async () => {
    const ended = await release(
      'canary',
      { requests: 100, classify: { requests: 100, errors: 50 }, ...NEW_MODEL },
      BOTH,
    );

    expect(ended.code).toBe(1);
    expect(ended.changes.slice(5)).toHaveLength(2);
    expect(ended.changes.slice(5)).toEqual(expect.arrayContaining([BACK, [revision(`${CLASSIFY}-00001-old`, 100)]]));
    expect(ended.npm).toBe('p names: run reclassify -- --from-model 2026.12.2\n');
  });

  it.each([
    ['of the release', [LOOKUP, CLASSIFY]],
    ['beside it', [CLASSIFY]],
  ])('does not withdraw a model that a service %s still answers by', async (_which, services) => {
    const scene = { promoted: [LOOKUP], requests: 100, errors: 50, ...NEW_MODEL };

    const ended = await release('canary', scene, { services });

    expect(ended).toMatchObject({ code: 1, npm: '' });
    expect(ended.stderr).toContain('ingredient-lookup still answers by model 2026.12.2');
  });
});

describe('release.mjs by hand', () => {
  it('pins traffic to the revision that has it, of each service', async () => {
    expect((await release('pin')).changes).toEqual([BACK]);
    expect((await release('pin', {}, { services: [CLASSIFY, LOOKUP] })).changes).toEqual([
      [revision(`${CLASSIFY}-00001-old`, 100)],
      BACK,
    ]);
  });

  it('rolls back to a named revision, or to the one before', async () => {
    expect((await release('rollback', {}, { options: [`--to=${NEW}`] })).changes).toEqual([[revision(NEW, 100)]]);
    expect((await release('rollback', { promoted: [LOOKUP] })).changes).toEqual([BACK]);
    const ended = await release('rollback');
    // The oldest has the traffic: there is none before it.
    expect(ended).toMatchObject({ code: 1, changes: [] });
    expect(ended.stderr).toContain('--to');
  });

  it('promotes', async () => {
    expect((await release('promote')).changes).toEqual([PROMOTED]);
  });

  it.each([
    [['rollout', '--service=s', '--project=p', '--region=r'], 'Say one of pin, canary, rollback, promote.'],
    [['canary', '--project=p', '--region=r'], '--service is missing'],
    [['canary', '--service=s', '--region=r'], '--project is missing: give it, or set GOOGLE_CLOUD_PROJECT.'],
    [['canary', '--service=s', '--project=p', '--region=r', '--steps=50,25'], '--steps must be rising percentages'],
    [
      ['rollback', '--service=s', '--service=t', '--project=p', '--region=r', '--to=s-1'],
      '--to names a revision of one',
    ],
    [['canary', '--fast'], "Unknown option '--fast'"],
  ])('refuses %j', async (parameters, sentence) => {
    const ended = await runScript('release.mjs', {}, parameters);

    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(sentence);
  });
});
