/**
 * Every grant that terraform/ would make: the whole set of type, resource, role and member, so that none is added unseen.
 */
import { inTempFolder } from '../support/builders';
import { planAll, type PlannedResource, describeWithTerraform } from '../support/plan';
import { ROOT } from '../support/fixtures';

jest.setTimeout(120_000);

const PLAIN = `
  region     = "europe-west1"
  invokers   = ["user:ada@example.com"]
  operations = { emails = ["ada@example.com"] }
  package    = "${ROOT}/terraform/tests/fixtures/package-one.zip"`;
const KEY = 'projects/keys/locations/europe-west1/keyRings/apps/cryptoKeys/classifier';
const FULL = `${PLAIN}
  github     = { repository = "example/classifier", state_bucket = "my-state" }
  kms_key    = "${KEY}"
  publishers = ["group:apps@example.com"]`;

// What a grant is on, by the argument that names it: the narrowest one counts.
const ON = ['bucket', 'topic', 'subscription', 'repository', 'service_account_id', 'crypto_key_id', 'name', 'project'];

/** One line a grant; `if` where a condition narrows it. */
function grantsOf(resources: readonly PlannedResource[]): string[] {
  return resources
    .filter(({ type }) => /_(?:iam|acl|access_control)(?:_|$)/.test(type) && !type.includes('workload_identity_pool'))
    .map(({ type, after }) => {
      const on = ON.map((argument) => after[argument]).find((value) => typeof value === 'string');
      const { role, member, condition } = after as { role: string; member: string; condition?: unknown[] };
      const narrowed = condition !== undefined && condition.length > 0 ? ' if' : '';
      return `${type} ${String(on)} ${role} ${member}${narrowed}`.replaceAll('.iam.gserviceaccount.com', '');
    })
    .sort();
}

const grants = (variables: string): Promise<string[]> =>
  inTempFolder(async (folder) => grantsOf(await planAll(folder, 'my-project', variables)));

const OF_A_PLAIN_DEPLOYMENT = [
  'google_artifact_registry_repository_iam_member ingredient-classifier roles/artifactregistry.writer serviceAccount:ingredient-build@my-project',
  'google_cloud_run_v2_service_iam_member ingredient-classify roles/run.invoker serviceAccount:ingredient-push@my-project',
  'google_cloud_run_v2_service_iam_member ingredient-lookup roles/run.invoker serviceAccount:service-123456789012@gcp-sa-monitoring-notification',
  'google_cloud_run_v2_service_iam_member ingredient-lookup roles/run.invoker user:ada@example.com',
  'google_project_iam_member my-project roles/datastore.user serviceAccount:ingredient-classify@my-project if',
  'google_project_iam_member my-project roles/datastore.user serviceAccount:ingredient-lookup@my-project if',
  'google_project_iam_member my-project roles/logging.logWriter serviceAccount:ingredient-build@my-project',
  'google_pubsub_subscription_iam_member ingredients-classify roles/pubsub.subscriber serviceAccount:service-123456789012@gcp-sa-pubsub',
  'google_pubsub_topic_iam_member ingredients-dead-letters roles/pubsub.publisher serviceAccount:service-123456789012@gcp-sa-pubsub',
  'google_service_account_iam_member projects/my-project/serviceAccounts/ingredient-push@my-project roles/iam.serviceAccountOpenIdTokenCreator serviceAccount:service-123456789012@gcp-sa-pubsub',
  'google_storage_bucket_iam_member my-project-ingredient-source roles/storage.objectViewer serviceAccount:ingredient-build@my-project',
];

const DEPLOY = 'serviceAccount:ingredient-ci-deploy@my-project';
const PLAN = 'serviceAccount:ingredient-ci-plan@my-project';
const account = (name: string): string => `projects/my-project/serviceAccounts/ingredient-${name}@my-project`;
const from = (subject: string): string =>
  `principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github/subject/repo:example/classifier:${subject}`;

const OF_A_FULL_ONE = [
  ...OF_A_PLAIN_DEPLOYMENT,
  'google_pubsub_topic_iam_member ingredients roles/pubsub.publisher group:apps@example.com',
  ...[
    ...['artifactregistry', 'firestore', 'pubsub'].map((name) => `service-123456789012@gcp-sa-${name}`),
    'service-123456789012@gs-project-accounts',
    'service-123456789012@serverless-robot-prod',
  ].map(
    (agent) =>
      `google_kms_crypto_key_iam_member ${KEY} roles/cloudkms.cryptoKeyEncrypterDecrypter serviceAccount:${agent}`,
  ),
  ...[
    'cloudbuild.builds.editor',
    'datastore.backupSchedulesAdmin',
    'datastore.indexAdmin',
    'firebaserules.viewer',
    'iam.securityReviewer',
    'iam.workloadIdentityPoolViewer',
    'logging.configWriter',
    'monitoring.editor',
    'run.sourceDeveloper',
    'serviceusage.serviceUsageConsumer',
    'viewer',
  ].map((role) => `google_project_iam_member my-project roles/${role} ${DEPLOY}`),
  `google_project_iam_member my-project roles/datastore.viewer ${DEPLOY} if`,
  ...[
    'firebaserules.viewer',
    'iam.securityReviewer',
    'iam.workloadIdentityPoolViewer',
    'serviceusage.serviceUsageConsumer',
    'viewer',
  ].map((role) => `google_project_iam_member my-project roles/${role} ${PLAN}`),
  ...['ingredients', 'ingredients-dead-letters'].map(
    (topic) => `google_pubsub_topic_iam_member ${topic} roles/pubsub.editor ${DEPLOY}`,
  ),
  ...['ingredients-classify', 'ingredients-dead-letters'].map(
    (subscription) => `google_pubsub_subscription_iam_member ${subscription} roles/pubsub.editor ${DEPLOY}`,
  ),
  ...['build', 'classify', 'lookup', 'push'].map(
    (name) => `google_service_account_iam_member ${account(name)} roles/iam.serviceAccountUser ${DEPLOY}`,
  ),
  `google_service_account_iam_member ${account('ci-deploy')} roles/iam.workloadIdentityUser ${from('environment:production')}`,
  `google_service_account_iam_member ${account('ci-plan')} roles/iam.workloadIdentityUser ${from('pull_request')}`,
  `google_storage_bucket_iam_member my-project-ingredient-source roles/storage.objectUser ${DEPLOY}`,
  `google_storage_bucket_iam_member my-state roles/storage.objectUser ${DEPLOY}`,
  `google_storage_bucket_iam_member my-state roles/storage.objectViewer ${PLAN}`,
];

describeWithTerraform('the grants of the deployment', 'terraform/ grants', () => {
  it('in a plain deployment these alone', async () => {
    expect(await grants(PLAIN)).toEqual([...OF_A_PLAIN_DEPLOYMENT].sort());
  });

  it('with a workflow, a key and publishers these alone', async () => {
    expect(await grants(FULL)).toEqual([...OF_A_FULL_ONE].sort());
  });

  it('everybody the lookup, and nothing else, where it is public', async () => {
    const isUptime = (grant: string): boolean => grant.includes('gcp-sa-monitoring-notification');
    const expected = OF_A_PLAIN_DEPLOYMENT.filter((grant) => !isUptime(grant)).map((grant) =>
      grant.replace('user:ada@example.com', 'allUsers'),
    );

    expect(await grants(`${PLAIN}\n  public = true`)).toEqual(expected.sort());
  });
});
