# terraform test -test-directory=examples/free-tier -var-file=examples/free-tier/terraform.tfvars
mock_provider "google" {
  override_during = plan
  source          = "./tests/mocks"
}

variables {
  project_id = "my-project"
  region     = "us-central1"
  invokers   = ["user:ada@example.com"]
  package    = "tests/fixtures/package-one.zip"
}

run "nothing_costs_while_idle" {
  command = plan

  assert {
    condition = alltrue([for service in google_cloud_run_v2_service.function : alltrue([
      service.scaling[0].min_instance_count == 0,
      service.template[0].containers[0].resources[0].cpu_idle,
      service.template[0].containers[0].resources[0].limits["memory"] == "256Mi",
      service.template[0].execution_environment == "EXECUTION_ENVIRONMENT_GEN1",
      service.template[0].scaling[0].max_instance_count == 2,
    ])])
    error_message = "A function keeps an instance, or is larger than the smallest."
  }

  assert {
    condition = alltrue([
      length(google_firestore_backup_schedule.daily) == 0,
      length(google_firestore_backup_schedule.weekly) == 0,
      google_firestore_database.this.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_DISABLED",
      google_firestore_database.this.name == "(default)",
      length(google_monitoring_alert_policy.threshold) == 0,
      length(google_monitoring_alert_policy.burn) == 0,
      length(google_monitoring_uptime_check_config.lookup) == 0,
    ])
    error_message = "Something is billed by the month, or the database is not the one with a free allowance."
  }
}

run "it_is_still_private_and_protected" {
  command = plan

  assert {
    condition     = keys(google_cloud_run_v2_service_iam_member.invoker) == ["user:ada@example.com"] && google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_ENABLED"
    error_message = "Free is no reason to be open."
  }
}

# What Cloud Run would refuse at apply: 256 MiB in the second generation.
run "not_in_the_second_generation" {
  command = plan

  variables {
    lookup = { environment = "gen2", memory_mib = 256 }
  }

  expect_failures = [var.lookup]
}
