/**
 * A token bucket for each caller of this instance, counting names: it fills in a minute and holds what a minute allows.
 *
 * The number of buckets is bounded; the caller that has been silent longest gets a full one again.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ for the fields `RateLimit-Policy` and `RateLimit`
 */
import { isIPv6 } from 'node:net';

import { InvalidRequestError, RateLimitedError } from '../../shared/platform/errors';

const WINDOW_MS = 60_000;
const MAX_CALLERS = 10_000;

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export class RateLimiter {
  // A Map keeps insertion order: the first caller is the one that has been silent longest.
  readonly #buckets = new Map<string, Bucket>();

  /**
   * @param perMinute names; 0 sets no limit.
   * @param now the clock in milliseconds, monotonic.
   */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
    private readonly maxCallers = MAX_CALLERS,
  ) {}

  /**
   * Takes `names` from the caller's bucket.
   *
   * @throws {RateLimitedError} where it holds fewer; nothing is taken then.
   * @throws {InvalidRequestError} where it can never hold as many: to wait would not help.
   */
  take(caller: string, names: number): void {
    if (this.perMinute === 0) {
      return;
    }
    if (names > this.perMinute) {
      const detail = `These are ${names} names, and at most ${this.perMinute} are answered in a minute: ask for fewer at a time.`;
      throw new InvalidRequestError(detail);
    }
    const tokens = this.#tokens(caller);
    if (tokens < names) {
      throw this.#refusal(names, tokens);
    }
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: tokens - names, atMs: this.now() });
    if (this.#buckets.size > this.maxCallers) {
      this.#buckets.delete(this.#buckets.keys().next().value!);
    }
  }

  /** What an answer says of the caller's bucket; nothing without a limit. */
  headers(caller: string): Readonly<Record<string, string>> {
    if (this.perMinute === 0) {
      return {};
    }
    const tokens = this.#tokens(caller);
    const fullInS = Math.ceil(((this.perMinute - tokens) / this.perMinute) * (WINDOW_MS / 1000));
    return {
      'RateLimit-Policy': `"names";q=${this.perMinute};w=${WINDOW_MS / 1000}`,
      RateLimit: `"names";r=${Math.floor(tokens)};t=${fullInS}`,
    };
  }

  #tokens(caller: string): number {
    const bucket = this.#buckets.get(caller);
    if (bucket === undefined) {
      return this.perMinute;
    }
    return Math.min(this.perMinute, bucket.tokens + ((this.now() - bucket.atMs) / WINDOW_MS) * this.perMinute);
  }

  #refusal(names: number, tokens: number): RateLimitedError {
    const waitS = Math.ceil(((names - tokens) / this.perMinute) * (WINDOW_MS / 1000));
    const detail = `More than ${this.perMinute} names in a minute: try again in ${waitS} s.`;
    return new RateLimitedError(detail, waitS);
  }
}

/**
 * Who asks, as far as can be known without a token: the address that the platform saw, a whole /64 of IPv6, which one customer has.
 *
 * @param forwardedFor the header, where the platform sets it: its last address is the one that the platform itself added.
 */
export function callerOf(forwardedFor: string | undefined, peer: string | undefined): string {
  const address = forwardedFor?.split(',').at(-1)?.trim() ?? peer ?? '';
  return isIPv6(address) && !address.startsWith('::ffff:') ? network(address) : address;
}

/** The first four groups of an IPv6 address. */
function network(address: string): string {
  const [head = '', tail] = address.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}
