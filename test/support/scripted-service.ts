/**
 * An HTTP server that answers by a script, for what the real service does only under load or when it fails.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text as it is. */
  readonly body?: unknown;
  /** Milliseconds before the reply. */
  readonly afterMs?: number;
  /** True: the connection ends before the body does. */
  readonly isCut?: boolean;
}

export class ScriptedService {
  readonly asked: Asked[] = [];
  /** Requests whose client went away before the reply. */
  abandoned = 0;

  private constructor(
    readonly url: string,
    private readonly server: http.Server,
  ) {}

  /** @param reply what to say to a request; `count` is how many came before it. */
  static async start(reply: (asked: Asked, count: number) => Reply): Promise<ScriptedService> {
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const service = new ScriptedService(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (text: string) => (body += text));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const asked = { method, url, headers, body };
        const {
          status = 200,
          headers: replied = {},
          body: said = '',
          afterMs = 0,
          isCut = false,
        } = reply(asked, service.asked.length);
        service.asked.push(asked);
        const timer = setTimeout(() => {
          const text = typeof said === 'string' ? said : JSON.stringify(said);
          if (isCut) {
            response.writeHead(status, { ...replied, 'Content-Length': Buffer.byteLength(text) + 1 });
            response.write(text, () => response.destroy());
          } else {
            response.writeHead(status, replied).end(text);
          }
        }, afterMs);
        response.once('close', () => {
          clearTimeout(timer);
          service.abandoned += response.writableEnded ? 0 : 1;
        });
      });
    });
    return service;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}
