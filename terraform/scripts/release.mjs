/**
 * Moves a service's traffic to its newest revision step by step, by what its promises (SLOs) say; takes it back where they break.
 *
 *   node terraform/scripts/release.mjs pin      --service S [--project P] [--region R]   before an apply: the new revision gets no traffic
 *   node terraform/scripts/release.mjs canary   --service S …  [--steps 5,25,50] [--watch-s 600]   after it: promotes, or rolls back
 *   node terraform/scripts/release.mjs rollback --service S …  [--to REVISION]   by hand: back to the revision before
 *   node terraform/scripts/release.mjs promote  --service S …   by hand: all traffic to the newest, now and from now on
 *
 * Exit status: 0; 1 where a release was taken back or a call failed; 2 for a wrong option. Where the model changed, a release that is taken
 * back also withdraws what the new model wrote: `npm run reclassify -- --from-model VERSION`.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

import { call, pause } from './google.mjs';
import { judge, readPromises } from './slo.mjs';

const RUN = process.env.RUN_ENDPOINT ?? 'https://run.googleapis.com';
const COMMANDS = ['pin', 'canary', 'rollback', 'promote'];
const LATEST = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';
const REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
const OPERATION_TIMEOUT_MS = 300_000;
const POLL_MS = Number(process.env.POLL_MS ?? 30_000);
const MAX_BLIND_LOOKS = 5;

class UsageError extends Error {}

function readCommand() {
  const options = {
    service: { type: 'string' },
    project: { type: 'string', default: process.env.GOOGLE_CLOUD_PROJECT ?? '' },
    region: { type: 'string', default: process.env.GOOGLE_CLOUD_REGION ?? '' },
    steps: { type: 'string', default: '5,25,50' },
    'watch-s': { type: 'string', default: '600' },
    to: { type: 'string' },
  };
  let parsed;
  try {
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const { values, positionals } = parsed;
  const [command] = positionals;
  if (positionals.length !== 1 || !COMMANDS.includes(command)) {
    throw new UsageError(`Say one of ${COMMANDS.join(', ')}.`);
  }
  for (const name of ['service', 'project', 'region']) {
    if (!values[name]) {
      const variable = name === 'service' ? '' : `, or set GOOGLE_CLOUD_${name.toUpperCase()}`;
      throw new UsageError(`--${name} is missing: give it${variable}.`);
    }
  }
  const steps = values.steps.split(',').map(Number);
  const rises = steps.every((step, index) => step > (steps[index - 1] ?? 0) && step < 100);
  const watchS = Number(values['watch-s']);
  if (!rises || !(watchS >= 0)) {
    throw new UsageError(
      '--steps must be rising percentages below 100, such as 5,25,50, and --watch-s a number of seconds.',
    );
  }
  const name = `projects/${values.project}/locations/${values.region}/services/${values.service}`;
  return { command, name, steps, watchS, project: values.project, service: values.service, to: values.to };
}

const lastPart = (name) => name.split('/').at(-1);
const readService = (name) => call(`${RUN}/v2/${name}`);

/** The revision that has most of the traffic. */
function servingRevision({ trafficStatuses = [], latestReadyRevision }) {
  const [most] = [...trafficStatuses].sort((a, b) => (b.percent ?? 0) - (a.percent ?? 0));
  return lastPart(most?.revision ?? latestReadyRevision);
}

/** Sends traffic where `targets` say, and waits until it goes there. */
async function send(name, targets) {
  const traffic = targets.filter(({ percent }) => percent > 0);
  const operation = await call(`${RUN}/v2/${name}?updateMask=traffic`, {
    method: 'PATCH',
    body: JSON.stringify({ traffic }),
  });
  const deadline = performance.now() + OPERATION_TIMEOUT_MS;
  let state = operation;
  while (!state.done) {
    if (performance.now() > deadline) {
      throw new Error(`Cloud Run has not moved the traffic in ${OPERATION_TIMEOUT_MS / 1000} s.`);
    }
    await pause(Math.min(POLL_MS, 2_000));
    state = await call(`${RUN}/v2/${state.name}`);
  }
  if (state.error) {
    throw new Error(`Cloud Run did not move the traffic: ${state.error.message}`);
  }
}

const all = (revision) => [{ type: REVISION, revision, percent: 100 }];
const share = (before, after, percent) => [
  { type: REVISION, revision: before, percent: 100 - percent },
  { type: REVISION, revision: after, percent },
];

async function pin({ name, service }) {
  const current = await readService(name).catch((error) => {
    if (error.status === 404) {
      return undefined; // the first apply makes it
    }
    throw error;
  });
  if (current === undefined) {
    console.log(`${service} is not there yet: its first revision gets all traffic.`);
    return;
  }
  const revision = servingRevision(current);
  await send(name, all(revision));
  console.log(`${service}: all traffic stays on ${revision}.`);
}

async function promote({ name, service }) {
  await send(name, [{ type: LATEST, percent: 100 }]);
  console.log(`${service}: all traffic goes to the newest revision.`);
}

async function rollback({ name, service, to }) {
  const current = await readService(name);
  const before = to ?? (await revisionBefore(name, servingRevision(current)));
  await send(name, all(before));
  console.log(`${service}: all traffic is back on ${before}. \`promote\` ends that.`);
}

/** The newest revision that is older than this one, and ready. */
async function revisionBefore(name, revision) {
  const { revisions = [] } = await call(`${RUN}/v2/${name}/revisions?pageSize=100`);
  const newestFirst = revisions.sort((a, b) => b.createTime.localeCompare(a.createTime));
  const index = newestFirst.findIndex((one) => lastPart(one.name) === revision);
  const isReady = ({ conditions = [] }) =>
    conditions.some(({ type, state }) => type === 'Ready' && state === 'CONDITION_SUCCEEDED');
  const before = newestFirst.slice(index + 1).find(isReady);
  if (before === undefined) {
    throw new Error(`There is no ready revision before ${revision}: name one with --to.`);
  }
  return lastPart(before.name);
}

async function canary(asked) {
  const { name, service, steps } = asked;
  const current = await readService(name);
  const before = servingRevision(current);
  const after = lastPart(current.latestReadyRevision);
  if (lastPart(current.latestCreatedRevision) !== after) {
    throw new Error(
      `${lastPart(current.latestCreatedRevision)} is not ready: it never took traffic. Its log says why.`,
    );
  }
  if (before === after) {
    console.log(`${service}: ${after} has all traffic already.`);
    await promote(asked);
    return;
  }
  const promises = await readPromises(asked.project, service);
  for (const percent of steps) {
    await send(name, share(before, after, percent));
    console.log(`${service}: ${after} has ${percent} % of the traffic.`);
    const breach = await watch(asked, after, promises);
    if (breach !== undefined) {
      await send(name, all(before));
      console.error(`${service}: ${breach} All traffic is back on ${before}.`);
      await withdraw(asked, before, after);
      process.exitCode = 1;
      return;
    }
  }
  await promote(asked);
}

/** Watches a step to its end; what is broken, or undefined. */
async function watch({ project, service, watchS }, revision, promises) {
  const since = new Date();
  const deadline = performance.now() + watchS * 1000;
  let blindLooks = 0;
  let requests = 0;
  for (;;) {
    try {
      const seen = await judge({ project, service, revision, promises, since });
      if (seen.breach !== undefined) {
        return seen.breach;
      }
      requests = seen.requests;
      blindLooks = 0;
    } catch (error) {
      blindLooks += 1;
      if (blindLooks === MAX_BLIND_LOOKS) {
        return `Cloud Monitoring did not answer ${MAX_BLIND_LOOKS} times (${error.message}): nobody would see an error.`;
      }
    }
    if (performance.now() >= deadline && blindLooks === 0) {
      console.log(
        requests === 0
          ? 'No request came: nothing speaks against it.'
          : `${requests} requests came, and no promise was broken.`,
      );
      return undefined;
    }
    await pause(POLL_MS);
  }
}

/** Has the labels of a model that is taken back made anew by the one that stands. */
async function withdraw({ name, project }, before, after) {
  const modelOf = async (revision) =>
    (await call(`${RUN}/v2/${name}/revisions/${revision}`)).labels?.model?.replaceAll('-', '.');
  const [kept, withdrawn] = [await modelOf(before), await modelOf(after)];
  if (withdrawn === undefined || withdrawn === kept) {
    return;
  }
  console.log(`Model ${withdrawn} is withdrawn: what it labelled is labelled by ${kept ?? 'the one before'} again.`);
  const env = { ...process.env, GOOGLE_CLOUD_PROJECT: project };
  const { status } = spawnSync('npm', ['run', 'reclassify', '--', '--from-model', withdrawn], {
    stdio: 'inherit',
    env,
  });
  if (status !== 0) {
    console.error(`It did not end well. Run it again: npm run reclassify -- --from-model ${withdrawn}`);
  }
}

const ACTIONS = { pin, canary, rollback, promote };

try {
  const asked = readCommand();
  await ACTIONS[asked.command](asked);
} catch (error) {
  console.error(`Error: ${error.message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
