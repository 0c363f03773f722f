locals {
  apis = toset(concat(
    [
      "artifactregistry.googleapis.com",
      "cloudbuild.googleapis.com",
      "cloudresourcemanager.googleapis.com",
      "firebaserules.googleapis.com",
      "firestore.googleapis.com",
      "iam.googleapis.com",
      "logging.googleapis.com",
      "monitoring.googleapis.com",
      "pubsub.googleapis.com",
      "run.googleapis.com",
      "storage.googleapis.com",
    ],
    var.github == null ? [] : ["iamcredentials.googleapis.com", "sts.googleapis.com"],
    var.kms_key == null ? [] : ["cloudkms.googleapis.com"],
    var.operations.budget == null ? [] : ["billingbudgets.googleapis.com"],
  ))
}

resource "google_project_service" "api" {
  for_each = local.apis

  project = var.project_id
  service = each.key

  # Others in the project may use it too.
  disable_on_destroy = false
}
