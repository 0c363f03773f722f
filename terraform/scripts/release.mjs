/**
 * Moves services' traffic to their newest revisions step by step, by what their promises (SLOs) say; takes it back where one breaks.
 *
 *   node terraform/scripts/release.mjs pin      --service S [--project P] [--region R]   before an apply: the new revision gets no traffic
 *   node terraform/scripts/release.mjs canary   --service S …  [--steps 5,25,50] [--watch-s 600]   after it: promotes, or takes it back
 *   node terraform/scripts/release.mjs rollback --service S …  [--to REVISION]   by hand: back to the revision before
 *   node terraform/scripts/release.mjs promote  --service S …   by hand: all traffic to the newest, now and from now on
 *
 * `--service` may be given more than once: the services are released one after the other, and go back together, since they run one
 * package. Where a model is taken back, what it wrote is withdrawn: `npm run reclassify -- --from-model VERSION`.
 *
 * Exit status: 0; 1 where a release was taken back, was interrupted, or a call failed; 2 for a wrong option. A canary that cannot go on, or
 * that SIGINT or SIGTERM ends, sends all traffic back first.
 */
import { parseArgs } from 'node:util';

import { pause } from './google.mjs';
import { judge, MIN_REQUESTS, readPromises } from './slo.mjs';
import { lastPart, readService, revisionBefore, sendTo, sendToNewest, servingRevision, split } from './traffic.mjs';
import { withdraw } from './withdraw.mjs';

const COMMANDS = ['pin', 'canary', 'rollback', 'promote'];
const POLL_MS = Number(process.env.POLL_MS ?? 30_000);
const MAX_BLIND_LOOKS = 5;

class UsageError extends Error {}

function readCommand() {
  const options = {
    service: { type: 'string', multiple: true, default: [] },
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
    if (values[name].length === 0) {
      const variable = name === 'service' ? '' : `, or set GOOGLE_CLOUD_${name.toUpperCase()}`;
      throw new UsageError(`--${name} is missing: give it${variable}.`);
    }
  }
  if (values.to !== undefined && values.service.length > 1) {
    throw new UsageError('--to names a revision of one service: give one --service with it.');
  }
  const { steps, watchS } = readSteps(values);
  const { project, region, to } = values;
  const location = `projects/${project}/locations/${region}`;
  const services = values.service.map((service) => ({ service, name: `${location}/services/${service}` }));
  return { command, services, steps, watchS, project, location, to };
}

function readSteps(values) {
  const steps = values.steps.split(',').map(Number);
  const watchS = Number(values['watch-s']);
  const rises = steps.every((step, index) => step > (steps[index - 1] ?? 0) && step < 100);
  if (!rises || !(watchS >= 0)) {
    throw new UsageError(
      '--steps must be rising percentages below 100, such as 5,25,50, and --watch-s a number of seconds.',
    );
  }
  return { steps, watchS };
}

const forEach = (action) => async (asked) => {
  for (const service of asked.services) {
    await action(service, asked);
  }
};

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
  await sendTo(name, revision);
  console.log(`${service}: all traffic stays on ${revision}.`);
}

async function promote({ name, service }, { signal } = {}) {
  await sendToNewest(name, signal);
  console.log(`${service}: all traffic goes to the newest revision.`);
}

async function rollback({ name, service }, { to }) {
  const before = to ?? (await revisionBefore(name, servingRevision(await readService(name))));
  await sendTo(name, before);
  console.log(`${service}: all traffic is back on ${before}. No apply changes that, until \`promote\` ends it.`);
}

async function canary(asked) {
  const stop = new AbortController();
  const onSignal = (signal) => stop.abort(new Error(`The release was ended by ${signal}.`));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const moved = [];
  try {
    const breach = await releaseAll({ ...asked, signal: stop.signal }, moved);
    if (breach === undefined) {
      return;
    }
    console.error(`${moved.at(-1).service}: ${breach}`);
    process.exitCode = 1;
    await takeBack(moved);
  } catch (error) {
    await takeBack(moved);
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
  await withdraw(moved, asked);
}

/** Releases the services one after the other, each noted in `moved` before its traffic moves; what the last of them broke, or undefined. */
async function releaseAll(asked, moved) {
  const releases = [];
  for (const service of asked.services) {
    releases.push(await readRelease(service, asked));
  }
  for (const release of releases) {
    moved.push(release);
    const breach = await advance(release, asked);
    if (breach !== undefined) {
      return breach;
    }
  }
  return undefined;
}

/** From which revision to which a service goes, and what it promises. */
async function readRelease({ name, service }, { project, signal }) {
  const current = await readService(name, signal);
  const before = servingRevision(current);
  const after = lastPart(current.latestReadyRevision);
  if (lastPart(current.latestCreatedRevision) !== after) {
    throw new Error(
      `${lastPart(current.latestCreatedRevision)} is not ready: it never took traffic. Its log says why.`,
    );
  }
  const promises = before === after ? [] : await readPromises(project, service);
  return { name, service, before, after, promises };
}

/** Gives the new revision more and more of the traffic, then all; what it broke, or undefined. */
async function advance(release, asked) {
  const { name, service, before, after } = release;
  if (before === after) {
    console.log(`${service}: ${after} has all traffic already.`);
  } else {
    // From the first step on: a step's last minutes reach Cloud Monitoring in the next, and a few requests a step add up.
    const since = new Date();
    for (const percent of asked.steps) {
      await split(name, before, after, percent, asked.signal);
      console.log(`${service}: ${after} has ${percent} % of the traffic.`);
      const breach = await watch(release, since, asked);
      if (breach !== undefined) {
        return breach;
      }
    }
  }
  await promote(release, asked);
  return undefined;
}

/** Watches a step to its end; what is broken, or undefined. */
async function watch({ service, after, promises }, since, { project, watchS, signal }) {
  const deadline = performance.now() + watchS * 1000;
  let blindLooks = 0;
  let requests = 0;
  for (;;) {
    try {
      const seen = await judge({ project, service, revision: after, promises, since, signal });
      if (seen.breach !== undefined) {
        return seen.breach;
      }
      requests = seen.requests;
      blindLooks = 0;
    } catch (error) {
      signal.throwIfAborted();
      blindLooks += 1;
      if (blindLooks === MAX_BLIND_LOOKS) {
        return `Cloud Monitoring did not answer ${MAX_BLIND_LOOKS} times (${error.message}): nobody would see an error.`;
      }
    }
    if (performance.now() >= deadline && blindLooks === 0) {
      console.log(verdictOf(requests));
      return undefined;
    }
    await pause(POLL_MS, signal);
  }
}

function verdictOf(requests) {
  if (requests === 0) {
    return 'No request came: nothing speaks against it.';
  }
  return requests < MIN_REQUESTS
    ? `${requests} requests came, too few to judge the promises by; not most of them failed.`
    : `${requests} requests came, and no promise was broken.`;
}

/** Sends all traffic back, of all services at once: an interrupted workflow has seconds left. */
async function takeBack(releases) {
  const back = async ({ name, service, before, after }) => {
    if (before === after) {
      return;
    }
    try {
      await sendTo(name, before);
      console.error(`${service}: all traffic is back on ${before}.`);
    } catch (error) {
      const byHand = `node terraform/scripts/release.mjs rollback --service ${service} --to ${before}`;
      console.error(`${service}: traffic may still go to ${after} (${error.message}). Send it back: ${byHand}`);
    }
  };
  await Promise.all(releases.map(back));
}

const ACTIONS = { pin: forEach(pin), canary, rollback: forEach(rollback), promote: forEach(promote) };

try {
  const asked = readCommand();
  await ACTIONS[asked.command](asked);
} catch (error) {
  console.error(`Error: ${error.message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
