locals {
  counted     = { for name, metric in local.counters : name => "metric.type=\"logging.googleapis.com/user/ingredient/${name}\" AND resource.type=\"cloud_run_revision\"" }
  distributed = { for name, metric in local.distributions : name => "metric.type=\"logging.googleapis.com/user/ingredient/${name}\" AND resource.type=\"cloud_run_revision\"" }

  # A chart: its title, the unit of its axis, and series of filter, aligner, reducer and what they are told apart by; a share has a `total`.
  charts = [
    { title = "Requests by class", unit = "1/s", stacked = true, period = "60s", series = [
      { filter = "metric.type=\"run.googleapis.com/request_count\" AND ${local.service.lookup}", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.labels.response_code_class"], total = null }
    ] },
    { title = "Time of a request: median, 95th and 99th of 100", unit = "ms", stacked = false, period = "60s", series = [for percentile in ["50", "95", "99"] :
      { filter = "metric.type=\"run.googleapis.com/request_latencies\" AND ${local.service.lookup}", aligner = "ALIGN_PERCENTILE_${percentile}", reducer = "REDUCE_MAX", by = [], total = null }
    ] },
    { title = "Answers by origin", unit = "1/s", stacked = true, period = "60s", series = [
      { filter = local.counted.answers, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.labels.origin"], total = null }
    ] },
    { title = "Answers by layer", unit = "1/s", stacked = true, period = "60s", series = [
      { filter = local.counted.answers, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.labels.layer"], total = null }
    ] },
    { title = "Cold start by stage, median", unit = "ms", stacked = true, period = "3600s", series = [for stage in local.cold_start_stages :
      { filter = local.distributed["cold_start_${stage}"], aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_50", by = ["metric.labels.target"], total = null, legend = stage }
    ] },
    { title = "Cold start in all, median and 95th of 100", unit = "ms", stacked = false, period = "3600s", series = [for percentile in ["50", "95"] :
      { filter = local.distributed.cold_start_total, aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_${percentile}", by = ["metric.labels.target"], total = null }
    ] },
    { title = "Names of a request: median and 99th of 100", unit = "1", stacked = false, period = "3600s", series = [for percentile in ["50", "99"] :
      { filter = local.distributed.names, aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_${percentile}", by = [], total = null }
    ] },
    { title = "Names of a request that ask for a review, mean", unit = "1", stacked = false, period = "3600s", series = [
      { filter = local.distributed.names_needing_review, aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = [], total = null }
    ] },
    { title = "Problems by code", unit = "1/s", stacked = true, period = "60s", series = [
      { filter = local.counted.problems, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.labels.code"], total = null }
    ] },
    { title = "Events by outcome", unit = "1/s", stacked = true, period = "60s", series = [
      { filter = local.counted.events, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.labels.outcome", "metric.labels.cause"], total = null }
    ] },
    { title = "Rejected by reason", unit = "1", stacked = true, period = "3600s", series = [
      { filter = local.counted.rejected, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["metric.labels.code"], total = null }
    ] },
    { title = "Oldest event that waits", unit = "s", stacked = false, period = "60s", series = [
      { filter = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.classify.name}\"", aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", by = [], total = null }
    ] },
    { title = "Dead letters", unit = "1", stacked = false, period = "60s", series = [
      { filter = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.dead_letters.name}\"", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = [], total = null }
    ] },
    { title = "Reviews", unit = "1", stacked = true, period = "86400s", series = [
      { filter = local.counted.reviews, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["metric.labels.method"], total = null }
    ] },
    { title = "Share of new names that ask for a review", unit = "1", stacked = false, period = "86400s", series = [
      { filter = local.counted.unsure, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = [], total = local.counted.labelled }
    ] },
    { title = "New names by source, each week", unit = "1", stacked = true, period = "604800s", series = [
      { filter = local.counted.labelled, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["metric.labels.source"], total = null }
    ] },
    { title = "New names by ingredient, each week", unit = "1", stacked = true, period = "604800s", series = [
      { filter = local.counted.labelled, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["metric.labels.ingredient"], total = null }
    ] },
    { title = "Memory, 99th of 100", unit = "1", stacked = false, period = "60s", series = [
      { filter = "metric.type=\"run.googleapis.com/container/memory/utilizations\" AND ${local.both}", aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", by = ["resource.labels.service_name"], total = null }
    ] },
    { title = "Instances", unit = "1", stacked = true, period = "60s", series = [
      { filter = "metric.type=\"run.googleapis.com/container/instance_count\" AND ${local.both}", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = ["resource.labels.service_name", "metric.labels.state"], total = null }
    ] },
  ]

  chart_tiles = [for index, chart in local.charts : {
    height = 16
    width  = 24
    xPos   = index % 2 * 24
    yPos   = floor(index / 2) * 16
    widget = {
      title = chart.title
      xyChart = {
        yAxis = { label = chart.unit, scale = "LINEAR" }
        dataSets = [for series in chart.series : {
          legendTemplate = lookup(series, "legend", "")
          plotType       = chart.stacked ? "STACKED_BAR" : "LINE"
          timeSeriesQuery = { for kind, query in {
            timeSeriesFilter = series.total != null ? null : {
              filter      = series.filter
              aggregation = { alignmentPeriod = chart.period, crossSeriesReducer = series.reducer, groupByFields = series.by, perSeriesAligner = series.aligner }
            }
            timeSeriesFilterRatio = series.total == null ? null : {
              denominator = { filter = series.total, aggregation = { alignmentPeriod = chart.period, crossSeriesReducer = series.reducer, perSeriesAligner = series.aligner } }
              numerator   = { filter = series.filter, aggregation = { alignmentPeriod = chart.period, crossSeriesReducer = series.reducer, perSeriesAligner = series.aligner } }
            }
          } : kind => query if query != null }
        }]
      }
    }
  }]
}

resource "google_monitoring_dashboard" "this" {
  dashboard_json = jsonencode({
    displayName  = "Ingredient classifier"
    mosaicLayout = { columns = 48, tiles = local.chart_tiles }
  })

  depends_on = [google_logging_metric.counter, google_logging_metric.distribution]
}
