/**
 * Load on a server from a process of its own: node load.js URL CONNECTIONS SECONDS same|distinct. See suites/http.ts.
 */
import autocannon from 'autocannon';

async function main([url = '', connections = '1', seconds = '1', names = 'same']: readonly string[]): Promise<void> {
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
    duration: Number(seconds),
    ...(names === 'distinct' ? { requests: [distinct] } : {}),
  });
  const { requests, latency, non2xx, errors } = result;
  const measured = { rps: requests.average, p50Ms: latency.p50, p99Ms: latency.p99, refused: non2xx, errors };
  process.stdout.write(`first\n${JSON.stringify(measured)}\n`);
}

void main(process.argv.slice(2));
