/**
 * Cloud Run and Cloud Monitoring, as far as a release asks them: two services, each with an old revision and a new one.
 */
import type { ApiAnswer, ApiCall } from './google-api';

const LOCATION = 'projects/p/locations/europe-west1';
export const LOOKUP = 'ingredient-lookup';
export const CLASSIFY = 'ingredient-classify';
const READY = [{ type: 'Ready', state: 'CONDITION_SUCCEEDED' }];

interface Traffic {
  readonly type: string;
  readonly revision?: string;
  readonly percent: number;
}

/** What comes to a service's new revision at each step. */
interface Load {
  readonly requests?: number;
  readonly errors?: number;
  /** Of the requests, how many took from 1024 to 2048 ms; the others took from 16 to 32. */
  readonly slow?: number;
}

/** What the new revisions do, and how Google answers. */
export interface Scene extends Load {
  /** Where the event function has other traffic than the lookup. */
  readonly classify?: Load;
  readonly newModel?: string;
  readonly monitoringStatus?: number;
  readonly latestCreated?: string;
  readonly slos?: unknown[];
  /** Services whose newest revision has all traffic already. */
  readonly promoted?: readonly string[];
  /** An answer in the place of the usual one. */
  readonly instead?: (call: ApiCall, calls: readonly ApiCall[]) => ApiAnswer | undefined;
}

// An SLO as the REST interface gives it.
const AVAILABILITY = {
  displayName: 'Requests that do not fail',
  goal: 0.995,
  serviceLevelIndicator: { requestBased: { goodTotalRatio: { badServiceFilter: 'b', totalServiceFilter: 't' } } },
};
const LATENCY = {
  displayName: 'Requests answered within 1000 ms',
  goal: 0.95,
  serviceLevelIndicator: { requestBased: { distributionCut: { distributionFilter: 'f', range: { max: 1000 } } } },
};

const point = (value: object): object => ({ points: [{ value }] });
export const revision = (name: string, percent: number): Traffic => ({
  type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION',
  revision: name,
  percent,
});
const serviceIn = (text: string): string => (text.includes(CLASSIFY) ? CLASSIFY : LOOKUP);

export class FakeGoogle {
  private readonly traffic: Map<string, Traffic[]>;
  /** When a step began for a service: its load comes at once. */
  private readonly steps: { readonly service: string; readonly at: number }[] = [];

  constructor(private readonly scene: Scene) {
    const first = (service: string): Traffic[] => [
      revision(`${service}-${scene.promoted?.includes(service) === true ? '00002-new' : '00001-old'}`, 100),
    ];
    this.traffic = new Map([LOOKUP, CLASSIFY].map((service) => [service, first(service)]));
  }

  answer(call: ApiCall): ApiAnswer {
    const url = new URL(call.path, 'http://google');
    if (url.pathname.startsWith('/v3/')) {
      return this.monitoring(url);
    }
    if (call.method === 'PATCH') {
      return this.move(serviceIn(url.pathname), (call.body as { traffic: Traffic[] }).traffic);
    }
    if (url.pathname.includes('/operations/')) {
      return { body: { name: 'o1', done: true } };
    }
    if (url.pathname.endsWith('/services')) {
      const others = [{ name: `${LOCATION}/services/another`, template: {} }];
      return { body: { services: [...[LOOKUP, CLASSIFY].map((service) => this.service(service).body), ...others] } };
    }
    return url.pathname.includes('/revisions') ? this.revisions(url.pathname) : this.service(serviceIn(url.pathname));
  }

  private monitoring(url: URL): ApiAnswer {
    const { monitoringStatus, slos = [AVAILABILITY, LATENCY] } = this.scene;
    if (url.pathname.endsWith('/serviceLevelObjectives')) {
      return { body: { serviceLevelObjectives: slos } };
    }
    if (monitoringStatus !== undefined) {
      return { status: monitoringStatus, body: { error: { message: 'Monitoring is down.' } } };
    }
    const filter = url.searchParams.get('filter') ?? '';
    const service = serviceIn(filter);
    if (!filter.includes(`revision_name="${service}-00002-new"`)) {
      return { body: {} };
    }
    const since = Date.parse(url.searchParams.get('interval.startTime') ?? '');
    const steps = this.steps.filter((step) => step.service === service && step.at >= since).length;
    return filter.includes('request_latencies') ? this.latencies(service, steps) : this.counts(service, steps);
  }

  private loadOf(service: string): Required<Load> {
    const {
      requests = 0,
      errors = 0,
      slow = 0,
    } = service === CLASSIFY && this.scene.classify !== undefined ? this.scene.classify : this.scene;
    return { requests, errors, slow };
  }

  private counts(service: string, steps: number): ApiAnswer {
    const { requests, errors } = this.loadOf(service);
    const labelled = (response_code_class: string, count: number): object => ({
      metric: { labels: { response_code_class } },
      ...point({ int64Value: String(count * steps) }),
    });
    return { body: { timeSeries: [labelled('2xx', requests - errors), labelled('5xx', errors)] } };
  }

  private latencies(service: string, steps: number): ApiAnswer {
    const { requests, slow } = this.loadOf(service);
    // Bounds 1, 2, 4 …: bucket 5 begins at 16, bucket 11 at 1024.
    const bucketCounts = Array.from({ length: 12 }, (_, index) =>
      String(steps * (index === 5 ? requests - slow : index === 11 ? slow : 0)),
    );
    const bucketOptions = { exponentialBuckets: { scale: 1, growthFactor: 2, numFiniteBuckets: 20 } };
    return { body: { timeSeries: [point({ distributionValue: { bucketCounts, bucketOptions } })] } };
  }

  private move(service: string, traffic: Traffic[]): ApiAnswer {
    this.traffic.set(service, traffic);
    this.steps.push({ service, at: Date.now() });
    return { body: { name: `${LOCATION}/operations/o1`, done: false } };
  }

  private revisions(pathname: string): ApiAnswer {
    const service = serviceIn(pathname);
    if (pathname.endsWith('/revisions')) {
      const one = (name: string, day: string): object => ({
        name: `${LOCATION}/services/${service}/revisions/${service}-${name}`,
        createTime: `2026-12-0${day}T00:00:00Z`,
        conditions: READY,
      });
      return { body: { revisions: [one('00001-old', '1'), one('00002-new', '2')] } };
    }
    const model = pathname.endsWith('-new') ? (this.scene.newModel ?? '2026.12.1') : '2026.12.1';
    const env = [
      { name: 'GOOGLE_CLOUD_PROJECT', value: 'p' },
      { name: 'FIRESTORE_DATABASE', value: 'names' },
    ];
    return { body: { labels: { model: model.replaceAll('.', '-') }, containers: [{ env }] } };
  }

  private service(service: string): ApiAnswer {
    const traffic = this.traffic.get(service) ?? [];
    const newest = `${service}-00002-new`;
    const of = (name: string): string => `${LOCATION}/services/${service}/revisions/${name}`;
    return {
      body: {
        name: `${LOCATION}/services/${service}`,
        template: { labels: { model: '2026-12-2' } },
        latestReadyRevision: of(newest),
        latestCreatedRevision: of(this.scene.latestCreated ?? newest),
        trafficStatuses: traffic.map((target) => ({ revision: newest, ...target })),
      },
    };
  }
}
