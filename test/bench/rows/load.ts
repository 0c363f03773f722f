/**
 * Load on a server from a process of its own: node load.js URL CONNECTIONS same|distinct seconds|amount NUMBER. See processes.ts, loadOn.
 *
 * It writes `start` when the load begins.
 */
import autocannon from 'autocannon';

import { quantile } from '../measure';

const OVERLOADED = 429;

async function main(parameters: readonly string[]): Promise<void> {
  const [url = '', connections = '1', names = 'same', unit = 'seconds', number = '1'] = parameters;
  let count = 0;
  const distinct = {
    setupRequest: (request: { path?: string }) => {
      count += 1;
      return { ...request, path: `/v1/ingredients/paprika%20${process.pid}%20${count}` };
    },
  };
  const load = autocannon({
    url,
    connections: Number(connections),
    ...(unit === 'seconds' ? { duration: Number(number) } : { amount: Number(number) }),
    ...(names === 'distinct' ? { requests: [distinct] } : {}),
  });
  const refusals: number[] = [];
  load.on('start', () => process.stdout.write('start\n'));
  load.on('response', (_client, status, _bytes, durationMs) => {
    if (status === OVERLOADED) {
      refusals.push(durationMs);
    }
  });
  const { requests, latency, non2xx, errors } = await load;
  const measured = {
    rps: requests.average,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    overloaded: refusals.length,
    refusalP99Ms: refusals.length === 0 ? 0 : quantile(refusals, 0.99),
    failed: non2xx - refusals.length + errors,
  };
  process.stdout.write(`first\n${JSON.stringify(measured)}\n`);
}

void main(process.argv.slice(2));
