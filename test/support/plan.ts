/**
 * What Terraform would make, read from the plan that `terraform test` prints: the provider is mocked, so no account is needed.
 */
import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { ROOT } from './fixtures';

const run = promisify(execFile);
const MOCKED_PROJECT = 'my-project';
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Why nothing can be planned here; undefined where it can. */
function terraformMissing(): string | undefined {
  try {
    execFileSync(path.join(ROOT, '.ci/terraform-init'), [path.join(ROOT, 'terraform')], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error);
    return /not found|ENOENT/.test(said)
      ? 'no terraform on the PATH'
      : "Terraform's registry cannot be reached, and TERRAFORM_OFFLINE names no stand-in";
  }
}

/** `describe` where Terraform can be run; elsewhere its tests are skipped, and fail with CI=true. */
export function describeWithTerraform(
  what: string,
  name: string,
  tests: () => void,
  describeIt: (name: string, tests: () => void) => void = describe,
): void {
  const missing = terraformMissing();
  if (missing === undefined || process.env['CI'] === 'true') {
    describeIt(name, tests);
    return;
  }
  process.stderr.write(`\nSKIPPED: ${what}: ${missing}.\n`);
  // What is missing is no fault of the code: the line above says how to have it.
  describe.skip(name, tests);
}

interface PlannedService {
  readonly name: string;
  readonly uri: string;
  readonly build_config: readonly { readonly function_target: string; readonly source_location: string }[];
  readonly template: readonly { readonly timeout: string; readonly containers: readonly PlannedContainer[] }[];
}

export interface PlannedContainer {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly container_port: number }[];
  readonly startup_probe: readonly PlannedProbe[];
  readonly liveness_probe: readonly PlannedProbe[];
}

export interface PlannedProbe {
  readonly failure_threshold: number;
  readonly period_seconds: number;
  readonly timeout_seconds: number;
  readonly http_get: readonly { readonly path: string; readonly port: number }[];
  readonly tcp_socket: readonly { readonly port: number }[];
}

export interface PlannedTopic {
  readonly name: string;
  readonly id: string;
}

export interface PlannedSubscription {
  readonly name: string;
  readonly topic: string;
  readonly ack_deadline_seconds: number;
  readonly message_retention_duration: string;
  readonly push_config: readonly {
    readonly push_endpoint: string;
    readonly oidc_token: readonly { readonly audience: string; readonly service_account_email: string }[];
  }[];
  readonly retry_policy: readonly { readonly minimum_backoff: string; readonly maximum_backoff: string }[];
  readonly dead_letter_policy: readonly {
    readonly dead_letter_topic: string;
    readonly max_delivery_attempts: number;
  }[];
}

export interface PlannedMetric {
  readonly name: string;
  readonly filter: string;
  readonly label_extractors: Readonly<Record<string, string>> | null;
  readonly value_extractor: string | null;
}

export interface PlannedIndex {
  readonly collection: string;
  readonly query_scope: string | null;
  readonly fields: readonly {
    readonly field_path: string;
    readonly order: string | null;
    readonly array_config: string | null;
  }[];
}

/** The resources by type, as they would be after an apply. */
export interface PlannedResources {
  readonly google_cloud_run_v2_service: readonly PlannedService[];
  readonly google_firestore_database: readonly { readonly name: string }[];
  readonly google_firestore_index: readonly PlannedIndex[];
  readonly google_logging_metric: readonly PlannedMetric[];
  readonly google_pubsub_subscription: readonly PlannedSubscription[];
  readonly google_pubsub_topic: readonly PlannedTopic[];
  readonly google_storage_bucket_object: readonly { readonly name: string; readonly source: string }[];
}

export type Plan = { readonly [T in keyof PlannedResources]: PlannedResources[T] };

/** A resource of the plan, as it would be after an apply. */
export interface PlannedResource {
  readonly type: string;
  readonly after: Readonly<Record<string, unknown>>;
}

/** The resources of `planAll`, by type. */
export async function plan(folder: string, projectId: string, variables: string): Promise<Plan> {
  const resources: Record<string, unknown[]> = {};
  for (const { type, after } of await planAll(folder, projectId, variables)) {
    (resources[type] ??= []).push(after);
  }
  return { google_firestore_index: [], ...resources } as unknown as Plan;
}

/**
 * Plans terraform/ in a copy of it in `folder`, for a project of the caller's own.
 *
 * @param variables as HCL: the arguments of a test's `variables` block.
 * @throws with what Terraform said, where it finds something wrong.
 */
export async function planAll(
  folder: string,
  projectId: string,
  variables: string,
): Promise<readonly PlannedResource[]> {
  const copy = path.join(folder, 'terraform');
  await cp(path.join(ROOT, 'terraform'), copy, {
    recursive: true,
    filter: (source) => !/[\\/]\.terraform|[\\/]examples|\.tftest\.hcl$/.test(source),
  });
  // What terraform/ reads of the rest of the repository.
  for (const beside of ['docs', 'model-artifacts', 'shared']) {
    await symlink(path.join(ROOT, beside), path.join(folder, beside));
  }
  await replaceProject(path.join(copy, 'tests/mocks'), projectId);
  await writeFile(path.join(copy, 'tests/plan.tftest.hcl'), testOf(projectId, variables));
  const { stdout: configuration } = await run(path.join(ROOT, '.ci/terraform-init'), [copy]);
  const found = configuration.trim();
  const env = { ...process.env, ...(found === '' ? {} : { TF_CLI_CONFIG_FILE: found }) };
  const options = { env, maxBuffer: MAX_OUTPUT_BYTES };
  const { stdout } = await run('terraform', [`-chdir=${copy}`, 'test', '-json', '-verbose'], options).catch(
    (error: unknown) => {
      throw new Error(diagnosticsOf((error as { stdout?: string }).stdout ?? '') || String(error));
    },
  );
  return resourcesOf(stdout);
}

async function replaceProject(mocks: string, projectId: string): Promise<void> {
  await mkdir(mocks, { recursive: true });
  for (const file of await readdir(mocks)) {
    const text = await readFile(path.join(mocks, file), 'utf8');
    await writeFile(path.join(mocks, file), text.replaceAll(MOCKED_PROJECT, projectId));
  }
}

function testOf(projectId: string, variables: string): string {
  return `
    mock_provider "google" {
      override_during = plan
      source          = "./tests/mocks"
    }
    run "plan" {
      command = plan
      variables {
        project_id = ${JSON.stringify(projectId)}
        ${variables}
      }
    }`;
}

interface Line {
  readonly type: string;
  readonly test_plan?: {
    readonly resource_changes: readonly {
      readonly type: string;
      readonly change: { readonly after: Readonly<Record<string, unknown>> };
    }[];
  };
  readonly diagnostic?: { readonly severity: string; readonly summary: string; readonly detail: string };
}

const linesOf = (output: string): Line[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);

function diagnosticsOf(output: string): string {
  return linesOf(output)
    .flatMap(({ diagnostic }) =>
      diagnostic?.severity === 'error' ? [`${diagnostic.summary}: ${diagnostic.detail}`] : [],
    )
    .join('\n');
}

function resourcesOf(output: string): PlannedResource[] {
  const planned = linesOf(output).find(({ type }) => type === 'test_plan')?.test_plan;
  if (planned === undefined) {
    throw new Error('terraform test printed no plan.');
  }
  return planned.resource_changes.map(({ type, change }) => ({ type, after: change.after }));
}
