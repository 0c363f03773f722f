# What the functions' log lines say, counted. docs/logs.md lists the lines and their fields.
locals {
  log_source = { for name in keys(local.functions) : name => "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"ingredient-${name}\"" }

  counters = {
    answers = {
      description = "Requests that were answered, by the layer that answered and whether a model or a person did."
      filter      = "${local.log_source.lookup} AND jsonPayload.message=\"request\" AND jsonPayload.origin:*"
      labels      = { layer = "EXTRACT(jsonPayload.layer)", origin = "EXTRACT(jsonPayload.origin)" }
    }
    events = {
      description = "Deliveries, by what came of them and why they were sent."
      filter      = "${local.log_source.classify} AND jsonPayload.message=\"event\""
      labels      = { cause = "EXTRACT(jsonPayload.cause)", outcome = "EXTRACT(jsonPayload.outcome)" }
    }
    labelled = {
      description = "Names that an event gave labels to, by those labels: their shares drift where the names, or the model, change."
      filter      = "${local.log_source.classify} AND jsonPayload.message=\"event\" AND jsonPayload.outcome=(\"created\" OR \"updated\")"
      labels      = { ingredient = "EXTRACT(jsonPayload.ingredient)", source = "EXTRACT(jsonPayload.source)" }
    }
    problems = {
      description = "Requests that were answered with a problem, by its code."
      filter      = "${local.log_source.lookup} AND jsonPayload.message=\"request\" AND jsonPayload.code:*"
      labels      = { code = "EXTRACT(jsonPayload.code)", route = "EXTRACT(jsonPayload.route)" }
    }
    rejected = {
      description = "Events that can never succeed, by the reason's code."
      filter      = "${local.log_source.classify} AND jsonPayload.message=\"event\" AND jsonPayload.outcome=\"rejected\""
      labels      = { code = "EXTRACT(jsonPayload.code)" }
    }
    reviews = {
      description = "Labels that a person set or took back."
      filter      = "${local.log_source.lookup} AND jsonPayload.message=\"request\" AND jsonPayload.route=~\"review$\" AND jsonPayload.method=(\"PUT\" OR \"DELETE\") AND jsonPayload.status<300"
      labels      = { method = "EXTRACT(jsonPayload.method)" }
    }
    unsure = {
      description = "Names of `labelled` whose answer asks for a review of any task."
      filter      = "${local.log_source.classify} AND jsonPayload.message=\"event\" AND jsonPayload.outcome=(\"created\" OR \"updated\") AND jsonPayload.needsReview=~\".\""
      labels      = {}
    }
  }

  cold_start_stages = ["listen", "load", "model", "node", "store"]

  distributions = merge(
    { for stage in local.cold_start_stages : "cold_start_${stage}" => {
      description = "Milliseconds that the stage ${stage} of a cold start took."
      filter      = "resource.type=\"cloud_run_revision\" AND jsonPayload.message=\"cold start\" AND jsonPayload.stages.${stage}:*"
      labels      = { target = "EXTRACT(jsonPayload.target)" }
      unit        = "ms"
      value       = "EXTRACT(jsonPayload.stages.${stage})"
    } },
    {
      cold_start_total = {
        description = "Milliseconds from the start of the process until it could answer."
        filter      = "resource.type=\"cloud_run_revision\" AND jsonPayload.message=\"cold start\""
        labels      = { target = "EXTRACT(jsonPayload.target)" }
        unit        = "ms"
        value       = "EXTRACT(jsonPayload.totalMs)"
      }
      names = {
        description = "Names a request asked for."
        filter      = "${local.log_source.lookup} AND jsonPayload.message=\"request\" AND jsonPayload.names:*"
        labels      = {}
        unit        = "1"
        value       = "EXTRACT(jsonPayload.names)"
      }
      names_needing_review = {
        description = "Names of a request whose answer asks for a review of any task."
        filter      = "${local.log_source.lookup} AND jsonPayload.message=\"request\" AND jsonPayload.needsReview:*"
        labels      = {}
        unit        = "1"
        value       = "EXTRACT(jsonPayload.needsReview)"
      }
    },
  )
}

resource "google_logging_metric" "counter" {
  for_each = local.counters

  name             = "ingredient/${each.key}"
  filter           = each.value.filter
  label_extractors = each.value.labels

  metric_descriptor {
    display_name = each.value.description
    metric_kind  = "DELTA"
    unit         = "1"
    value_type   = "INT64"

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_logging_metric" "distribution" {
  for_each = local.distributions

  name             = "ingredient/${each.key}"
  filter           = each.value.filter
  label_extractors = each.value.labels
  value_extractor  = each.value.value

  metric_descriptor {
    display_name = each.value.description
    metric_kind  = "DELTA"
    unit         = each.value.unit
    value_type   = "DISTRIBUTION"

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }

  # 1 to about 10^6, each bound 1.5 times the one before.
  bucket_options {
    exponential_buckets {
      growth_factor      = 1.5
      num_finite_buckets = 35
      scale              = 1
    }
  }

  depends_on = [google_project_service.api]
}
