/**
 * terraform/bootstrap.sh with a gcloud and a terraform that note what they are told.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { inTempFolder } from '../support/builders';
import { ROOT } from '../support/fixtures';

interface Cloud {
  readonly account?: string;
  readonly billing?: string;
  readonly credentials?: boolean;
  readonly settings?: string;
}

interface Ended {
  readonly code: number;
  readonly stderr: string;
  readonly noted: string[];
  readonly settings: string | undefined;
}

/** A program that notes its arguments, and answers some. */
const program = (noted: string, answers: string): string =>
  `#!/bin/bash\nprintf '%s %s\\n' "$(basename "$0")" "$*" >> '${noted}'\n${answers}\n`;

async function bootstrap(
  cloud: Cloud,
  parameters: readonly string[] = ['my-project', 'europe-west1'],
  times = 1,
): Promise<Ended> {
  const { account = 'ada@example.com', billing = 'True', credentials = true, settings } = cloud;
  return inTempFolder(async (folder) => {
    const noted = path.join(folder, 'noted');
    const made = path.join(folder, 'made');
    const answers = [
      'case "$*" in',
      `  "config get-value account") echo '${account}' ;;`,
      `  *print-access-token*) exit ${credentials ? 0 : 1} ;;`,
      `  "billing projects describe"*) echo '${billing}' ;;`,
      `  "storage buckets describe"*) test -e '${made}' ;;`,
      `  "storage buckets create"*) touch '${made}' ;;`,
      'esac',
    ].join('\n');
    const bin = path.join(folder, 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'gcloud'), program(noted, answers), { mode: 0o755 });
    await writeFile(path.join(bin, 'terraform'), program(noted, ''), { mode: 0o755 });
    const script = path.join(folder, 'bootstrap.sh');
    await cp(path.join(ROOT, 'terraform/bootstrap.sh'), script);
    const file = path.join(folder, 'terraform.auto.tfvars.json');
    if (settings !== undefined) {
      await writeFile(file, settings);
    }
    let ended = { code: 0, stderr: '' };
    for (let time = 0; time < times; time += 1) {
      ended = await run(script, parameters, bin);
    }
    const lines = (await readFile(noted, 'utf8').catch(() => '')).split('\n');
    return {
      ...ended,
      noted: lines.filter((line) => line !== ''),
      settings: await readFile(file, 'utf8').catch(() => undefined),
    };
  });
}

async function run(
  script: string,
  parameters: readonly string[],
  bin: string,
): Promise<{ code: number; stderr: string }> {
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  return new Promise((resolve) => {
    execFile('bash', [script, ...parameters], { env }, (error, _stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stderr });
    });
  });
}

const CREATE =
  'gcloud storage buckets create gs://my-project-terraform-state --project=my-project --location=europe-west1';

describe('bootstrap.sh', () => {
  it('makes a versioned bucket that cannot be public, and hands it to Terraform', async () => {
    const ended = await bootstrap({});

    expect(ended).toMatchObject({ code: 0 });
    expect(ended.noted).toContain(`${CREATE} --uniform-bucket-level-access --public-access-prevention`);
    expect(ended.noted).toContain('gcloud storage buckets update gs://my-project-terraform-state --versioning');
    expect(ended.noted.at(-1)).toMatch(
      /^terraform -chdir=\S+ init -input=false -backend-config=bucket=my-project-terraform-state$/,
    );
  });

  it('makes the accounts of Google that grants will name', async () => {
    const { noted } = await bootstrap({});

    const services = noted.flatMap(
      (line) => /identity create .*--service=(\w+)\.googleapis\.com$/.exec(line)?.[1] ?? [],
    );
    expect(services).toEqual(['artifactregistry', 'firestore', 'monitoring', 'pubsub', 'run']);
    expect(noted).toContain('gcloud storage service-agent --project=my-project');
  });

  it('lets nobody in but who ran it', async () => {
    const { settings } = await bootstrap({});

    expect(JSON.parse(settings ?? '')).toEqual({
      project_id: 'my-project',
      region: 'europe-west1',
      invokers: ['user:ada@example.com'],
      publishers: ['user:ada@example.com'],
      operations: { emails: ['ada@example.com'] },
    });
  });

  it('leaves settings, and a bucket that is there, as they are', async () => {
    const ended = await bootstrap({ settings: '{}' }, undefined, 2);

    expect(ended).toMatchObject({ code: 0, settings: '{}' });
    expect(ended.noted.filter((line) => line.startsWith(CREATE))).toHaveLength(1);
  });

  it.each<[string, Cloud, string[], string]>([
    ['no region', {}, ['my-project'], 'say the project and the region'],
    ['nobody signed in', { account: '' }, ['my-project', 'europe-west1'], 'run gcloud auth login.'],
    ['no credentials', { credentials: false }, ['my-project', 'europe-west1'], 'gcloud auth application-default login'],
    ['no billing', { billing: 'False' }, ['my-project', 'europe-west1'], 'my-project has no billing account'],
  ])('changes nothing where there is %s', async (_what, cloud, parameters, sentence) => {
    const ended = await bootstrap(cloud, parameters);

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(sentence);
    expect(ended.noted.filter((line) => /enable|create|terraform/.test(line))).toEqual([]);
  });
});
