# The zip, and the image that is made of it: both are named by the zip's hash, so a changed zip deploys and an unchanged one does not.
locals {
  package      = coalesce(var.package, "${path.module}/../dist/function.zip")
  package_hash = filesha256(local.package)
  registry     = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"

  # Bump where the build itself changes.
  build_environment = {
    GOOGLE_NODE_RUN_SCRIPTS = ""
    # Without it the build throws node_modules away and installs it anew.
    GOOGLE_VENDOR_NPM_DEPENDENCIES = "true"
  }
  image_tag = substr(sha256(jsonencode([local.package_hash, var.runtime, local.build_environment])), 0, 20)
}

resource "google_storage_bucket" "source" {
  name     = "${replace(replace(var.project_id, ":", "-"), ".", "-")}-ingredient-source"
  location = var.region

  force_destroy               = true # what it holds can be made again
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 90
    }
    action {
      type = "Delete"
    }
  }

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agent, google_project_service.api]
}

resource "google_storage_bucket_object" "source" {
  bucket = google_storage_bucket.source.name
  name   = "function-${local.package_hash}.zip"
  source = local.package
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "ingredient-classifier"
  format        = "DOCKER"
  kms_key_name  = var.kms_key
  location      = var.region

  # Five releases to roll back to.
  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agent, google_project_service.api]
}

resource "google_service_account" "build" {
  account_id   = "ingredient-build"
  display_name = "Builds the functions' images"

  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_iam_member" "build_reads_source" {
  bucket = google_storage_bucket.source.name
  member = google_service_account.build.member
  role   = "roles/storage.objectViewer"
}

resource "google_artifact_registry_repository_iam_member" "build_writes_images" {
  location   = google_artifact_registry_repository.images.location
  member     = google_service_account.build.member
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.writer"
}

resource "google_project_iam_member" "build_logs" {
  member  = google_service_account.build.member
  project = var.project_id
  role    = "roles/logging.logWriter"
}

# Cloud Run keeps `build_config` but starts no build for it: the provider's issues 22263 and 23057.
resource "terraform_data" "image" {
  for_each = local.functions

  triggers_replace = "${local.registry}/${each.key}:${local.image_tag}"

  provisioner "local-exec" {
    command = "node '${path.module}/scripts/build.mjs'"
    environment = {
      PARENT = "projects/${var.project_id}/locations/${var.region}"
      REQUEST = jsonencode({
        imageUri       = "${local.registry}/${each.key}:${local.image_tag}"
        serviceAccount = google_service_account.build.id
        storageSource = {
          bucket = google_storage_bucket.source.name
          object = google_storage_bucket_object.source.name
        }
        buildpackBuild = {
          baseImage            = var.runtime
          environmentVariables = local.build_environment
          functionTarget       = each.value.target
        }
      })
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build_writes_images,
    google_project_iam_member.build_logs,
    google_storage_bucket_iam_member.build_reads_source,
  ]
}
