/**
 * One HTTP request, its path sent as it is: fetch would clean it up.
 */
import http from 'node:http';

export interface PlainRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** Left out, the request has a connection of its own. */
  readonly agent?: http.Agent;
}

export interface PlainReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** @param port of loopback. */
export async function plainRequest(
  port: number | string,
  path: string,
  { method = 'GET', headers = {}, body, agent }: PlainRequest = {},
): Promise<PlainReply> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { ...headers }, agent: agent ?? false };
    const request = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
