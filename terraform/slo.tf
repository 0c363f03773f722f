# What users are promised, over 28 days, and who is told when the rest of it is being used up too fast.
locals {
  # Beyer et al., The Site Reliability Workbook, chapter 5, table 5-8: 2 % of the month's budget in an hour, 5 % in six. The short
  # window ends the alert soon after the fault has ended.
  burn_rates = {
    fast = { long = "3600s", rate = 14.4, severity = "CRITICAL", short = "300s" }
    slow = { long = "21600s", rate = 6, severity = "WARNING", short = "1800s" }
  }

  slos = {
    "classify availability" = google_monitoring_slo.availability["classify"].name
    "lookup availability"   = google_monitoring_slo.availability["lookup"].name
    "lookup latency"        = google_monitoring_slo.latency.name
  }
}

resource "google_monitoring_custom_service" "function" {
  for_each = local.functions

  service_id   = "ingredient-${each.key}"
  display_name = "Ingredient ${each.key}"

  depends_on = [google_project_service.api]
}

resource "google_monitoring_slo" "availability" {
  for_each = local.functions

  service = google_monitoring_custom_service.function[each.key].service_id
  slo_id  = "availability"

  display_name        = "Requests that do not fail"
  goal                = var.operations.availability
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      bad_service_filter   = "metric.type=\"run.googleapis.com/request_count\" AND ${local.service[each.key]} AND metric.labels.response_code_class=\"5xx\""
      total_service_filter = "metric.type=\"run.googleapis.com/request_count\" AND ${local.service[each.key]}"
    }
  }
}

resource "google_monitoring_slo" "latency" {
  service = google_monitoring_custom_service.function["lookup"].service_id
  slo_id  = "latency"

  display_name        = "Requests answered within ${var.operations.latency_ms} ms"
  goal                = var.operations.latency_share
  rolling_period_days = 28

  request_based_sli {
    distribution_cut {
      distribution_filter = "metric.type=\"run.googleapis.com/request_latencies\" AND ${local.service.lookup}"
      range {
        max = var.operations.latency_ms
      }
    }
  }
}

resource "google_monitoring_alert_policy" "burn" {
  for_each = var.operations.alerts ? { for pair in setproduct(keys(local.slos), keys(local.burn_rates)) : join(" ", pair) => { slo = pair[0], speed = pair[1] } } : {}

  display_name          = "The error budget of ${each.value.slo} burns ${local.burn_rates[each.value.speed].rate} times too fast"
  combiner              = "AND"
  notification_channels = local.channels
  severity              = local.burn_rates[each.value.speed].severity

  dynamic "conditions" {
    for_each = [local.burn_rates[each.value.speed].long, local.burn_rates[each.value.speed].short]
    content {
      display_name = "over ${conditions.value}"
      condition_threshold {
        comparison      = "COMPARISON_GT"
        duration        = "0s"
        filter          = "select_slo_burn_rate(\"${local.slos[each.value.slo]}\", \"${conditions.value}\")"
        threshold_value = local.burn_rates[each.value.speed].rate
      }
    }
  }

  documentation {
    content   = file("${path.module}/../docs/runbooks/slo-burn.md")
    mime_type = "text/markdown"
  }
}
