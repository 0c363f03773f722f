/**
 * Start and answer with less than one CPU, as the smallest instances have it: by cgroup, where this machine lets us.
 */
import { existsSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { type Context, NO_STORE, startPackage } from '../context';
import { interleaved, type Measurement, median, type Row, type Suite } from '../measure';
import { answered } from '../processes';

const SHARES = { '1 CPU': 1, '½ CPU': 1 / 2, '⅓ CPU': 1 / 3, '⅙ CPU': 1 / 6 } as const;
const PERIOD_US = 100_000;
const ANSWERS = 40;
// The first version of cgroups has a folder for the CPU, the second has one for all.
const VERSIONS = [
  {
    parent: '/sys/fs/cgroup/cpu',
    limit: (share: number) => ['cpu.cfs_quota_us', String(Math.round(share * PERIOD_US))],
  },
  { parent: '/sys/fs/cgroup', limit: (share: number) => ['cpu.max', `${Math.round(share * PERIOD_US)} ${PERIOD_US}`] },
] as const;

export async function cpu(context: Context): Promise<Suite> {
  const groups = await createGroups();
  // A start under a sixth of a CPU takes seconds.
  const runs = Math.max(1, Math.round(context.runs / 3));
  let rows: Row[] = [];
  if (groups !== undefined) {
    try {
      const measures = Object.entries(groups).map(([name, group]) => [name, () => within(context, group)] as const);
      rows = await interleaved(Object.fromEntries(measures), runs);
    } finally {
      await Promise.all(Object.values(groups).map((group) => rmdir(group)));
    }
  }
  return {
    title: 'Less CPU',
    how: `The packaged lookup held to a part of one CPU by cgroup, without a store that answers: from the spawn until the first labelled 200, and the median of ${ANSWERS} new names, one after the other; medians of ${runs} runs.`,
    columns: [
      { key: 'firstMs', title: 'first answer, ms' },
      { key: 'p50Ms', title: 'p50, ms' },
    ],
    rows,
    plot: { kind: 'bars', y: 'firstMs' },
    missing: groups === undefined ? ['all rows: this user may not limit the CPU of a process (cgroups)'] : [],
  };
}

async function createGroups(): Promise<Record<string, string> | undefined> {
  const version = VERSIONS.find(({ parent, limit }) => existsSync(path.join(parent, limit(1)[0]!)));
  if (version === undefined) {
    return undefined;
  }
  const groups: Record<string, string> = {};
  try {
    for (const [index, [name, share]] of Object.entries(SHARES).entries()) {
      const group = path.join(version.parent, `ingredient-bench-${process.pid}-${index}`);
      await mkdir(group);
      groups[name] = group;
      const [file, value] = version.limit(share);
      await writeFile(path.join(group, file!), value!);
    }
    return groups;
  } catch {
    await Promise.all(Object.values(groups).map((group) => rmdir(group).catch(() => undefined)));
    return undefined;
  }
}

async function within(context: Context, group: string): Promise<Measurement> {
  const prefix = ['sh', '-c', `echo $$ > ${group}/cgroup.procs && exec "$@"`, 'sh'];
  const server = await startPackage(context, 'lookupIngredient', { prefix, env: NO_STORE });
  try {
    const durations: number[] = [];
    for (let index = 0; index < ANSWERS; index += 1) {
      const began = performance.now();
      await answered(`${server.url}/v1/ingredients/paprika%20${index}`);
      durations.push(performance.now() - began);
    }
    return { firstMs: server.afterMs, p50Ms: median(durations) };
  } finally {
    await server.stop();
  }
}
