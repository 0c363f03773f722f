/** What the benchmarks use of autocannon, which has no types of its own. */
declare module 'autocannon' {
  interface Options {
    readonly url: string;
    readonly connections: number;
    /** In seconds; this or an amount of requests. */
    readonly duration?: number;
    readonly amount?: number;
    readonly requests?: readonly { readonly setupRequest: (request: { path?: string }) => { path?: string } }[];
  }
  interface Result {
    readonly requests: { readonly average: number };
    /** In milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly non2xx: number;
    readonly errors: number;
  }
  interface Load extends Promise<Result> {
    on(event: 'start', listener: () => void): void;
    on(event: 'response', listener: (client: unknown, status: number, bytes: number, durationMs: number) => void): void;
  }
  export default function autocannon(options: Options): Load;
}
