# terraform test -test-directory=examples/production -var-file=examples/production/terraform.tfvars
mock_provider "google" {
  override_during = plan
  source          = "./tests/mocks"
}

variables {
  project_id = "my-project"
  package    = "tests/fixtures/package-one.zip"
}

run "private_warm_and_encrypted" {
  command = plan

  assert {
    condition = alltrue([
      google_cloud_run_v2_service.function["lookup"].ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY",
      google_cloud_run_v2_service.function["lookup"].scaling[0].min_instance_count == 1,
      google_cloud_run_v2_service.function["lookup"].template[0].encryption_key == var.kms_key,
      google_firestore_database.this.location_id == "europe-west1",
      google_firestore_database.this.cmek_config[0].kms_key_name == var.kms_key,
      google_pubsub_topic.ingredients.kms_key_name == var.kms_key,
      google_storage_bucket.source.encryption[0].default_kms_key_name == var.kms_key,
    ])
    error_message = "It is open, cold, or stored without the key."
  }

  assert {
    condition = alltrue([
      length(google_firestore_backup_schedule.daily) == 1,
      length(google_firestore_backup_schedule.weekly) == 1,
      google_firestore_database.this.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED",
      google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_ENABLED",
    ])
    error_message = "The database is not backed up and protected."
  }
}

run "somebody_is_told" {
  command = plan

  assert {
    condition = alltrue([
      length(google_monitoring_alert_policy.threshold) == 5,
      length(google_monitoring_alert_policy.burn) == 6,
      length(google_billing_budget.month) == 1,
      google_monitoring_slo.availability["lookup"].goal == 0.999,
      # It reaches a lookup with internal ingress too.
      length(google_monitoring_uptime_check_config.lookup) == 1,
    ])
    error_message = "Alerts or the budget are missing."
  }
}

run "reviews_and_the_workflow_are_on" {
  command = plan

  assert {
    condition = alltrue([
      toset([for variable in google_cloud_run_v2_service.function["lookup"].template[0].containers[0].env : variable.name]) == toset(concat(keys(local.malloc), ["AUTH_AUDIENCE", "FIRESTORE_DATABASE", "GOOGLE_CLOUD_PROJECT", "REVIEWERS"])),
      length(google_service_account.ci) == 2,
    ])
    error_message = "Nobody may review, or no workflow may deploy."
  }
}

run "not_with_a_key_of_another_region" {
  command = plan

  variables {
    region = "us-central1"
  }

  expect_failures = [var.kms_key]
}
