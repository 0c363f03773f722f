# Who deploys from GitHub, without a key: its tokens are exchanged, and only those of one repository.
#
# The workflow changes what runs, not who may do what. Accounts, grants, APIs, buckets, the image repository, new topics and subscriptions,
# the database itself and its security rules are a person's to apply, so a stolen workflow cannot give itself more. To refresh them it may
# read them all (roles/viewer, which reads the database's documents too, and iam.securityReviewer).
locals {
  ci = var.github == null ? {} : {
    deploy = {
      # A job has this subject only after the reviewers of the environment that the workflow names have approved it.
      subject = "repo:${var.github.repository}:environment:production"
      roles = [
        "roles/cloudbuild.builds.editor",
        "roles/datastore.backupSchedulesAdmin",
        "roles/datastore.indexAdmin",
        "roles/datastore.viewer",     # `npm run reclassify`
        "roles/firebaserules.viewer", # rules are who may do what
        "roles/iam.securityReviewer",
        "roles/iam.workloadIdentityPoolViewer",
        "roles/logging.configWriter",
        "roles/monitoring.editor",
        "roles/run.sourceDeveloper",
        "roles/serviceusage.serviceUsageConsumer",
        "roles/viewer",
      ]
      state = "roles/storage.objectUser"
    }
    plan = {
      subject = "repo:${var.github.repository}:pull_request"
      roles = [
        "roles/firebaserules.viewer",
        "roles/iam.securityReviewer",
        "roles/iam.workloadIdentityPoolViewer",
        "roles/serviceusage.serviceUsageConsumer",
        "roles/viewer",
      ]
      state = "roles/storage.objectViewer"
    }
  }

  # Those that reach one database of the project alone.
  ci_conditions = {
    "roles/datastore.viewer" = "resource.name == \"projects/${var.project_id}/databases/${var.firestore.database}\""
  }

  ci_roles = merge([for name, account in local.ci : { for role in account.roles : "${name} ${role}" => { name = name, role = role } }]...)
}

resource "google_iam_workload_identity_pool" "github" {
  count = var.github == null ? 0 : 1

  workload_identity_pool_id = "github"

  depends_on = [google_project_service.api]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  count = var.github == null ? 0 : 1

  workload_identity_pool_id          = google_iam_workload_identity_pool.github[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "github"

  # Without it every repository of GitHub could exchange its tokens here. A deployment is of main, whatever the environment allows.
  attribute_condition = join(" && ", [
    "assertion.repository == \"${var.github.repository}\"",
    "(assertion.sub == \"${local.ci.plan.subject}\" || assertion.sub == \"${local.ci.deploy.subject}\" && assertion.ref == \"refs/heads/main\")",
  ])
  attribute_mapping = {
    "attribute.repository" = "assertion.repository"
    "google.subject"       = "assertion.sub"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "ci" {
  for_each = local.ci

  account_id   = "ingredient-ci-${each.key}"
  display_name = each.key == "plan" ? "Plans pull requests" : "Deploys what was approved"

  depends_on = [google_project_service.api]
}

resource "google_service_account_iam_member" "ci_signs_in" {
  for_each = local.ci

  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.github[0].name}/subject/${each.value.subject}"
  role               = "roles/iam.workloadIdentityUser"
  service_account_id = google_service_account.ci[each.key].name
}

resource "google_project_iam_member" "ci" {
  for_each = local.ci_roles

  member  = google_service_account.ci[each.value.name].member
  project = var.project_id
  role    = each.value.role

  dynamic "condition" {
    for_each = contains(keys(local.ci_conditions), each.value.role) ? [local.ci_conditions[each.value.role]] : []
    content {
      title      = "This database alone"
      expression = condition.value
    }
  }
}

# Their settings, and the events of `npm run reclassify`.
resource "google_pubsub_topic_iam_member" "ci_edits" {
  for_each = var.github == null ? {} : { dead_letters = google_pubsub_topic.dead_letters.name, ingredients = google_pubsub_topic.ingredients.name }

  member = google_service_account.ci["deploy"].member
  role   = "roles/pubsub.editor"
  topic  = each.value
}

resource "google_pubsub_subscription_iam_member" "ci_edits" {
  for_each = var.github == null ? {} : { classify = google_pubsub_subscription.classify.name, dead_letters = google_pubsub_subscription.dead_letters.name }

  member       = google_service_account.ci["deploy"].member
  role         = "roles/pubsub.editor"
  subscription = each.value
}

resource "google_storage_bucket_iam_member" "ci_uploads" {
  count = var.github == null ? 0 : 1

  bucket = google_storage_bucket.source.name
  member = google_service_account.ci["deploy"].member
  role   = "roles/storage.objectUser"
}

# A service runs, is built, or is called as one of these: who deploys must be allowed to say so.
resource "google_service_account_iam_member" "ci_acts_as" {
  for_each = var.github == null ? {} : merge(
    { for name, account in google_service_account.function : name => account.name },
    { build = google_service_account.build.name, push = google_service_account.push.name },
  )

  member             = google_service_account.ci["deploy"].member
  role               = "roles/iam.serviceAccountUser"
  service_account_id = each.value
}

resource "google_storage_bucket_iam_member" "ci_state" {
  for_each = local.ci

  bucket = var.github.state_bucket
  member = google_service_account.ci[each.key].member
  role   = each.value.state
}
