output "ci" {
  description = "What the workflow's variables must be set to; null without `github`."
  value = var.github == null ? null : {
    deploy_account = google_service_account.ci["deploy"].email
    plan_account   = google_service_account.ci["plan"].email
    provider       = google_iam_workload_identity_pool_provider.github[0].name
  }
}

output "dead_letters_subscription" {
  description = "The subscription that holds what could not be delivered."
  value       = google_pubsub_subscription.dead_letters.id
}

output "images" {
  description = "The image of each function."
  value       = { for name, image in terraform_data.image : name => image.triggers_replace }
}

output "lookup_url" {
  description = "Where names are looked up."
  value       = google_cloud_run_v2_service.function["lookup"].uri
}

output "service_accounts" {
  description = "The accounts that the parts run as."
  value = {
    build    = google_service_account.build.email
    classify = google_service_account.function["classify"].email
    lookup   = google_service_account.function["lookup"].email
    push     = google_service_account.push.email
  }
}

output "topic" {
  description = "The topic that new ingredients are published to."
  value       = google_pubsub_topic.ingredients.id
}
