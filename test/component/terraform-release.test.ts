/**
 * terraform/scripts/release.mjs against a server in the place of Cloud Run and Cloud Monitoring, and an npm that notes what it is told.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { inTempFolder } from '../support/builders';
import { type ApiAnswer, type ApiCall, type Ended, runScript, withGoogleApi } from '../support/google-api';

const SERVICE = 'projects/p/locations/europe-west1/services/ingredient-lookup';
const OLD = 'ingredient-lookup-00001-old';
const NEW = 'ingredient-lookup-00002-new';
const READY = [{ type: 'Ready', state: 'CONDITION_SUCCEEDED' }];

interface Traffic {
  readonly type: string;
  readonly revision?: string;
  readonly percent: number;
}

/** What the new revision does, and how Google answers. */
interface Scene {
  readonly requests?: number;
  readonly errors?: number;
  /** Of the requests, how many took from 1024 to 2048 ms; the others took from 16 to 32. */
  readonly slow?: number;
  readonly newModel?: string;
  readonly monitoringStatus?: number;
  readonly latestCreated?: string;
  readonly slos?: unknown[];
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

function answerOf(scene: Scene, traffic: { current: Traffic[] }): (call: ApiCall) => ApiAnswer {
  const { requests = 0, errors = 0, slow = 0, newModel = '2026.12.1', slos = [AVAILABILITY, LATENCY] } = scene;
  return ({ method, path: asked, body }) => {
    const url = new URL(asked, 'http://google');
    if (url.pathname.startsWith('/v3/') && scene.monitoringStatus !== undefined && !asked.includes('Objectives')) {
      return { status: scene.monitoringStatus, body: { error: { message: 'Monitoring is down.' } } };
    }
    if (url.pathname.endsWith('/serviceLevelObjectives')) {
      return { body: { serviceLevelObjectives: slos } };
    }
    if (url.pathname.endsWith('/timeSeries')) {
      const filter = url.searchParams.get('filter') ?? '';
      if (!filter.includes(`revision_name="${NEW}"`)) {
        return { body: {} };
      }
      if (filter.includes('request_latencies')) {
        // Bounds 1, 2, 4 …: bucket 5 begins at 16, bucket 11 at 1024.
        const bucketCounts = Array.from({ length: 12 }, (_, index) =>
          String(index === 5 ? requests - slow : index === 11 ? slow : 0),
        );
        const bucketOptions = { exponentialBuckets: { scale: 1, growthFactor: 2, numFiniteBuckets: 20 } };
        return { body: { timeSeries: [point({ distributionValue: { bucketCounts, bucketOptions } })] } };
      }
      const labelled = (response_code_class: string, count: number): object => ({
        metric: { labels: { response_code_class } },
        ...point({ int64Value: String(count) }),
      });
      return { body: { timeSeries: [labelled('2xx', requests - errors), labelled('5xx', errors)] } };
    }
    if (method === 'PATCH') {
      traffic.current = (body as { traffic: Traffic[] }).traffic;
      return { body: { name: 'projects/p/locations/europe-west1/operations/o1', done: false } };
    }
    if (url.pathname.includes('/operations/')) {
      return { body: { name: 'o1', done: true } };
    }
    if (url.pathname.endsWith(`/revisions/${OLD}`) || url.pathname.endsWith(`/revisions/${NEW}`)) {
      const model = url.pathname.endsWith(NEW) ? newModel : '2026.12.1';
      return { body: { labels: { model: model.replaceAll('.', '-') } } };
    }
    if (url.pathname.endsWith('/revisions')) {
      const revision = (name: string, day: string): object => ({
        name: `${SERVICE}/revisions/${name}`,
        createTime: `2026-12-0${day}T00:00:00Z`,
        conditions: READY,
      });
      return { body: { revisions: [revision(OLD, '1'), revision(NEW, '2')] } };
    }
    return {
      body: {
        latestReadyRevision: `${SERVICE}/revisions/${NEW}`,
        latestCreatedRevision: `${SERVICE}/revisions/${scene.latestCreated ?? NEW}`,
        trafficStatuses: traffic.current,
      },
    };
  };
}

interface Released extends Ended {
  /** The traffic after each change. */
  readonly changes: readonly unknown[];
  readonly npm: string;
}

async function release(command: string, scene: Scene = {}, options: readonly string[] = []): Promise<Released> {
  const traffic = { current: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: OLD, percent: 100 }] };
  return inTempFolder(async (folder) => {
    const noted = path.join(folder, 'noted');
    await writeFile(path.join(folder, 'npm'), `#!/bin/sh\necho "$GOOGLE_CLOUD_PROJECT: $@" >> '${noted}'\n`, {
      mode: 0o755,
    });
    return withGoogleApi(answerOf(scene, traffic), async (url, calls) => {
      const environment = {
        ...{ RUN_ENDPOINT: url, MONITORING_ENDPOINT: url, POLL_MS: '1', ACCESS_TOKEN: 'secret-token' },
        PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      };
      const parameters = [
        command,
        '--service=ingredient-lookup',
        '--project=p',
        '--region=europe-west1',
        '--watch-s=0',
      ];
      const ended = await runScript('release.mjs', environment, [...parameters, ...options]);
      const changes = calls
        .filter(({ method }) => method === 'PATCH')
        .map(({ body }) => (body as { traffic: unknown }).traffic);
      return { ...ended, changes, npm: await readFile(noted, 'utf8').catch(() => '') };
    });
  });
}

const revision = (name: string, percent: number): object => ({
  type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION',
  revision: name,
  percent,
});
const PROMOTED = [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 }];
const BACK = [revision(OLD, 100)];
const FIRST_STEP = [revision(OLD, 95), revision(NEW, 5)];

describe('release.mjs canary', () => {
  it('promotes a healthy revision in steps', async () => {
    const ended = await release('canary', { requests: 1000, errors: 5, slow: 50 });

    expect(ended).toMatchObject({ code: 0, stderr: '', npm: '' });
    expect(ended.changes).toEqual([
      FIRST_STEP,
      [revision(OLD, 75), revision(NEW, 25)],
      [revision(OLD, 50), revision(NEW, 50)],
      PROMOTED,
    ]);
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

  it('has what a withdrawn model labelled labelled again', async () => {
    const ended = await release('canary', { requests: 100, errors: 50, newModel: '2026.12.2' });

    expect(ended.changes.at(-1)).toEqual(BACK);
    expect(ended.npm).toBe('p: run reclassify -- --from-model 2026.12.2\n');
  });

  it('leaves labels alone where the model is the same', async () => {
    const ended = await release('canary', { requests: 100, errors: 50 });

    expect(ended.npm).toBe('');
  });

  it('does not judge by a handful of requests', async () => {
    const ended = await release('canary', { requests: 19, errors: 19 });

    expect(ended.code).toBe(0);
    expect(ended.changes.at(-1)).toEqual(PROMOTED);
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

describe('release.mjs by hand', () => {
  it('pins traffic to the revision that has it', async () => {
    expect((await release('pin')).changes).toEqual([BACK]);
  });

  it('rolls back to a named revision, or to the one before', async () => {
    expect((await release('rollback', {}, [`--to=${NEW}`])).changes).toEqual([[revision(NEW, 100)]]);
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
    [['canary', '--fast'], "Unknown option '--fast'"],
  ])('refuses %j', async (parameters, sentence) => {
    const ended = await runScript('release.mjs', {}, parameters);

    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(sentence);
  });
});
