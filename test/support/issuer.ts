/**
 * An issuer of ID tokens of the tests' own, on loopback: its configuration and keys by HTTP, and tokens good and bad.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export const AUDIENCE = 'https://lookup.example.com';
export const REVIEWER = 'ana@example.com';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

export class TestIssuer {
  /** How often its keys were asked for. */
  keyRequests = 0;
  /** While set, it answers 503 to everything. */
  isDown = false;
  readonly #published: { readonly id: string; readonly keys: Keys }[] = [];

  private constructor(
    readonly url: string,
    private readonly server: http.Server,
  ) {}

  static async start(): Promise<TestIssuer> {
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = new TestIssuer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
    server.on('request', (request, response) => void issuer.#answer(request, response));
    await issuer.rotate();
    return issuer;
  }

  /** Publishes a new key beside the others; tokens are signed with the newest. */
  async rotate(): Promise<void> {
    this.#published.push({ id: randomUUID(), keys: await generateKeyPair('RS256') });
  }

  /** A good token of a reviewer, but for what is said otherwise; a claim that is null is left out. */
  async token(
    overrides: Record<string, unknown> = {},
    { keys, header = {} }: { keys?: Keys; header?: Record<string, string> } = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const claims: Record<string, unknown> = {
      ...{ iss: this.url, aud: AUDIENCE, sub: '1234567890', iat: now, exp: now + 600 },
      ...{ email: REVIEWER, email_verified: true, ...overrides },
    };
    const { id, keys: own } = this.#published.at(-1)!;
    return new SignJWT(Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null)))
      .setProtectedHeader({ alg: 'RS256', kid: id, ...header })
      .sign((keys ?? own).privateKey);
  }

  /** The published key, as anybody can read it. */
  async publicKey(): Promise<object> {
    return exportJWK(this.#published.at(-1)!.keys.publicKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #answer({ url }: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const configuration = { issuer: this.url, jwks_uri: `${this.url}/keys` };
    this.keyRequests += url === '/keys' ? 1 : 0;
    const keys = await Promise.all(
      this.#published.map(async ({ id, keys: { publicKey } }) => ({
        ...(await exportJWK(publicKey)),
        ...{ kid: id, alg: 'RS256', use: 'sig' },
      })),
    );
    response.statusCode = this.isDown ? 503 : 200;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(url === '/keys' ? { keys } : configuration));
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The token with another header, its signature as it was. */
export function withHeader(token: string, header: Record<string, unknown>): string {
  return [encode(header), ...token.split('.').slice(1)].join('.');
}

/** The token with other claims, its signature as it was. */
export function withClaims(token: string, claims: Record<string, unknown>): string {
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const before = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  return [header, encode({ ...before, ...claims }), signature].join('.');
}
