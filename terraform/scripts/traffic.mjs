/**
 * A Cloud Run service's revisions, and which of them its requests go to.
 *
 * @see https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
 */
import { callPatiently, pause } from './google.mjs';

const RUN = process.env.RUN_ENDPOINT ?? 'https://run.googleapis.com';
const LATEST = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';
const REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
const OPERATION_TIMEOUT_MS = 300_000;
const POLL_MS = Math.min(Number(process.env.POLL_MS ?? 2_000), 2_000);

export const lastPart = (name) => name.split('/').at(-1);
export const readService = (name, signal) => callPatiently(`${RUN}/v2/${name}`, { signal });
export const readServices = async (location) =>
  (await callPatiently(`${RUN}/v2/${location}/services?pageSize=100`)).services ?? [];
export const readRevision = (name, revision) => callPatiently(`${RUN}/v2/${name}/revisions/${revision}`);

/** The revision that has most of the traffic. */
export function servingRevision({ trafficStatuses = [], latestReadyRevision }) {
  const [most] = [...trafficStatuses].sort((a, b) => (b.percent ?? 0) - (a.percent ?? 0));
  return lastPart(most?.revision ?? latestReadyRevision);
}

/** The newest revision that is older than this one, and ready. */
export async function revisionBefore(name, revision) {
  const { revisions = [] } = await callPatiently(`${RUN}/v2/${name}/revisions?pageSize=100`);
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

/** All requests go to the newest revision, now and after each apply. */
export const sendToNewest = (name, signal) => send(name, [{ type: LATEST, percent: 100 }], signal);

/** All requests go to one revision, until somebody says otherwise. */
export const sendTo = (name, revision) => send(name, [{ type: REVISION, revision, percent: 100 }]);

/** `percent` of the requests go to `after`, the others to `before`. */
export const split = (name, before, after, percent, signal) =>
  send(
    name,
    [
      { type: REVISION, revision: before, percent: 100 - percent },
      { type: REVISION, revision: after, percent },
    ],
    signal,
  );

/** Sends traffic where `traffic` says, and waits until it goes there. */
async function send(name, traffic, signal) {
  const operation = await callPatiently(`${RUN}/v2/${name}?updateMask=traffic`, {
    method: 'PATCH',
    body: JSON.stringify({ traffic }),
    signal,
  });
  const deadline = performance.now() + OPERATION_TIMEOUT_MS;
  let state = operation;
  while (!state.done) {
    if (performance.now() > deadline) {
      throw new Error(`Cloud Run has not moved the traffic in ${OPERATION_TIMEOUT_MS / 1000} s.`);
    }
    await pause(POLL_MS, signal);
    state = await callPatiently(`${RUN}/v2/${state.name}`, { signal });
  }
  if (state.error) {
    throw new Error(`Cloud Run did not move the traffic: ${state.error.message}`);
  }
}
