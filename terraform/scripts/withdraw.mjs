/**
 * Has what a model labelled labelled anew by the one that stands, after a release was taken back.
 */
import { spawnSync } from 'node:child_process';

import { lastPart, readRevision, readServices, servingRevision } from './traffic.mjs';

/** @param releases those whose traffic was sent back: no service beside them may still answer by the model that they left. */
export async function withdraw(releases, { location, project }) {
  for (const { name, before, after } of releases) {
    const [stands, withdrawn] = [await readRevision(name, before), await readRevision(name, after)];
    const model = modelOf(withdrawn);
    if (model === undefined || model === modelOf(stands)) {
      continue;
    }
    const command = `npm run reclassify -- --from-model ${model}`;
    const serving = await servicesWith(model, location);
    if (serving.length > 0) {
      console.error(
        `${serving.join(', ')} still answers by model ${model} and would keep its labels: roll that back, then run ${command}`,
      );
      return;
    }
    console.log(
      `Model ${model} is withdrawn: what it labelled is labelled by ${modelOf(stands) ?? 'the one before'} again.`,
    );
    if (!reclassify(model, { ...databaseOf(withdrawn), GOOGLE_CLOUD_PROJECT: project })) {
      console.error(`It did not end well. Run it again: ${command}`);
    }
    return;
  }
}

const modelOf = ({ labels }) => labels?.model?.replaceAll('-', '.');

/** The database that the revision writes to, as the variable that says so. */
function databaseOf({ containers = [] }) {
  const found = containers.flatMap(({ env = [] }) => env).find(({ name }) => name === 'FIRESTORE_DATABASE');
  return found?.value === undefined ? {} : { FIRESTORE_DATABASE: found.value };
}

/** The names of the services whose requests go to a revision with the model. */
async function servicesWith(model, location) {
  const serving = [];
  for (const service of (await readServices(location)).filter(
    ({ template }) => modelOf(template ?? {}) !== undefined,
  )) {
    if (modelOf(await readRevision(service.name, servingRevision(service))) === model) {
      serving.push(lastPart(service.name));
    }
  }
  return serving;
}

function reclassify(model, variables) {
  const { status } = spawnSync('npm', ['run', 'reclassify', '--', '--from-model', model], {
    stdio: 'inherit',
    env: { ...process.env, ...variables },
  });
  return status === 0;
}
