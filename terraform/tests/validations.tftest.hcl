# Every validation refuses what it is for: bad input ends at plan, with a sentence that says what to change.
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
}

run "firestore_is_not_everywhere" {
  command = plan

  variables {
    region = "us-moon1"
  }

  expect_failures = [var.firestore]
}

run "firestore_location_unknown" {
  command = plan

  variables {
    firestore = { location = "europe" }
  }

  expect_failures = [var.firestore]
}

run "firestore_database_misnamed" {
  command = plan

  variables {
    firestore = { database = "My database" }
  }

  expect_failures = [var.firestore]
}

run "github_without_its_owner" {
  command = plan

  variables {
    github = { repository = "ingredient-classifier", state_bucket = "state" }
  }

  expect_failures = [var.github]
}

run "ingress_unknown" {
  command = plan

  variables {
    ingress = "private"
  }

  expect_failures = [var.ingress]
}

run "nobody_may_call" {
  command = plan

  variables {
    invokers = []
  }

  expect_failures = [var.invokers]
}

run "public_by_the_back_door" {
  command = plan

  variables {
    invokers = ["allUsers"]
  }

  expect_failures = [var.invokers]
}

run "invoker_without_its_kind" {
  command = plan

  variables {
    invokers = ["ada@example.com"]
  }

  expect_failures = [var.invokers]
}

run "key_of_another_region" {
  command = plan

  variables {
    kms_key = "projects/keys/locations/us-east1/keyRings/ring/cryptoKeys/key"
  }

  expect_failures = [var.kms_key]
}

run "key_of_another_place_than_the_database" {
  command = plan

  variables {
    firestore = { location = "nam5" }
    kms_key   = "projects/keys/locations/europe-west1/keyRings/ring/cryptoKeys/key"
  }

  expect_failures = [var.kms_key]
}

run "deadline_too_long" {
  command = plan

  variables {
    messaging = { ack_deadline_s = 601 }
  }

  expect_failures = [var.messaging]
}

run "more_attempts_than_pubsub_counts" {
  command = plan

  variables {
    messaging = { max_delivery_attempts = 101 }
  }

  expect_failures = [var.messaging]
}

run "waits_the_wrong_way_round" {
  command = plan

  variables {
    messaging = { maximum_backoff_s = 600, minimum_backoff_s = 700 }
  }

  expect_failures = [var.messaging]
}

run "an_outage_of_12_hours_would_dead_letter" {
  command = plan

  variables {
    messaging = { max_delivery_attempts = 50 }
  }

  expect_failures = [var.messaging]
}

run "kept_for_less_than_a_day" {
  command = plan

  variables {
    messaging = { retention_days = 0 }
  }

  expect_failures = [var.messaging]
}

run "a_budget_of_no_account" {
  command = plan

  variables {
    operations = { budget = 50, emails = ["ada@example.com"] }
  }

  expect_failures = [var.operations]
}

run "a_budget_of_nothing" {
  command = plan

  variables {
    operations = { billing_account = "012345-6789AB-CDEF01", budget = 0.5, emails = ["ada@example.com"] }
  }

  expect_failures = [var.operations]
}

run "a_budget_below_nothing" {
  command = plan

  variables {
    operations = { billing_account = "012345-6789AB-CDEF01", budget = -5, emails = ["ada@example.com"] }
  }

  expect_failures = [var.operations]
}

run "a_budget_with_cents" {
  command = plan

  variables {
    operations = { billing_account = "012345-6789AB-CDEF01", budget = 9.99, emails = ["ada@example.com"] }
  }

  expect_failures = [var.operations]
}

run "alerts_that_nobody_hears" {
  command = plan

  variables {
    operations = { alerts = true }
  }

  expect_failures = [var.operations]
}

run "a_goal_without_a_budget_of_errors" {
  command = plan

  variables {
    operations = { availability = 1, emails = ["ada@example.com"] }
  }

  expect_failures = [var.operations]
}

run "uptime_period_unknown" {
  command = plan

  variables {
    operations = { emails = ["ada@example.com"], uptime_check_period = 120 }
  }

  expect_failures = [var.operations]
}

run "package_not_made" {
  command = plan

  variables {
    package = "tests/fixtures/none.zip"
  }

  expect_failures = [var.package]
}

run "project_by_its_number" {
  command = plan

  variables {
    project_id = "123456789012"
  }

  expect_failures = [var.project_id]
}

run "publisher_without_its_kind" {
  command = plan

  variables {
    publishers = ["app@example.com"]
  }

  expect_failures = [var.publishers]
}

run "region_is_a_zone" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}

run "runtime_unknown" {
  command = plan

  variables {
    runtime = "nodejs18"
  }

  expect_failures = [var.runtime]
}
