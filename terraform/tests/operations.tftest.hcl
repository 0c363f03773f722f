# What is measured, and who is told. Metrics are compared with the log lines' fields, alerts with their runbooks.
mock_provider "google" {
  override_during = plan
  source          = "./tests/mocks"
}

variables {
  project_id = "my-project"
  region     = "europe-west1"
  invokers   = ["user:ada@example.com"]
  operations = { emails = ["ada@example.com"] }
  package    = "tests/fixtures/package-one.zip"
}

run "log_lines_are_counted" {
  command = plan

  assert {
    condition = { for name, metric in google_logging_metric.counter : name => join(" ", keys(metric.label_extractors)) } == {
      answers  = "layer origin"
      events   = "cause outcome"
      labelled = "ingredient source"
      problems = "code route"
      rejected = "code"
      reviews  = "method"
      unsure   = ""
    }
    error_message = "The metrics that count log lines are not those that the dashboard and the alerts need."
  }

  assert {
    condition = { for name, metric in google_logging_metric.distribution : name => metric.value_extractor } == {
      cold_start_listen    = "EXTRACT(jsonPayload.stages.listen)"
      cold_start_load      = "EXTRACT(jsonPayload.stages.load)"
      cold_start_model     = "EXTRACT(jsonPayload.stages.model)"
      cold_start_node      = "EXTRACT(jsonPayload.stages.node)"
      cold_start_store     = "EXTRACT(jsonPayload.stages.store)"
      cold_start_total     = "EXTRACT(jsonPayload.totalMs)"
      names                = "EXTRACT(jsonPayload.names)"
      names_needing_review = "EXTRACT(jsonPayload.needsReview)"
    }
    error_message = "Cold starts are not measured by stage, or names not counted."
  }

  # The labels of a metric's descriptor and its extractors must be the same set: Logging refuses others.
  assert {
    condition = alltrue([for metric in merge(google_logging_metric.counter, google_logging_metric.distribution) :
      join(" ", sort([for label in metric.metric_descriptor[0].labels : label.key])) == join(" ", keys(metric.label_extractors))
    ])
    error_message = "A metric declares other labels than it extracts."
  }
}

run "the_dashboard_shows_them" {
  command = plan

  assert {
    condition = alltrue([for metric in concat(values(google_logging_metric.counter), values(google_logging_metric.distribution)) :
      strcontains(google_monitoring_dashboard.this.dashboard_json, "user/${metric.name}\\\"")
    ])
    error_message = "A metric is counted and not shown."
  }

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles) == 19
    error_message = "The dashboard has not its 19 charts."
  }
}

run "every_alert_is_there_with_its_runbook" {
  command = plan

  assert {
    condition = toset(keys(google_monitoring_alert_policy.threshold)) == toset([
      "dead-letters", "memory", "oldest-unacknowledged", "server-errors", "slow-answers",
    ])
    error_message = "An alert is missing."
  }

  # Each is billed by the month.
  assert {
    condition = length(flatten([for policy in concat(
      values(google_monitoring_alert_policy.threshold),
      values(google_monitoring_alert_policy.burn),
      google_monitoring_alert_policy.label_drift,
      google_monitoring_alert_policy.uptime,
    ) : policy.conditions])) == 19
    error_message = "docs/cost.md counts 19 conditions."
  }

  # Cloud Monitoring takes 8,192 characters.
  assert {
    condition = alltrue([for policy in concat(
      values(google_monitoring_alert_policy.threshold),
      values(google_monitoring_alert_policy.burn),
      google_monitoring_alert_policy.label_drift,
      google_monitoring_alert_policy.uptime,
      ) : alltrue([
        startswith(policy.documentation[0].content, "# "),
        strcontains(policy.documentation[0].content, "**What it means.**"),
        strcontains(policy.documentation[0].content, "**Mend**"),
        length(policy.documentation[0].content) < 8192,
        length(policy.notification_channels) == 1,
    ])])
    error_message = "An alert has no runbook that says what it means and how to mend it, or tells nobody."
  }

  assert {
    condition = alltrue([
      google_monitoring_alert_policy.threshold["dead-letters"].conditions[0].condition_threshold[0].threshold_value == 0,
      google_monitoring_alert_policy.threshold["dead-letters"].conditions[0].condition_threshold[0].duration == "0s",
      strcontains(google_monitoring_alert_policy.threshold["dead-letters"].conditions[0].condition_threshold[0].filter, "num_undelivered_messages"),
      strcontains(google_monitoring_alert_policy.threshold["dead-letters"].conditions[0].condition_threshold[0].filter, "\"ingredients-dead-letters\""),
      strcontains(google_monitoring_alert_policy.threshold["oldest-unacknowledged"].conditions[0].condition_threshold[0].filter, "\"ingredients-classify\""),
      google_monitoring_alert_policy.threshold["oldest-unacknowledged"].conditions[0].condition_threshold[0].threshold_value == 3600,
      google_monitoring_alert_policy.threshold["slow-answers"].conditions[0].condition_threshold[0].aggregations[0].per_series_aligner == "ALIGN_PERCENTILE_99",
      google_monitoring_alert_policy.threshold["memory"].conditions[0].condition_threshold[0].threshold_value == 0.9,
      google_monitoring_alert_policy.threshold["server-errors"].conditions[0].condition_threshold[0].denominator_filter != null,
      length(google_monitoring_alert_policy.threshold["server-errors"].conditions[0].condition_threshold[0].denominator_aggregations) == 1,
    ])
    error_message = "An alert does not watch what its runbook says."
  }
}

run "the_promise_and_its_burn_rates" {
  command = plan

  assert {
    condition = alltrue([
      google_monitoring_slo.availability["lookup"].goal == 0.995,
      google_monitoring_slo.availability["classify"].goal == 0.995,
      google_monitoring_slo.availability["lookup"].rolling_period_days == 28,
      google_monitoring_slo.latency.goal == 0.95,
      google_monitoring_slo.latency.request_based_sli[0].distribution_cut[0].range[0].max == 1000,
    ])
    error_message = "The promises are not the documented ones."
  }

  # A long and a short window each, both of which must burn.
  assert {
    condition = { for name, policy in google_monitoring_alert_policy.burn : name => [policy.combiner, [for condition in policy.conditions : condition.condition_threshold[0].threshold_value]] } == {
      "classify availability fast" = ["AND", [14.4, 14.4]]
      "classify availability slow" = ["AND", [6, 6]]
      "lookup availability fast"   = ["AND", [14.4, 14.4]]
      "lookup availability slow"   = ["AND", [6, 6]]
      "lookup latency fast"        = ["AND", [14.4, 14.4]]
      "lookup latency slow"        = ["AND", [6, 6]]
    }
    error_message = "The burn-rate alerts have not two windows at 14.4 and at 6 times."
  }

  assert {
    condition = alltrue([for name, policy in google_monitoring_alert_policy.burn :
      startswith(policy.conditions[0].condition_threshold[0].filter, "select_slo_burn_rate(\"projects/123456789012/services/ingredient-${split(" ", name)[0]}/serviceLevelObjectives/${split(" ", name)[1]}\", ")
    ])
    error_message = "A burn-rate alert watches another promise."
  }
}

run "the_uptime_check_signs_in" {
  command = plan

  assert {
    condition = alltrue([
      google_monitoring_uptime_check_config.lookup[0].http_check[0].path == "/health",
      google_monitoring_uptime_check_config.lookup[0].http_check[0].service_agent_authentication[0].type == "OIDC_TOKEN",
      google_monitoring_uptime_check_config.lookup[0].monitored_resource[0].labels["host"] == "ingredient-lookup-0123456789-ew.a.run.app",
      google_cloud_run_v2_service_iam_member.uptime_invokes[0].member == "serviceAccount:service-123456789012@gcp-sa-monitoring-notification.iam.gserviceaccount.com",
      google_cloud_run_v2_service_iam_member.uptime_invokes[0].name == "ingredient-lookup",
    ])
    error_message = "The uptime check cannot get in."
  }
}

run "a_public_lookup_is_checked_as_anybody" {
  command = plan

  variables {
    public = true
  }

  assert {
    condition     = length(google_cloud_run_v2_service_iam_member.uptime_invokes) == 0 && length(google_monitoring_uptime_check_config.lookup[0].http_check[0].service_agent_authentication) == 0
    error_message = "The check of a public lookup signs in."
  }
}

# Google counts the checks of a project as internal to it.
run "an_internal_lookup_is_checked_too" {
  command = plan

  variables {
    ingress = "internal"
  }

  assert {
    condition     = length(google_monitoring_uptime_check_config.lookup) == 1 && length(google_monitoring_alert_policy.uptime) == 1
    error_message = "Nobody would hear that an internal lookup does not answer."
  }
}

run "a_budget_where_asked_for" {
  command = plan

  variables {
    operations = { billing_account = "012345-6789AB-CDEF01", budget = 50, emails = ["ada@example.com"] }
  }

  assert {
    condition = alltrue([
      google_billing_budget.month[0].amount[0].specified_amount[0].units == "50",
      google_billing_budget.month[0].budget_filter[0].projects == toset(["projects/123456789012"]),
      [for rule in google_billing_budget.month[0].threshold_rules : rule.threshold_percent] == [0.5, 0.9, 1, 1],
      length(google_billing_budget.month[0].all_updates_rule[0].monitoring_notification_channels) == 1,
    ])
    error_message = "The budget is not the one that was asked for."
  }
}

run "a_budget_that_billing_tells_of" {
  command = plan

  variables {
    operations = { alerts = false, billing_account = "012345-6789AB-CDEF01", budget = 1 }
  }

  assert {
    condition     = length(google_billing_budget.month) == 1 && length(google_billing_budget.month[0].all_updates_rule) == 0
    error_message = "Cloud Billing refuses a budget that tells an empty list."
  }
}

run "no_alerts_where_not" {
  command = plan

  variables {
    operations = { alerts = false }
  }

  assert {
    condition = alltrue([
      length(google_monitoring_alert_policy.threshold) == 0,
      length(google_monitoring_alert_policy.burn) == 0,
      length(google_monitoring_alert_policy.label_drift) == 0,
      length(google_monitoring_alert_policy.uptime) == 0,
      length(google_monitoring_uptime_check_config.lookup) == 0,
      length(google_monitoring_notification_channel.email) == 0,
      length(google_billing_budget.month) == 0,
    ])
    error_message = "operations.alerts = false leaves an alert."
  }
}
