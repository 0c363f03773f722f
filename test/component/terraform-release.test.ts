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

const LOCATION = 'projects/p/locations/europe-west1';
const LOOKUP = 'ingredient-lookup';
const CLASSIFY = 'ingredient-classify';
const OLD = 'ingredient-lookup-00001-old';
const NEW = 'ingredient-lookup-00002-new';
const READY = [{ type: 'Ready', state: 'CONDITION_SUCCEEDED' }];

interface Traffic {
  readonly type: string;
  readonly revision?: string;
  readonly percent: number;
}

/** What comes to a service's new revision at each step. */
interface Load {
  readonly requests?: number;
  readonly errors?: number;
  /** Of the requests, how many took from 1024 to 2048 ms; the others took from 16 to 32. */
  readonly slow?: number;
}

/** What the new revisions do, and how Google answers. */
interface Scene extends Load {
  /** Where the event function has other traffic than the lookup. */
  readonly classify?: Load;
  readonly newModel?: string;
  readonly monitoringStatus?: number;
  readonly latestCreated?: string;
  readonly slos?: unknown[];
  /** Services whose newest revision has all traffic already. */
  readonly promoted?: readonly string[];
  /** An answer in the place of the usual one. */
  readonly instead?: (call: ApiCall, calls: readonly ApiCall[]) => ApiAnswer | undefined;
}

// An SLO as the REST interface gives it.
const AVAILABILITY = {
  displayName: 'Requests that do not fail',
  goal: 0.995,
  serviceLevelIndicator: { requestBased: { goodTotalRatio: { badServiceFilter: 'b', totalServiceFilter: 't' } } },
};
const LATENCY = {
  displayName: 'Requests answered within 1000 ms',
  goal: 0.95,
  serviceLevelIndicator: { requestBased: { distributionCut: { distributionFilter: 'f', range: { max: 1000 } } } },
};

const point = (value: object): object => ({ points: [{ value }] });
const revision = (name: string, percent: number): Traffic => ({
  type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION',
  revision: name,
  percent,
});
const serviceIn = (text: string): string => (text.includes(CLASSIFY) ? CLASSIFY : LOOKUP);

/** Cloud Run and Cloud Monitoring, as far as a release asks them. */
class FakeGoogle {
  private readonly traffic: Map<string, Traffic[]>;
  /** When a step began for a service: its load comes at once. */
  private readonly steps: { readonly service: string; readonly at: number }[] = [];

  constructor(private readonly scene: Scene) {
    const first = (service: string): Traffic[] => [
      revision(`${service}-${scene.promoted?.includes(service) === true ? '00002-new' : '00001-old'}`, 100),
    ];
    this.traffic = new Map([LOOKUP, CLASSIFY].map((service) => [service, first(service)]));
  }

  answer(call: ApiCall): ApiAnswer {
    const url = new URL(call.path, 'http://google');
    if (url.pathname.startsWith('/v3/')) {
      return this.monitoring(url);
    }
    if (call.method === 'PATCH') {
      return this.move(serviceIn(url.pathname), (call.body as { traffic: Traffic[] }).traffic);
    }
    if (url.pathname.includes('/operations/')) {
      return { body: { name: 'o1', done: true } };
    }
    if (url.pathname.endsWith('/services')) {
      const others = [{ name: `${LOCATION}/services/another`, template: {} }];
      return { body: { services: [...[LOOKUP, CLASSIFY].map((service) => this.service(service).body), ...others] } };
    }
    return url.pathname.includes('/revisions') ? this.revisions(url.pathname) : this.service(serviceIn(url.pathname));
  }

  private monitoring(url: URL): ApiAnswer {
    const { monitoringStatus, slos = [AVAILABILITY, LATENCY] } = this.scene;
    if (url.pathname.endsWith('/serviceLevelObjectives')) {
      return { body: { serviceLevelObjectives: slos } };
    }
    if (monitoringStatus !== undefined) {
      return { status: monitoringStatus, body: { error: { message: 'Monitoring is down.' } } };
    }
    const filter = url.searchParams.get('filter') ?? '';
    const service = serviceIn(filter);
    if (!filter.includes(`revision_name="${service}-00002-new"`)) {
      return { body: {} };
    }
    const since = Date.parse(url.searchParams.get('interval.startTime') ?? '');
    const steps = this.steps.filter((step) => step.service === service && step.at >= since).length;
    return filter.includes('request_latencies') ? this.latencies(service, steps) : this.counts(service, steps);
  }

  private loadOf(service: string): Required<Load> {
    const {
      requests = 0,
      errors = 0,
      slow = 0,
    } = service === CLASSIFY && this.scene.classify !== undefined ? this.scene.classify : this.scene;
    return { requests, errors, slow };
  }

  private counts(service: string, steps: number): ApiAnswer {
    const { requests, errors } = this.loadOf(service);
    const labelled = (response_code_class: string, count: number): object => ({
      metric: { labels: { response_code_class } },
      ...point({ int64Value: String(count * steps) }),
    });
    return { body: { timeSeries: [labelled('2xx', requests - errors), labelled('5xx', errors)] } };
  }

  private latencies(service: string, steps: number): ApiAnswer {
    const { requests, slow } = this.loadOf(service);
    // Bounds 1, 2, 4 …: bucket 5 begins at 16, bucket 11 at 1024.
    const bucketCounts = Array.from({ length: 12 }, (_, index) =>
      String(steps * (index === 5 ? requests - slow : index === 11 ? slow : 0)),
    );
    const bucketOptions = { exponentialBuckets: { scale: 1, growthFactor: 2, numFiniteBuckets: 20 } };
    return { body: { timeSeries: [point({ distributionValue: { bucketCounts, bucketOptions } })] } };
  }

  private move(service: string, traffic: Traffic[]): ApiAnswer {
    this.traffic.set(service, traffic);
    this.steps.push({ service, at: Date.now() });
    return { body: { name: `${LOCATION}/operations/o1`, done: false } };
  }

  private revisions(pathname: string): ApiAnswer {
    const service = serviceIn(pathname);
    if (pathname.endsWith('/revisions')) {
      const one = (name: string, day: string): object => ({
        name: `${LOCATION}/services/${service}/revisions/${service}-${name}`,
        createTime: `2026-12-0${day}T00:00:00Z`,
        conditions: READY,
      });
      return { body: { revisions: [one('00001-old', '1'), one('00002-new', '2')] } };
    }
    const model = pathname.endsWith('-new') ? (this.scene.newModel ?? '2026.12.1') : '2026.12.1';
    const env = [
      { name: 'GOOGLE_CLOUD_PROJECT', value: 'p' },
      { name: 'FIRESTORE_DATABASE', value: 'names' },
    ];
    return { body: { labels: { model: model.replaceAll('.', '-') }, containers: [{ env }] } };
  }

  private service(service: string): ApiAnswer {
    const traffic = this.traffic.get(service) ?? [];
    const newest = `${service}-00002-new`;
    const of = (name: string): string => `${LOCATION}/services/${service}/revisions/${name}`;
    return {
      body: {
        name: `${LOCATION}/services/${service}`,
        template: { labels: { model: '2026-12-2' } },
        latestReadyRevision: of(newest),
        latestCreatedRevision: of(this.scene.latestCreated ?? newest),
        trafficStatuses: traffic.map((target) => ({ revision: newest, ...target })),
      },
    };
  }
}

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
