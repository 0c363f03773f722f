/**
 * What a service promises, read from its SLOs in Cloud Monitoring, and whether one revision keeps it.
 *
 * @see https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/sli-metrics/cr-metrics
 */
import { call, callPatiently } from './google.mjs';

const MONITORING = process.env.MONITORING_ENDPOINT ?? 'https://monitoring.googleapis.com';
// Beyer et al., The Site Reliability Workbook, table 5-8: so fast that a month's budget of errors is gone in two days.
const MAX_BURN_RATE = 14.4;
// With fewer one unlucky request would be a large share: a promise is judged by as many at least.
export const MIN_REQUESTS = 20;
// Where most of even a few requests fail, that is no bad luck.
const MIN_FAILED = 3;

/** The goals, and the bound of a latency promise in milliseconds. */
export async function readPromises(project, service) {
  const { serviceLevelObjectives = [] } = await callPatiently(
    `${MONITORING}/v3/projects/${project}/services/${service}/serviceLevelObjectives`,
  );
  const promises = serviceLevelObjectives.map(({ displayName, goal, serviceLevelIndicator }) => {
    const { goodTotalRatio, distributionCut } = serviceLevelIndicator?.requestBased ?? {};
    return { displayName, goal, isAvailability: goodTotalRatio !== undefined, maxMs: distributionCut?.range?.max };
  });
  const known = promises.filter(({ isAvailability, maxMs }) => isAvailability || maxMs !== undefined);
  if (known.length === 0) {
    throw new Error(`${service} has no SLO: without one nothing says what a bad release is. Run terraform apply.`);
  }
  return known;
}

/** The first promise that the revision breaks, in a sentence, and how many requests it had. */
export async function judge({ project, service, revision, promises, since, signal }) {
  const of = `resource.type="cloud_run_revision" AND resource.labels.service_name="${service}" AND resource.labels.revision_name="${revision}"`;
  const read = (metric) => series(project, `metric.type="run.googleapis.com/${metric}" AND ${of}`, since, signal);
  const counts = await read('request_count');
  const requests = countOf(counts);
  const failed = countOf(counts.filter(isServerError));
  if (requests < MIN_REQUESTS) {
    return failed >= MIN_FAILED && failed > requests / 2
      ? { requests, breach: `${failed} of ${requests} requests failed: few, and most of them.` }
      : { requests };
  }
  for (const { displayName, goal, isAvailability, maxMs } of promises) {
    const bad = isAvailability ? failed / requests : slowShare(await read('request_latencies'), maxMs);
    const rate = bad / (1 - goal);
    if (rate > MAX_BURN_RATE) {
      const percent = (bad * 100).toFixed(1);
      const breach = `"${displayName}" is broken: ${percent} % of ${requests} requests did not, which burns its budget ${rate.toFixed(0)} times too fast.`;
      return { requests, breach };
    }
  }
  return { requests };
}

const isServerError = ({ metric }) => metric.labels?.response_code_class === '5xx';

/** The series since then, all pages. */
async function series(project, filter, since, signal) {
  const found = [];
  let pageToken = '';
  do {
    const query = new URLSearchParams({
      filter,
      'interval.startTime': since.toISOString(),
      'interval.endTime': new Date(Date.now() + 1).toISOString(),
      ...(pageToken === '' ? {} : { pageToken }),
    });
    const page = await call(`${MONITORING}/v3/projects/${project}/timeSeries?${query.toString()}`, { signal });
    found.push(...(page.timeSeries ?? []));
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return found;
}

const countOf = (found) =>
  found.flatMap(({ points = [] }) => points).reduce((total, { value }) => total + Number(value.int64Value), 0);

/** The share of requests in buckets that begin at or above the bound: one that the bound cuts counts as in time. */
function slowShare(found, maxMs) {
  const distributions = found.flatMap(({ points = [] }) => points.map(({ value }) => value.distributionValue));
  let total = 0;
  let slow = 0;
  for (const { bucketCounts = [], bucketOptions } of distributions) {
    bucketCounts.map(Number).forEach((count, index) => {
      total += count;
      slow += lowerBound(bucketOptions, index) >= maxMs ? count : 0;
    });
  }
  return total === 0 ? 0 : slow / total;
}

/** Where a bucket begins; the first holds all below the first bound. */
function lowerBound({ exponentialBuckets, explicitBuckets, linearBuckets }, index) {
  if (index === 0) {
    return Number.NEGATIVE_INFINITY;
  }
  if (exponentialBuckets !== undefined) {
    return exponentialBuckets.scale * exponentialBuckets.growthFactor ** (index - 1);
  }
  if (linearBuckets !== undefined) {
    return linearBuckets.offset + linearBuckets.width * (index - 1);
  }
  return explicitBuckets.bounds[index - 1];
}
