/**
 * Has Cloud Run build a function's image, and waits until it is there. Terraform calls it where the package has changed.
 *
 * Cloud Run keeps a service's `build_config` but starts no build for it; `gcloud run deploy --function` makes the same two calls.
 * It needs Node.js and gcloud, signed in: a token that Terraform handed over would be kept in its state.
 *
 * @see https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.builds/submit
 */
import { call, pause } from './google.mjs';

const { PARENT, REQUEST } = process.env;
const RUN = process.env.RUN_ENDPOINT ?? 'https://run.googleapis.com';
const BUILD = process.env.BUILD_ENDPOINT ?? 'https://cloudbuild.googleapis.com';
const POLL_MS = Number(process.env.POLL_MS ?? 5_000);
const PAUSE_MS = Number(process.env.PAUSE_MS ?? 60_000);
const TIMEOUT_MS = 20 * 60_000;
// A role that was granted, or an API that was enabled, a moment ago may take minutes to count.
const ATTEMPTS = 4;
const MAY_PASS = [403, 404, 429, 500, 502, 503, 504];
const RUNNING = ['PENDING', 'QUEUED', 'WORKING', 'STATUS_UNKNOWN'];

/** Submits the build; its first state. */
async function submit() {
  const { buildOperation } = await call(`${RUN}/v2/${PARENT}/builds:submit`, { method: 'POST', body: REQUEST });
  return buildOperation.metadata.build;
}

/** Waits until the build has ended; its last state. */
async function finish(build) {
  const deadline = performance.now() + TIMEOUT_MS;
  let state = build;
  while (RUNNING.includes(state.status ?? 'STATUS_UNKNOWN')) {
    if (performance.now() > deadline) {
      throw new Error(`The build has not ended in ${TIMEOUT_MS / 60_000} minutes: ${build.logUrl}`);
    }
    await pause(POLL_MS);
    state = await call(`${BUILD}/v1/${build.name}`).catch((error) => {
      if (error.status !== undefined && !MAY_PASS.includes(error.status)) {
        throw error;
      }
      return state;
    });
  }
  return state;
}

async function main() {
  if (!PARENT || !REQUEST) {
    throw new Error('PARENT and REQUEST must be set: this program is for Terraform to call.');
  }
  const { imageUri } = JSON.parse(REQUEST);
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt === ATTEMPTS;
    try {
      const build = await submit();
      console.log(`Building ${imageUri}: ${build.logUrl}`);
      const { status, statusDetail } = await finish(build);
      if (status === 'SUCCESS') {
        console.log(`Built ${imageUri}.`);
        return;
      }
      const reason = statusDetail ? `: ${statusDetail}` : '';
      const failure = new Error(`The build ended with ${status}${reason}. Its log says why: ${build.logUrl}`);
      throw Object.assign(failure, { status: status === 'FAILURE' || status === 'INTERNAL_ERROR' ? 503 : 400 });
    } catch (error) {
      if (isLast || (error.status !== undefined && !MAY_PASS.includes(error.status))) {
        throw error;
      }
      console.log(`${error.message} Trying again in ${PAUSE_MS / 1000} s.`);
      await pause(PAUSE_MS);
    }
  }
}

main().catch((error) => {
  console.error(`Error: ${imageOf()} was not built. ${error.message}`);
  process.exit(1);
});

function imageOf() {
  try {
    return JSON.parse(REQUEST).imageUri;
  } catch {
    return 'The image';
  }
}
