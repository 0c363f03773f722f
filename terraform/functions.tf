locals {
  model_version = jsondecode(file("${path.module}/../model-artifacts/manifest.json")).version
  port          = 8080

  # https://cloud.google.com/run/docs/runtimes/nodejs
  base_image = "us-central1-docker.pkg.dev/serverless-runtimes/google-${var.runtime == "nodejs24" ? "24" : "22"}/runtimes/${var.runtime}"

  functions = {
    classify = {
      ingress = "INGRESS_TRAFFIC_INTERNAL_ONLY" # Pub/Sub of the same project counts as internal
      size    = var.classify
      target  = "classifyIngredient"
    }
    lookup = {
      ingress = local.ingress[var.ingress]
      size    = var.lookup
      target  = "lookupIngredient"
    }
  }
}

resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "ingredient-${each.key}"
  display_name = "Runs ${each.value.target}"

  depends_on = [google_project_service.api]
}

locals {
  # What glibc reads at start: memory that the model was loaded with goes back, instead of staying for requests that never need as much.
  malloc = {
    MALLOC_ARENA_MAX       = "1"
    MALLOC_MMAP_THRESHOLD_ = "524288"
    MALLOC_TRIM_THRESHOLD_ = "131072"
  }
}

resource "google_cloud_run_v2_service" "function" {
  for_each = local.functions

  name                = "ingredient-${each.key}"
  location            = var.region
  deletion_protection = var.deletion_protection
  ingress             = each.value.ingress

  build_config {
    base_image            = local.base_image
    environment_variables = local.build_environment
    function_target       = each.value.target
    image_uri             = "${local.registry}/${each.key}:${local.image_tag}"
    service_account       = google_service_account.build.id
    source_location       = "gs://${google_storage_bucket.source.name}/${google_storage_bucket_object.source.name}"
  }

  scaling {
    min_instance_count = each.value.size.min_instances
  }

  template {
    # Which model a revision answers with: a release that is taken back withdraws what that model wrote.
    labels = { model = replace(local.model_version, ".", "-") }

    encryption_key                   = var.kms_key
    execution_environment            = "EXECUTION_ENVIRONMENT_${upper(each.value.size.environment)}"
    max_instance_request_concurrency = each.value.size.concurrency
    service_account                  = google_service_account.function[each.key].email
    timeout                          = "${each.value.size.timeout_s}s"

    scaling {
      max_instance_count = each.value.size.max_instances
    }

    containers {
      image = terraform_data.image[each.key].triggers_replace

      ports {
        container_port = local.port
      }

      resources {
        cpu_idle          = true # nothing goes on after a response, so idle time costs nothing
        startup_cpu_boost = true
        limits = {
          cpu    = each.value.size.cpu < 1 ? "${each.value.size.cpu * 1000}m" : tostring(each.value.size.cpu)
          memory = "${each.value.size.memory_mib}Mi"
        }
      }

      # The lookup takes traffic when its model can answer. The event function knows POST alone, and each event waits for the model.
      startup_probe {
        failure_threshold = 60
        period_seconds    = 1
        timeout_seconds   = 1

        dynamic "http_get" {
          for_each = each.key == "lookup" ? ["/health"] : []
          content {
            path = http_get.value
            port = local.port
          }
        }

        dynamic "tcp_socket" {
          for_each = each.key == "lookup" ? [] : [local.port]
          content {
            port = tcp_socket.value
          }
        }
      }

      # Inference holds the event loop for milliseconds; what does not answer for a minute and a half is stuck.
      dynamic "liveness_probe" {
        for_each = each.key == "lookup" ? ["/health"] : []
        content {
          failure_threshold = 3
          period_seconds    = 30
          timeout_seconds   = 10
          http_get {
            path = liveness_probe.value
            port = local.port
          }
        }
      }

      dynamic "env" {
        for_each = merge(local.malloc, each.value.size.settings, {
          FIRESTORE_DATABASE   = google_firestore_database.this.name
          GOOGLE_CLOUD_PROJECT = var.project_id
        })
        content {
          name  = env.key
          value = env.value
        }
      }
    }
  }

  traffic {
    percent = 100
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
  }

  lifecycle {
    # A release moves it step by step: an apply in between must not undo that.
    ignore_changes = [client, client_version, traffic]
  }

  depends_on = [google_kms_crypto_key_iam_member.agent, google_project_iam_member.function_uses_database]
}

# An apply makes a revision and leaves the traffic alone: after a rollback it would deploy nothing, without a word.
check "traffic_goes_to_the_newest_revision" {
  assert {
    condition = alltrue(flatten([for service in google_cloud_run_v2_service.function : [
      for target in service.traffic_statuses : target.type == "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    ]]))
    error_message = "A rollback or a release holds traffic, so what this apply deploys gets none. To end that: node terraform/scripts/release.mjs promote --service ingredient-lookup --service ingredient-classify --project ${var.project_id} --region ${var.region}"
  }
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = var.public ? ["allUsers"] : var.invokers

  location = google_cloud_run_v2_service.function["lookup"].location
  member   = each.key
  name     = google_cloud_run_v2_service.function["lookup"].name
  role     = "roles/run.invoker"
}
