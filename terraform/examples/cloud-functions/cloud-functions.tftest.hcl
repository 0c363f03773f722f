mock_provider "google" {
  override_during = plan

  mock_resource "google_cloudfunctions2_function" {
    defaults = {
      service_config = { uri = "https://ingredient-0123456789-ew.a.run.app" }
    }
  }
}

override_resource {
  target          = google_pubsub_topic.topic["ingredients"]
  override_during = plan
  values = {
    id = "projects/my-project/topics/ingredients"
  }
}

override_resource {
  target          = google_service_account.build
  override_during = plan
  values = {
    id = "projects/my-project/serviceAccounts/ingredient-build@my-project.iam.gserviceaccount.com"
  }
}

variables {
  invokers   = ["user:ada@example.com"]
  package    = "../../tests/fixtures/package-one.zip"
  project_id = "my-project"
  region     = "europe-west1"
}

run "two_functions_that_install_nothing" {
  command = plan

  assert {
    condition = { for name, function in google_cloudfunctions2_function.function : name => function.build_config[0].entry_point } == {
      classify = "classifyIngredient"
      lookup   = "lookupIngredient"
    }
    error_message = "The functions are not the package's two."
  }

  assert {
    condition = alltrue([for function in google_cloudfunctions2_function.function :
      function.build_config[0].environment_variables["GOOGLE_VENDOR_NPM_DEPENDENCIES"] == "true" &&
      function.build_config[0].source[0].storage_source[0].object == "function-9b81b2f81e71b93e4acc6aed4600f67fc88b5e8d820918bf47b6429b80b675dd.zip"
    ])
    error_message = "The build installs packages, or a changed zip would not deploy."
  }
}

run "events_are_kept_and_nobody_gets_in_unnamed" {
  command = plan

  assert {
    condition = alltrue([
      google_pubsub_subscription.classify.push_config[0].push_endpoint == "https://ingredient-0123456789-ew.a.run.app/projects/my-project/topics/ingredients",
      google_pubsub_subscription.classify.dead_letter_policy[0].max_delivery_attempts == 100,
      google_pubsub_subscription.dead_letters.expiration_policy[0].ttl == "",
      keys(google_cloud_run_service_iam_member.invoker) == ["user:ada@example.com"],
      google_cloudfunctions2_function.function["classify"].service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY",
    ])
    error_message = "Events could be lost, or somebody gets in who was not named."
  }
}

run "an_empty_project_has_all_that_it_needs" {
  command = plan

  assert {
    condition = length(setsubtract([
      "artifactregistry.googleapis.com", "cloudbuild.googleapis.com", "cloudfunctions.googleapis.com", "cloudresourcemanager.googleapis.com",
      "firestore.googleapis.com", "iam.googleapis.com", "logging.googleapis.com", "pubsub.googleapis.com", "run.googleapis.com",
      "storage.googleapis.com",
    ], keys(google_project_service.api))) == 0
    error_message = "An API that a resource is made by is not enabled."
  }

  assert {
    condition = alltrue(concat(
      [for function in google_cloudfunctions2_function.function : function.build_config[0].service_account == google_service_account.build.id],
      [keys(google_project_iam_member.build) == ["roles/artifactregistry.writer", "roles/logging.logWriter", "roles/storage.objectViewer"]],
      [google_service_account_iam_member.pubsub_signs.role == "roles/iam.serviceAccountOpenIdTokenCreator"],
    ))
    error_message = "The functions are built by an account that is not theirs or may not, or pushes cannot be signed."
  }
}

run "nobody_named" {
  command = plan

  variables {
    invokers = []
  }

  expect_failures = [var.invokers]
}

run "package_not_made" {
  command = plan

  variables {
    package = "none.zip"
  }

  expect_failures = [var.package]
}
