# What Google Cloud would make up: ids, addresses, accounts, as it makes them.
mock_data "google_project" {
  defaults = {
    number = "123456789012"
  }
}

override_resource {
  target = google_service_account.build
  values = {
    email  = "ingredient-build@my-project.iam.gserviceaccount.com"
    id     = "projects/my-project/serviceAccounts/ingredient-build@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:ingredient-build@my-project.iam.gserviceaccount.com"
    name   = "projects/my-project/serviceAccounts/ingredient-build@my-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["classify"]
  values = {
    email  = "ingredient-classify@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:ingredient-classify@my-project.iam.gserviceaccount.com"
    name   = "projects/my-project/serviceAccounts/ingredient-classify@my-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["lookup"]
  values = {
    email  = "ingredient-lookup@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:ingredient-lookup@my-project.iam.gserviceaccount.com"
    name   = "projects/my-project/serviceAccounts/ingredient-lookup@my-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.push
  values = {
    email  = "ingredient-push@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:ingredient-push@my-project.iam.gserviceaccount.com"
    name   = "projects/my-project/serviceAccounts/ingredient-push@my-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_cloud_run_v2_service.function["classify"]
  values = {
    uri = "https://ingredient-classify-0123456789-ew.a.run.app"
  }
}

override_resource {
  target = google_cloud_run_v2_service.function["lookup"]
  values = {
    uri = "https://ingredient-lookup-0123456789-ew.a.run.app"
  }
}

override_resource {
  target = google_pubsub_topic.ingredients
  values = {
    id = "projects/my-project/topics/ingredients"
  }
}

override_resource {
  target = google_pubsub_topic.dead_letters
  values = {
    id = "projects/my-project/topics/ingredients-dead-letters"
  }
}

override_resource {
  target = google_firebaserules_ruleset.deny
  values = {
    name = "projects/my-project/rulesets/mocked"
  }
}


override_resource {
  target = google_monitoring_slo.availability["classify"]
  values = {
    name = "projects/123456789012/services/ingredient-classify/serviceLevelObjectives/availability"
  }
}

override_resource {
  target = google_monitoring_slo.availability["lookup"]
  values = {
    name = "projects/123456789012/services/ingredient-lookup/serviceLevelObjectives/availability"
  }
}

override_resource {
  target = google_monitoring_slo.latency
  values = {
    name = "projects/123456789012/services/ingredient-lookup/serviceLevelObjectives/latency"
  }
}

override_resource {
  target = google_service_account.ci["deploy"]
  values = {
    email  = "ingredient-ci-deploy@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:ingredient-ci-deploy@my-project.iam.gserviceaccount.com"
    name   = "projects/my-project/serviceAccounts/ingredient-ci-deploy@my-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.ci["plan"]
  values = {
    email  = "ingredient-ci-plan@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:ingredient-ci-plan@my-project.iam.gserviceaccount.com"
    name   = "projects/my-project/serviceAccounts/ingredient-ci-plan@my-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_iam_workload_identity_pool.github
  values = {
    name = "projects/123456789012/locations/global/workloadIdentityPools/github"
  }
}
