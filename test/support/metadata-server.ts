/**
 * What stands where client libraries look for the metadata server of Google's machines, and says that it is none.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Gives `use` its host and the paths that it was asked for. */
export async function withMetadataServer(
  use: (host: string, asked: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
