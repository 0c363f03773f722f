resource "google_pubsub_topic" "ingredients" {
  name                       = "ingredients"
  kms_key_name               = var.kms_key
  message_retention_duration = "${var.messaging.retention_days * 86400}s"

  depends_on = [google_kms_crypto_key_iam_member.agent, google_project_service.api]
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = var.publishers

  member = each.key
  role   = "roles/pubsub.publisher"
  topic  = google_pubsub_topic.ingredients.name
}

resource "google_service_account" "push" {
  account_id   = "ingredient-push"
  display_name = "Signs Pub/Sub's pushes to classifyIngredient"

  depends_on = [google_project_service.api]
}

resource "google_cloud_run_v2_service_iam_member" "push_invokes" {
  location = google_cloud_run_v2_service.function["classify"].location
  member   = google_service_account.push.member
  name     = google_cloud_run_v2_service.function["classify"].name
  role     = "roles/run.invoker"
}

resource "google_service_account_iam_member" "pubsub_signs" {
  member             = local.agents.pubsub
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  service_account_id = google_service_account.push.name
}

resource "google_pubsub_subscription" "classify" {
  name  = "ingredients-classify"
  topic = google_pubsub_topic.ingredients.id

  ack_deadline_seconds       = var.messaging.ack_deadline_s
  message_retention_duration = "${var.messaging.retention_days * 86400}s"

  push_config {
    # The Functions Framework reads the topic from such a path.
    push_endpoint = "${google_cloud_run_v2_service.function["classify"].uri}/${google_pubsub_topic.ingredients.id}"

    oidc_token {
      audience              = google_cloud_run_v2_service.function["classify"].uri
      service_account_email = google_service_account.push.email
    }
  }

  retry_policy {
    maximum_backoff = "${var.messaging.maximum_backoff_s}s"
    minimum_backoff = "${var.messaging.minimum_backoff_s}s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = var.messaging.max_delivery_attempts
  }

  # Without it a subscription that nothing was published to for 31 days is gone.
  expiration_policy {
    ttl = ""
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.push_invokes,
    google_pubsub_topic_iam_member.dead_letters_forwarded,
    google_service_account_iam_member.pubsub_signs,
  ]
}

resource "google_pubsub_topic" "dead_letters" {
  name         = "ingredients-dead-letters"
  kms_key_name = var.kms_key

  depends_on = [google_kms_crypto_key_iam_member.agent, google_project_service.api]
}

# Both are needed: without them Pub/Sub forwards nothing, and says nothing.
resource "google_pubsub_topic_iam_member" "dead_letters_forwarded" {
  member = local.agents.pubsub
  role   = "roles/pubsub.publisher"
  topic  = google_pubsub_topic.dead_letters.name
}

resource "google_pubsub_subscription_iam_member" "dead_letters_acknowledged" {
  member       = local.agents.pubsub
  role         = "roles/pubsub.subscriber"
  subscription = google_pubsub_subscription.classify.name
}

# A topic without a subscription keeps nothing.
resource "google_pubsub_subscription" "dead_letters" {
  name  = "ingredients-dead-letters"
  topic = google_pubsub_topic.dead_letters.id

  ack_deadline_seconds       = 600
  message_retention_duration = "2678400s" # 31 days, the most that Pub/Sub keeps

  expiration_policy {
    ttl = ""
  }
}
