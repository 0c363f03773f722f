# The same two functions by the Cloud Functions API, for those who manage all of theirs by it. It builds the image itself; it knows neither
# the boost at start-up nor probes, so a request may meet a model that still loads. docs/adr/0008-services-and-their-images.md says why terraform/ does otherwise.
#
# Its triggers have no dead letters either, so events come by a push subscription of our own here too.
#
# terraform/bootstrap.sh first: it makes Google's own accounts that grants name, which a new project does not have yet. Then, here:
#
#   terraform init
#   terraform apply -var project_id=MY-PROJECT -var region=europe-west1 -var 'invokers=["user:ADA@example.com"]'
terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project = var.project_id
  region  = var.region
}

variable "invokers" {
  description = "Who may look names up, as IAM members such as `user:ada@example.com`."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.invokers) > 0 && length(setintersection(var.invokers, ["allUsers", "allAuthenticatedUsers"])) == 0
    error_message = "invokers must name who may look names up, such as [\"user:ada@example.com\"]."
  }
}

variable "package" {
  description = "The zip that `npm run package` makes."
  type        = string
  default     = "../../../dist/function.zip"
  nullable    = false

  validation {
    condition     = fileexists(var.package)
    error_message = "There is no ${var.package}: run `npm ci && npm run package`."
  }
}

variable "project_id" {
  description = "The Google Cloud project, with billing enabled."
  type        = string
}

variable "region" {
  description = "Where the functions run, such as `europe-west1`."
  type        = string
}

data "google_project" "this" {
  project_id = var.project_id
}

locals {
  functions = {
    classify = { ingress = "ALLOW_INTERNAL_ONLY", target = "classifyIngredient", timeout_s = 60 }
    lookup   = { ingress = "ALLOW_ALL", target = "lookupIngredient", timeout_s = 30 }
  }
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_project_service" "api" {
  for_each = toset([
    "artifactregistry.googleapis.com", "cloudbuild.googleapis.com", "cloudfunctions.googleapis.com", "cloudresourcemanager.googleapis.com",
    "firestore.googleapis.com", "iam.googleapis.com", "logging.googleapis.com", "pubsub.googleapis.com", "run.googleapis.com",
    "storage.googleapis.com",
  ])

  service            = each.key
  disable_on_destroy = false
}

resource "google_firestore_database" "this" {
  name                    = "(default)"
  delete_protection_state = "DELETE_PROTECTION_ENABLED"
  location_id             = var.region
  type                    = "FIRESTORE_NATIVE"

  depends_on = [google_project_service.api]
}

resource "google_storage_bucket" "source" {
  name                        = "${var.project_id}-ingredient-functions"
  location                    = var.region
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true

  versioning {
    enabled = true
  }

  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_object" "source" {
  bucket = google_storage_bucket.source.name
  name   = "function-${filesha256(var.package)}.zip"
  source = var.package
}

resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "ingredient-${each.key}"
  display_name = "Runs ${each.value.target}"

  depends_on = [google_project_service.api]
}

# Without it builds run as the project's default account, which may do nothing in a new organisation, and anything in an old one.
resource "google_service_account" "build" {
  account_id   = "ingredient-build"
  display_name = "Builds the functions' images"

  depends_on = [google_project_service.api]
}

# On the project: the buckets and the repository of such a build are made by Cloud Functions, and it alone knows their names.
# https://cloud.google.com/functions/docs/securing/build-custom-sa
resource "google_project_iam_member" "build" {
  for_each = toset(["roles/artifactregistry.writer", "roles/logging.logWriter", "roles/storage.objectViewer"])

  member  = google_service_account.build.member
  project = var.project_id
  role    = each.key
}

resource "google_project_iam_member" "function_uses_database" {
  for_each = local.functions

  member  = google_service_account.function[each.key].member
  project = var.project_id
  role    = "roles/datastore.user"
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  name     = "ingredient-${each.key}"
  location = var.region

  build_config {
    entry_point     = each.value.target
    runtime         = "nodejs22"
    service_account = google_service_account.build.id
    # Without it the build throws node_modules away and installs it anew.
    environment_variables = { GOOGLE_NODE_RUN_SCRIPTS = "", GOOGLE_VENDOR_NPM_DEPENDENCIES = "true" }

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    available_cpu                    = "1"
    available_memory                 = "512Mi"
    environment_variables            = { FIRESTORE_DATABASE = google_firestore_database.this.name, GOOGLE_CLOUD_PROJECT = var.project_id }
    ingress_settings                 = each.value.ingress
    max_instance_count               = 5
    max_instance_request_concurrency = 4
    service_account_email            = google_service_account.function[each.key].email
    timeout_seconds                  = each.value.timeout_s
  }

  # What it is built and runs by has to be granted first; the APIs are on once the accounts are there.
  depends_on = [google_project_iam_member.build, google_project_iam_member.function_uses_database]
}

resource "google_cloud_run_service_iam_member" "invoker" {
  for_each = var.invokers

  location = var.region
  member   = each.key
  role     = "roles/run.invoker"
  service  = google_cloudfunctions2_function.function["lookup"].name
}

resource "google_service_account" "push" {
  account_id   = "ingredient-push"
  display_name = "Signs Pub/Sub's pushes to classifyIngredient"

  depends_on = [google_project_service.api]
}

resource "google_cloud_run_service_iam_member" "push_invokes" {
  location = var.region
  member   = google_service_account.push.member
  role     = "roles/run.invoker"
  service  = google_cloudfunctions2_function.function["classify"].name
}

# A project older than April 2021 needs it: Pub/Sub signs as the push account.
resource "google_service_account_iam_member" "pubsub_signs" {
  member             = local.pubsub_agent
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  service_account_id = google_service_account.push.name
}

resource "google_pubsub_topic" "topic" {
  for_each = toset(["ingredients", "ingredients-dead-letters"])

  name = each.key

  depends_on = [google_project_service.api]
}

resource "google_pubsub_subscription" "classify" {
  name                 = "ingredients-classify"
  topic                = google_pubsub_topic.topic["ingredients"].id
  ack_deadline_seconds = 60

  push_config {
    push_endpoint = "${google_cloudfunctions2_function.function["classify"].service_config[0].uri}/${google_pubsub_topic.topic["ingredients"].id}"

    oidc_token {
      audience              = google_cloudfunctions2_function.function["classify"].service_config[0].uri
      service_account_email = google_service_account.push.email
    }
  }

  # 100 attempts last some 15 hours.
  retry_policy {
    maximum_backoff = "600s"
    minimum_backoff = "10s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.topic["ingredients-dead-letters"].id
    max_delivery_attempts = 100
  }

  expiration_policy {
    ttl = ""
  }

  depends_on = [
    google_cloud_run_service_iam_member.push_invokes,
    google_pubsub_topic_iam_member.dead_letters_forwarded,
    google_service_account_iam_member.pubsub_signs,
  ]
}

resource "google_pubsub_topic_iam_member" "dead_letters_forwarded" {
  member = local.pubsub_agent
  role   = "roles/pubsub.publisher"
  topic  = google_pubsub_topic.topic["ingredients-dead-letters"].name
}

resource "google_pubsub_subscription_iam_member" "dead_letters_acknowledged" {
  member       = local.pubsub_agent
  role         = "roles/pubsub.subscriber"
  subscription = google_pubsub_subscription.classify.name
}

resource "google_pubsub_subscription" "dead_letters" {
  name                       = "ingredients-dead-letters"
  topic                      = google_pubsub_topic.topic["ingredients-dead-letters"].id
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

output "lookup_url" {
  description = "Where names are looked up."
  value       = google_cloudfunctions2_function.function["lookup"].service_config[0].uri
}
