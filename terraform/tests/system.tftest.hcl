# What a plain deployment promises. Nothing is asked of Google Cloud: the provider is mocked.
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

run "events_are_retried_and_never_lost" {
  command = plan

  assert {
    condition = alltrue([
      google_pubsub_subscription.classify.topic == google_pubsub_topic.ingredients.id,
      google_pubsub_subscription.classify.retry_policy[0].minimum_backoff == "10s",
      google_pubsub_subscription.classify.retry_policy[0].maximum_backoff == "600s",
    ])
    error_message = "Events are not sent again with a growing wait."
  }

  # Doubling from 10 s to 600 s takes 6 attempts and 630 s; the 93 after those wait 600 s each: 15.7 hours.
  assert {
    condition     = 630 + (google_pubsub_subscription.classify.dead_letter_policy[0].max_delivery_attempts - 7) * 600 > 12 * 3600
    error_message = "An outage of 12 hours would dead-letter good events."
  }

  assert {
    condition = alltrue([
      google_pubsub_subscription.classify.message_retention_duration == "604800s",
      google_pubsub_topic.ingredients.message_retention_duration == "604800s",
    ])
    error_message = "Events are not kept for seven days."
  }

  assert {
    condition     = length(google_pubsub_topic.ingredients.schema_settings) == 0
    error_message = "A schema would refuse the optional fields of the contract."
  }

  assert {
    condition = alltrue([
      google_pubsub_subscription.classify.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.dead_letters.id,
      google_pubsub_subscription.dead_letters.topic == google_pubsub_topic.dead_letters.id,
      google_pubsub_topic_iam_member.dead_letters_forwarded.topic == "ingredients-dead-letters",
      google_pubsub_topic_iam_member.dead_letters_forwarded.role == "roles/pubsub.publisher",
      google_pubsub_topic_iam_member.dead_letters_forwarded.member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
      google_pubsub_subscription_iam_member.dead_letters_acknowledged.subscription == "ingredients-classify",
      google_pubsub_subscription_iam_member.dead_letters_acknowledged.role == "roles/pubsub.subscriber",
      google_pubsub_subscription_iam_member.dead_letters_acknowledged.member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
    ])
    error_message = "Dead letters are not bound to a topic with a holder, or Pub/Sub may not forward them."
  }

  assert {
    condition = alltrue([
      google_pubsub_subscription.classify.expiration_policy[0].ttl == "",
      google_pubsub_subscription.dead_letters.expiration_policy[0].ttl == "",
      google_pubsub_subscription.dead_letters.message_retention_duration == "2678400s",
      length(google_pubsub_subscription.dead_letters.push_config) == 0,
    ])
    error_message = "A subscription would expire, or dead letters are not held for 31 days."
  }
}

run "pushes_are_signed_and_find_their_topic" {
  command = plan

  assert {
    condition = alltrue([
      google_pubsub_subscription.classify.push_config[0].push_endpoint == "https://ingredient-classify-0123456789-ew.a.run.app/projects/my-project/topics/ingredients",
      google_pubsub_subscription.classify.push_config[0].oidc_token[0].audience == "https://ingredient-classify-0123456789-ew.a.run.app",
      google_pubsub_subscription.classify.push_config[0].oidc_token[0].service_account_email == "ingredient-push@my-project.iam.gserviceaccount.com",
    ])
    error_message = "The push has no identity, or not the path that the Functions Framework reads the topic from."
  }

  assert {
    condition     = google_pubsub_subscription.classify.ack_deadline_seconds >= tonumber(trimsuffix(google_cloud_run_v2_service.function["classify"].template[0].timeout, "s"))
    error_message = "A message would be sent again while its first delivery still runs."
  }
}

run "functions_start_fast" {
  command = plan

  assert {
    condition = alltrue([for service in google_cloud_run_v2_service.function : alltrue([
      service.template[0].containers[0].resources[0].startup_cpu_boost,
      service.template[0].containers[0].resources[0].cpu_idle,
      service.template[0].execution_environment == "EXECUTION_ENVIRONMENT_GEN1",
      service.template[0].containers[0].startup_probe[0].period_seconds == 1,
    ])])
    error_message = "A function has no boost, is billed while idle, or starts in the slower environment."
  }

  assert {
    condition = alltrue([
      google_cloud_run_v2_service.function["lookup"].build_config[0].function_target == "lookupIngredient",
      google_cloud_run_v2_service.function["lookup"].template[0].containers[0].startup_probe[0].http_get[0].path == "/health",
      google_cloud_run_v2_service.function["lookup"].template[0].containers[0].liveness_probe[0].http_get[0].path == "/health",
      google_cloud_run_v2_service.function["classify"].build_config[0].function_target == "classifyIngredient",
      google_cloud_run_v2_service.function["classify"].template[0].containers[0].startup_probe[0].tcp_socket[0].port == 8080,
    ])
    error_message = "A function has the wrong target or probe."
  }

  assert {
    condition = alltrue([
      google_cloud_run_v2_service.function["lookup"].scaling[0].min_instance_count == 0,
      google_cloud_run_v2_service.function["lookup"].template[0].scaling[0].max_instance_count == 10,
      google_cloud_run_v2_service.function["lookup"].template[0].max_instance_request_concurrency == 8,
      google_cloud_run_v2_service.function["lookup"].template[0].timeout == "30s",
      google_cloud_run_v2_service.function["lookup"].template[0].containers[0].resources[0].limits == tomap({ cpu = "1", memory = "512Mi" }),
      google_cloud_run_v2_service.function["classify"].scaling[0].min_instance_count == 0,
      google_cloud_run_v2_service.function["classify"].template[0].scaling[0].max_instance_count == 5,
      google_cloud_run_v2_service.function["classify"].template[0].max_instance_request_concurrency == 4,
      google_cloud_run_v2_service.function["classify"].template[0].containers[0].resources[0].limits == tomap({ cpu = "1", memory = "512Mi" }),
    ])
    error_message = "A function's size is not the one that the documentation says."
  }
}

run "a_rollback_is_not_forgotten" {
  command = plan

  override_resource {
    target          = google_cloud_run_v2_service.function["lookup"]
    override_during = plan
    values = {
      traffic_statuses = [{ percent = 100, revision = "ingredient-lookup-00001-abc", type = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION" }]
      uri              = "https://ingredient-lookup-0123456789-ew.a.run.app"
    }
  }

  expect_failures = [check.traffic_goes_to_the_newest_revision]
}

run "nobody_gets_in_unnamed" {
  command = plan

  assert {
    condition     = keys(google_cloud_run_v2_service_iam_member.invoker) == ["user:ada@example.com"]
    error_message = "Somebody besides the named members may look names up."
  }

  assert {
    condition = alltrue([
      google_cloud_run_v2_service_iam_member.push_invokes.name == "ingredient-classify",
      google_cloud_run_v2_service_iam_member.push_invokes.member == "serviceAccount:ingredient-push@my-project.iam.gserviceaccount.com",
      google_cloud_run_v2_service.function["classify"].ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY",
    ])
    error_message = "Somebody besides Pub/Sub may send events to the function."
  }

  assert {
    condition = alltrue([
      google_storage_bucket.source.public_access_prevention == "enforced",
      google_storage_bucket.source.uniform_bucket_level_access,
    ])
    error_message = "The bucket could be opened to the public."
  }

  assert {
    condition     = strcontains(google_firebaserules_ruleset.deny.source[0].files[0].content, "allow read, write: if false;") && google_firebaserules_release.deny.name == "cloud.firestore"
    error_message = "Clients are not kept from the database."
  }
}

run "public_only_where_asked_for" {
  command = plan

  variables {
    public = true
  }

  assert {
    condition     = keys(google_cloud_run_v2_service_iam_member.invoker) == ["allUsers"]
    error_message = "public = true does not open the lookup."
  }
}

run "the_database_is_safe" {
  command = plan

  assert {
    condition = alltrue([
      google_firestore_database.this.name == "(default)",
      google_firestore_database.this.location_id == "europe-west1",
      google_firestore_database.this.type == "FIRESTORE_NATIVE",
      google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_ENABLED",
      google_firestore_database.this.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED",
      alltrue([for service in google_cloud_run_v2_service.function : service.deletion_protection]),
    ])
    error_message = "The database or a function can be deleted, or has no point-in-time recovery."
  }

  assert {
    condition = alltrue([
      google_firestore_backup_schedule.daily[0].retention == "604800s",
      length(google_firestore_backup_schedule.daily[0].daily_recurrence) == 1,
      google_firestore_backup_schedule.weekly[0].retention == "8467200s",
      google_firestore_backup_schedule.weekly[0].weekly_recurrence[0].day == "SUNDAY",
    ])
    error_message = "The database has no daily backups for a week and weekly ones for 14 weeks."
  }

  assert {
    condition = alltrue([for collection in ["ingredients", "rejected"] : alltrue([
      google_firestore_field.expiry[collection].field == "expireAt",
      length(google_firestore_field.expiry[collection].ttl_config) == 1,
      length(google_firestore_field.expiry[collection].index_config[0].indexes) == 0,
    ])])
    error_message = "What only lookups brought, or what was rejected, does not expire."
  }

  assert {
    condition = alltrue([for field in google_firestore_field.unindexed :
      length(field.index_config) == 1 && length(field.index_config[0].indexes) == 0 && length(field.ttl_config) == 0
      ]) && toset(keys(google_firestore_field.unindexed)) == toset([
      "ingredients.createdAt", "ingredients.ids", "ingredients.submittedAt", "ingredients.updatedAt", "rejected.payload", "rejected.rejectedAt",
      "reviews.reviewedAt",
    ])
    error_message = "A rising time is indexed: it would hold the collection to 500 writes a second."
  }
}

run "every_query_has_its_index" {
  command = plan

  assert {
    condition = toset([for index in google_firestore_index.query : join(" ", concat([index.collection], [for field in index.fields : "${field.field_path}:${coalesce(field.order, field.array_config)}"]))]) == toset([
      "ingredients listed:ASCENDING normalName:ASCENDING",
      "ingredients listed:ASCENDING categoryLabels:CONTAINS normalName:ASCENDING",
      "ingredients listed:ASCENDING source.label:ASCENDING normalName:ASCENDING",
      "ingredients listed:ASCENDING source.label:ASCENDING categoryLabels:CONTAINS normalName:ASCENDING",
    ])
    error_message = "A query of ingredients:list has no index, or an index has no query."
  }
}

run "the_least_roles" {
  command = plan

  variables {
    publishers = ["serviceAccount:app@my-project.iam.gserviceaccount.com"]
  }

  # What was added beside these, test/component/terraform-grants.test.ts sees: it compares every grant of the plan.
  assert {
    condition = toset([for grant in concat(
      values(google_project_iam_member.function_uses_database),
      [google_project_iam_member.build_logs],
      ) : "${grant.role} ${grant.member}"]) == toset([
      "roles/datastore.user serviceAccount:ingredient-classify@my-project.iam.gserviceaccount.com",
      "roles/datastore.user serviceAccount:ingredient-lookup@my-project.iam.gserviceaccount.com",
      "roles/logging.logWriter serviceAccount:ingredient-build@my-project.iam.gserviceaccount.com",
    ])
    error_message = "The roles on the project are not these three."
  }

  assert {
    condition = alltrue([for grant in google_project_iam_member.function_uses_database :
      grant.condition[0].expression == "resource.name == \"projects/my-project/databases/(default)\""
    ])
    error_message = "A function may use every database of the project."
  }

  assert {
    condition = alltrue([
      google_storage_bucket_iam_member.build_reads_source.role == "roles/storage.objectViewer",
      google_artifact_registry_repository_iam_member.build_writes_images.role == "roles/artifactregistry.writer",
      google_service_account_iam_member.pubsub_signs.role == "roles/iam.serviceAccountOpenIdTokenCreator",
      google_service_account_iam_member.pubsub_signs.service_account_id == "projects/my-project/serviceAccounts/ingredient-push@my-project.iam.gserviceaccount.com",
      google_cloud_run_v2_service_iam_member.push_invokes.role == "roles/run.invoker",
      alltrue([for grant in google_cloud_run_v2_service_iam_member.invoker : grant.role == "roles/run.invoker" && grant.name == "ingredient-lookup"]),
      [for grant in google_pubsub_topic_iam_member.publisher : "${grant.role} ${grant.topic} ${grant.member}"] == ["roles/pubsub.publisher ingredients serviceAccount:app@my-project.iam.gserviceaccount.com"],
    ])
    error_message = "A role on a resource is wider than it has to be."
  }

  assert {
    condition = alltrue([
      google_cloud_run_v2_service.function["classify"].template[0].service_account == "ingredient-classify@my-project.iam.gserviceaccount.com",
      google_cloud_run_v2_service.function["lookup"].template[0].service_account == "ingredient-lookup@my-project.iam.gserviceaccount.com",
      google_cloud_run_v2_service.function["lookup"].build_config[0].service_account == google_service_account.build.id,
    ])
    error_message = "A function runs, or is built, as an account that is not its own."
  }
}

run "one_package" {
  command = plan

  # `sha256sum tests/fixtures/package-one.zip`
  assert {
    condition = alltrue([
      google_storage_bucket_object.source.name == "function-9b81b2f81e71b93e4acc6aed4600f67fc88b5e8d820918bf47b6429b80b675dd.zip",
      google_cloud_run_v2_service.function["lookup"].build_config[0].source_location == "gs://my-project-ingredient-source/function-9b81b2f81e71b93e4acc6aed4600f67fc88b5e8d820918bf47b6429b80b675dd.zip",
      google_storage_bucket.source.versioning[0].enabled,
    ])
    error_message = "The object's name does not hold the hash of the zip, or old versions are not kept."
  }

  assert {
    condition = alltrue([for name, service in google_cloud_run_v2_service.function : alltrue([
      service.template[0].containers[0].image == terraform_data.image[name].triggers_replace,
      service.template[0].containers[0].image == service.build_config[0].image_uri,
      startswith(service.template[0].containers[0].image, "europe-west1-docker.pkg.dev/my-project/ingredient-classifier/${name}:"),
    ])])
    error_message = "A function does not run the image that is built of the zip."
  }
}

run "a_changed_package_deploys" {
  command = plan

  variables {
    package = "tests/fixtures/package-two.zip"
  }

  assert {
    condition     = google_storage_bucket_object.source.name == "function-53482da6758746212920fbf123451e99fd4b588a7d5449747f2b4a84db877f5a.zip"
    error_message = "A changed zip has no name of its own."
  }

  assert {
    condition     = google_cloud_run_v2_service.function["lookup"].template[0].containers[0].image != run.one_package.images["lookup"]
    error_message = "A changed zip is not built and deployed."
  }
}

run "an_unchanged_package_does_not" {
  command = plan

  variables {
    package = "./tests/fixtures/package-one.zip"
  }

  assert {
    condition     = { for name, service in google_cloud_run_v2_service.function : name => service.template[0].containers[0].image } == run.one_package.images
    error_message = "The same zip from another place is deployed again."
  }
}

run "the_build_installs_nothing" {
  command = plan

  assert {
    condition = alltrue([for service in google_cloud_run_v2_service.function :
      service.build_config[0].environment_variables["GOOGLE_VENDOR_NPM_DEPENDENCIES"] == "true" &&
      service.build_config[0].environment_variables["GOOGLE_NODE_RUN_SCRIPTS"] == ""
    ])
    error_message = "The build would install packages, or run scripts, that the zip did not bring."
  }
}
