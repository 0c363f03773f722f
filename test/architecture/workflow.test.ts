/**
 * .github/workflows/deploy.yml does what terraform/ and its README say of it.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { inTempFolder } from '../support/builders';
import { ROOT } from '../support/fixtures';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const workflow = read('.github/workflows/deploy.yml');

/** The commands of a step, without the indentation of the file. */
function scriptOf(step: string): string {
  const lines = workflow.slice(workflow.indexOf(`- name: ${step}\n`)).split('\n');
  const first = lines.findIndex((line) => /^ {8}run: \|$/.test(line)) + 1;
  const script = lines.slice(first);
  const end = script.findIndex((line) => !line.startsWith(' '.repeat(10)));
  return script
    .slice(0, end === -1 ? undefined : end)
    .map((line) => line.slice(10))
    .join('\n');
}

interface Planned {
  readonly code: number;
  readonly summary: string;
}

/** Runs the step as GitHub does where a workflow says `shell: bash`, with a terraform whose plan ends like this. */
async function planThatEndsWith(code: number): Promise<Planned> {
  return inTempFolder(async (folder) => {
    await mkdir(path.join(folder, 'terraform'));
    const terraform = `#!/bin/bash\ncase "$*" in *" plan "*) echo 'Plan: 1 to add'; exit ${code} ;; esac\n`;
    await writeFile(path.join(folder, 'terraform/terraform'), terraform, { mode: 0o755 });
    await writeFile(path.join(folder, 'step.sh'), scriptOf('Plan'));
    const summary = path.join(folder, 'summary');
    const env = {
      PATH: `${path.join(folder, 'terraform')}:/usr/bin:/bin`,
      ...{ GITHUB_STEP_SUMMARY: summary, STATE_BUCKET: 'b', TERRAFORM_VARIABLES: '{}' },
    };
    const ended = await new Promise<number>((resolve) => {
      const shell = ['--noprofile', '--norc', '-eo', 'pipefail', 'step.sh'];
      execFile('bash', shell, { cwd: folder, env }, (error) => {
        resolve(typeof error?.code === 'number' ? error.code : 0);
      });
    });
    return { code: ended, summary: await readFile(summary, 'utf8').catch(() => '') };
  });
}

describe('deploy.yml', () => {
  // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax: without it `bash -e`, which knows no pipefail.
  it('runs every step with pipefail', () => {
    expect(workflow).toMatch(/^defaults:\n {2}run:\n(?: {4}#.*\n)* {4}shell: bash$/m);
    expect(workflow.match(/^\s+shell:/gm)).toHaveLength(1);
  });

  it('is red where the plan fails, and shows one that does not', async () => {
    expect((await planThatEndsWith(1)).code).toBe(1);
    expect(await planThatEndsWith(0)).toEqual({ code: 0, summary: '```\nPlan: 1 to add\n```\n' });
  });

  it('releases both functions in one step that signals reach', () => {
    const canary = 'run: exec node terraform/scripts/release.mjs canary';

    expect(workflow).toContain(`${canary} --service ingredient-lookup --service ingredient-classify\n`);
  });

  it('deploys from the environment that may sign in', () => {
    const environment = /^ {4}environment: (.*)$/m.exec(workflow)?.[1];

    expect(environment).toBe('production');
    expect(read('terraform/delivery.tf')).toContain(`:environment:${environment}`);
  });

  it('reads variables that the README explains', () => {
    const variables = new Set([...workflow.matchAll(/\bvars\.(\w+)/g)].map(([, name]) => name!));
    const readme = read('terraform/README.md');

    expect(variables).toContain('TERRAFORM_VARIABLES');
    expect([...variables].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
