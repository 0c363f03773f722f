# Each alert carries its runbook of docs/runbooks/, so that who is woken has it at hand.
locals {
  channels = [for channel in google_monitoring_notification_channel.email : channel.name]

  service = { for name in keys(local.functions) : name => "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"ingredient-${name}\"" }
  both    = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=monitoring.regex.full_match(\"ingredient-(lookup|classify)\")"

  # The threshold is passed in every period of `for`; a ratio has a `total`.
  thresholds = {
    dead-letters = {
      display  = "Messages are in the dead letters"
      filter   = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.dead_letters.name}\""
      aligner  = "ALIGN_MAX", reducer = "REDUCE_SUM", group = []
      above    = 0, for = "0s", period = "60s"
      severity = "ERROR", total = null
    }
    memory = {
      display  = "A function uses more than 90 % of its memory"
      filter   = "metric.type=\"run.googleapis.com/container/memory/utilizations\" AND ${local.both}"
      aligner  = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", group = ["resource.labels.service_name"]
      above    = 0.9, for = "600s", period = "60s"
      severity = "WARNING", total = null
    }
    oldest-unacknowledged = {
      display  = "An event waits for more than ${var.operations.unacknowledged_s} s"
      filter   = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.classify.name}\""
      aligner  = "ALIGN_MAX", reducer = "REDUCE_MAX", group = []
      above    = var.operations.unacknowledged_s, for = "300s", period = "60s"
      severity = "ERROR", total = null
    }
    server-errors = {
      display  = "More than 5 % of a function's requests fail"
      filter   = "metric.type=\"run.googleapis.com/request_count\" AND ${local.both} AND metric.labels.response_code_class=\"5xx\""
      aligner  = "ALIGN_RATE", reducer = "REDUCE_SUM", group = ["resource.labels.service_name"]
      above    = 0.05, for = "300s", period = "300s"
      severity = "ERROR", total = "metric.type=\"run.googleapis.com/request_count\" AND ${local.both}"
    }
    slow-answers = {
      display  = "One lookup in a hundred takes more than ${var.operations.p99_ms} ms"
      filter   = "metric.type=\"run.googleapis.com/request_latencies\" AND ${local.service.lookup}"
      aligner  = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", group = []
      above    = var.operations.p99_ms, for = "900s", period = "300s"
      severity = "WARNING", total = null
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.operations.emails

  display_name = each.key
  labels       = { email_address = each.key }
  type         = "email"

  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = var.operations.alerts ? local.thresholds : {}

  display_name          = each.value.display
  combiner              = "OR"
  notification_channels = local.channels
  severity              = each.value.severity

  conditions {
    display_name = each.value.display
    condition_threshold {
      comparison         = "COMPARISON_GT"
      denominator_filter = each.value.total
      duration           = each.value.for
      filter             = each.value.filter
      threshold_value    = each.value.above

      aggregations {
        alignment_period     = each.value.period
        cross_series_reducer = each.value.reducer
        group_by_fields      = each.value.group
        per_series_aligner   = each.value.aligner
      }

      dynamic "denominator_aggregations" {
        for_each = each.value.total == null ? [] : [each.value.total]
        content {
          alignment_period     = each.value.period
          cross_series_reducer = each.value.reducer
          group_by_fields      = each.value.group
          per_series_aligner   = each.value.aligner
        }
      }
    }
  }

  documentation {
    content   = file("${path.module}/../docs/runbooks/${each.key}.md")
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "label_drift" {
  count = var.operations.alerts ? 1 : 0

  display_name          = "The labels of new names are not those of the week before"
  combiner              = "OR"
  notification_channels = local.channels
  severity              = "WARNING"

  conditions {
    display_name = "A source's share of the week moved by more than 0.15"
    condition_prometheus_query_language {
      duration            = "0s"
      evaluation_interval = "3600s"
      # A metric that no line has counted yet is unknown to Cloud Monitoring.
      disable_metric_validation = true
      # 200 names a week: below, shares move by chance alone.
      query = <<-PROMQL
        abs(
          sum by (source) (increase(logging_googleapis_com:user_ingredient_labelled{monitored_resource="cloud_run_revision"}[7d]))
            / scalar(sum(increase(logging_googleapis_com:user_ingredient_labelled{monitored_resource="cloud_run_revision"}[7d])))
          - sum by (source) (increase(logging_googleapis_com:user_ingredient_labelled{monitored_resource="cloud_run_revision"}[7d] offset 7d))
            / scalar(sum(increase(logging_googleapis_com:user_ingredient_labelled{monitored_resource="cloud_run_revision"}[7d] offset 7d)))
        ) > 0.15
        and on () (sum(increase(logging_googleapis_com:user_ingredient_labelled{monitored_resource="cloud_run_revision"}[7d])) > 200)
        and on () (sum(increase(logging_googleapis_com:user_ingredient_labelled{monitored_resource="cloud_run_revision"}[7d] offset 7d)) > 200)
      PROMQL
    }
  }

  documentation {
    content   = file("${path.module}/../docs/runbooks/label-drift.md")
    mime_type = "text/markdown"
  }

  depends_on = [google_logging_metric.counter]
}

# Uptime checks of the same project count as internal at a service's own address, whatever `ingress` is:
# https://cloud.google.com/run/docs/securing/ingress
resource "google_monitoring_uptime_check_config" "lookup" {
  count = var.operations.alerts ? 1 : 0

  display_name     = "Ingredient lookup"
  period           = "${var.operations.uptime_check_period}s"
  selected_regions = ["EUROPE", "USA_VIRGINIA", "ASIA_PACIFIC"] # three, the fewest that may be named
  timeout          = "10s"

  http_check {
    path         = "/health"
    port         = 443
    use_ssl      = true
    validate_ssl = true

    dynamic "service_agent_authentication" {
      for_each = var.public ? [] : ["OIDC_TOKEN"]
      content {
        type = service_agent_authentication.value
      }
    }
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      host       = trimprefix(google_cloud_run_v2_service.function["lookup"].uri, "https://")
      project_id = var.project_id
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "uptime_invokes" {
  count = var.operations.alerts && !var.public ? 1 : 0

  location = google_cloud_run_v2_service.function["lookup"].location
  member   = local.agents.uptime
  name     = google_cloud_run_v2_service.function["lookup"].name
  role     = "roles/run.invoker"
}

resource "google_monitoring_alert_policy" "uptime" {
  count = var.operations.alerts ? 1 : 0

  display_name          = "The lookup does not answer Google's checkers"
  combiner              = "OR"
  notification_channels = local.channels
  severity              = "CRITICAL"

  conditions {
    display_name = "More than one region cannot reach /health"
    condition_threshold {
      comparison      = "COMPARISON_GT"
      duration        = "${2 * var.operations.uptime_check_period}s"
      filter          = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND resource.type=\"uptime_url\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.lookup[0].uptime_check_id}\""
      threshold_value = 1

      aggregations {
        alignment_period     = "${2 * var.operations.uptime_check_period}s"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.labels.host"]
        per_series_aligner   = "ALIGN_NEXT_OLDER"
      }
    }
  }

  documentation {
    content   = file("${path.module}/../docs/runbooks/uptime.md")
    mime_type = "text/markdown"
  }
}

resource "google_billing_budget" "month" {
  count = var.operations.budget == null ? 0 : 1

  billing_account = var.operations.billing_account
  display_name    = "Ingredient classifier"

  amount {
    specified_amount {
      units = tostring(var.operations.budget)
    }
  }

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  # By the forecast it can still be mended: docs/runbooks/budget.md.
  threshold_rules {
    spend_basis       = "FORECASTED_SPEND"
    threshold_percent = 1
  }

  # Without it Cloud Billing tells the billing account's administrators; a rule that tells nobody it refuses.
  dynamic "all_updates_rule" {
    for_each = length(local.channels) == 0 ? [] : [slice(local.channels, 0, min(5, length(local.channels)))] # it takes no more than five
    content {
      monitoring_notification_channels = all_updates_rule.value
    }
  }

  depends_on = [google_project_service.api]
}
