terraform {
  # Validations that look at other variables need 1.9.
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }

  # `terraform/bootstrap.sh` makes the bucket and hands its name over: `terraform init -backend-config=bucket=…`.
  backend "gcs" {
    prefix = "ingredient-classifier"
  }
}

provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = local.labels

  # Firebase Rules and Cloud Billing Budgets refuse a person's credentials that name no project to count the call for: the provider's
  # issues 8263 and 13120. The APIs that are asked must be on in this project, and who asks needs roles/serviceusage.serviceUsageConsumer.
  billing_project       = var.project_id
  user_project_override = true
}

data "google_project" "this" {
  project_id = var.project_id
}

locals {
  labels = merge({ app = "ingredient-classifier" }, var.labels)

  # Google's own accounts, which act for its services in this project.
  agents = {
    artifacts = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    firestore = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-firestore.iam.gserviceaccount.com"
    pubsub    = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    run       = "serviceAccount:service-${data.google_project.this.number}@serverless-robot-prod.iam.gserviceaccount.com"
    storage   = "serviceAccount:service-${data.google_project.this.number}@gs-project-accounts.iam.gserviceaccount.com"
    uptime    = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
  }
}
