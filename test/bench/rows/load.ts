/**
 * Load on a server from a process of its own: node load.js URL CONNECTIONS same|distinct seconds|amount NUMBER. See processes.ts, loadOn.
 */
import autocannon from 'autocannon';

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
  const result = await autocannon({
    url,
    connections: Number(connections),
    ...(unit === 'seconds' ? { duration: Number(number) } : { amount: Number(number) }),
    ...(names === 'distinct' ? { requests: [distinct] } : {}),
  });
  const { requests, latency, non2xx, errors, statusCodeStats } = result;
  const overloaded = statusCodeStats[OVERLOADED]?.count ?? 0;
  const { average: rps } = requests;
  const measured = { rps, p50Ms: latency.p50, p99Ms: latency.p99, refused: non2xx, overloaded, errors };
  process.stdout.write(`first\n${JSON.stringify(measured)}\n`);
}

void main(process.argv.slice(2));
