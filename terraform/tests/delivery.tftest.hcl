# Who may deploy: one repository's approved jobs, with these roles, and no key.
mock_provider "google" {
  override_during = plan
  source          = "./tests/mocks"
}

variables {
  project_id = "my-project"
  region     = "europe-west1"
  invokers   = ["user:ada@example.com"]
  operations = { emails = ["ada@example.com"] }
  package    = "tests/fixtures/package-one.zip"
  github     = { repository = "example/classifier", state_bucket = "my-state" }
}

run "only_one_repository_signs_in" {
  command = plan

  assert {
    condition = alltrue([
      google_iam_workload_identity_pool_provider.github[0].attribute_condition == "assertion.repository == \"example/classifier\" && (assertion.sub == \"repo:example/classifier:pull_request\" || assertion.sub == \"repo:example/classifier:environment:production\" && assertion.ref == \"refs/heads/main\")",
      google_iam_workload_identity_pool_provider.github[0].oidc[0].issuer_uri == "https://token.actions.githubusercontent.com",
      google_service_account_iam_member.ci_signs_in["deploy"].member == "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github/subject/repo:example/classifier:environment:production",
      google_service_account_iam_member.ci_signs_in["plan"].member == "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github/subject/repo:example/classifier:pull_request",
      google_service_account_iam_member.ci_signs_in["deploy"].role == "roles/iam.workloadIdentityUser",
    ])
    error_message = "Another repository or branch, or a job that nobody approved, could sign in."
  }
}

run "a_pull_request_reads_alone" {
  command = plan

  assert {
    condition     = [for grant in google_project_iam_member.ci : grant.role if strcontains(grant.member, "ci-plan")] == ["roles/firebaserules.viewer", "roles/iam.securityReviewer", "roles/iam.workloadIdentityPoolViewer", "roles/serviceusage.serviceUsageConsumer", "roles/viewer"]
    error_message = "The account that plans a pull request may do more than read."
  }

  assert {
    condition     = google_storage_bucket_iam_member.ci_state["plan"].role == "roles/storage.objectViewer" && google_storage_bucket_iam_member.ci_state["plan"].bucket == "my-state"
    error_message = "The account that plans may write the state."
  }
}

run "a_deployment_has_the_roles_that_terraform_needs" {
  command = plan

  assert {
    condition = toset([for grant in google_project_iam_member.ci : grant.role if strcontains(grant.member, "ci-deploy")]) == toset([
      "roles/cloudbuild.builds.editor",
      "roles/datastore.backupSchedulesAdmin",
      "roles/datastore.indexAdmin",
      "roles/datastore.viewer",
      "roles/firebaserules.viewer",
      "roles/iam.securityReviewer",
      "roles/iam.workloadIdentityPoolViewer",
      "roles/logging.configWriter",
      "roles/monitoring.editor",
      "roles/run.sourceDeveloper",
      "roles/serviceusage.serviceUsageConsumer",
      "roles/viewer",
    ])
    error_message = "The roles of the account that deploys are not these."
  }

  assert {
    condition = alltrue([
      [for grant in google_project_iam_member.ci : grant.condition[0].expression if grant.role == "roles/datastore.viewer"] == ["resource.name == \"projects/my-project/databases/(default)\""],
      [for grant in google_pubsub_topic_iam_member.ci_edits : grant.topic] == ["ingredients-dead-letters", "ingredients"],
      [for grant in google_pubsub_subscription_iam_member.ci_edits : grant.subscription] == ["ingredients-classify", "ingredients-dead-letters"],
    ])
    error_message = "The account that deploys reaches other databases, topics or subscriptions of the project."
  }

  assert {
    condition     = google_storage_bucket_iam_member.ci_uploads[0].role == "roles/storage.objectUser" && google_storage_bucket_iam_member.ci_uploads[0].bucket == "my-project-ingredient-source"
    error_message = "The account that deploys cannot upload the package, or may more than that."
  }

  assert {
    condition     = keys(google_service_account_iam_member.ci_acts_as) == ["build", "classify", "lookup", "push"] && google_storage_bucket_iam_member.ci_state["deploy"].role == "roles/storage.objectUser"
    error_message = "The account that deploys cannot run, build or call as the others, or cannot write the state."
  }
}

run "nobody_without_github" {
  command = plan

  variables {
    github = null
  }

  assert {
    condition = alltrue([
      length(google_iam_workload_identity_pool.github) == 0,
      length(google_service_account.ci) == 0,
      length(google_project_iam_member.ci) == 0,
      output.ci == null,
    ])
    error_message = "A workflow may deploy though none was named."
  }
}

run "a_key_of_ones_own_encrypts_all_that_is_stored" {
  command = plan

  variables {
    kms_key = "projects/keys/locations/europe-west1/keyRings/apps/cryptoKeys/classifier"
  }

  assert {
    condition = alltrue([
      google_artifact_registry_repository.images.kms_key_name == var.kms_key,
      google_firestore_database.this.cmek_config[0].kms_key_name == var.kms_key,
      google_pubsub_topic.dead_letters.kms_key_name == var.kms_key,
      google_pubsub_topic.ingredients.kms_key_name == var.kms_key,
      google_storage_bucket.source.encryption[0].default_kms_key_name == var.kms_key,
      alltrue([for service in google_cloud_run_v2_service.function : service.template[0].encryption_key == var.kms_key]),
    ])
    error_message = "Something is stored without the key."
  }

  assert {
    condition = alltrue([for grant in google_kms_crypto_key_iam_member.agent : grant.role == "roles/cloudkms.cryptoKeyEncrypterDecrypter"]) && toset([for grant in google_kms_crypto_key_iam_member.agent : grant.member]) == toset([
      "serviceAccount:service-123456789012@gcp-sa-artifactregistry.iam.gserviceaccount.com",
      "serviceAccount:service-123456789012@gcp-sa-firestore.iam.gserviceaccount.com",
      "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
      "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com",
      "serviceAccount:service-123456789012@serverless-robot-prod.iam.gserviceaccount.com",
    ])
    error_message = "A service may not use the key, or one that stores nothing may."
  }
}
