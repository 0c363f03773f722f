/**
 * What the platform is to a function: instances that are started again when they end, and a router in front that hands each request to
 * one of them.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { spawnFunction, type Target } from './function-process';
import { answers, eventually, freePort, type OwnedProcess } from './owned-process';

const START_TIMEOUT_MS = 60_000;
const LOAD_TIMEOUT_MS = 5_000;
const QUEUE_TIMEOUT_MS = 10_000;
const QUEUE_POLL_MS = 20;
const MESSAGE_ID = /"messageId"\s*:\s*"(\w+)"/;

interface Instance {
  readonly port: number;
  readonly process: OwnedProcess;
  isReady: boolean;
}

/** How many requests had which status; 502 where an instance ended with the request, 503 where none was there. */
export type Statuses = ReadonlyMap<number, number>;

export class FunctionPool {
  readonly #instances = new Set<Instance>();
  readonly #statuses = new Map<number, number>();
  readonly #router: http.Server;
  #isOpen = true;
  #turn = 0;
  #inFlight = 0;
  #lastRequestAt = performance.now();
  readonly #acknowledged = new Set<string>();

  /**
   * @param onLine called with each line that an instance has logged, once it has ended.
   * @param folder where the package is unpacked, which runs instead of `dist/` then.
   */
  constructor(
    private readonly target: Target,
    private readonly settings: Record<string, string>,
    private readonly onLine: (line: Record<string, unknown>) => void = () => undefined,
    private readonly folder?: string,
  ) {
    this.#router = http.createServer((request, response) => {
      this.#route(request, response);
    });
  }

  /** Starts the router and `count` instances; resolves when one is ready. */
  async open(count: number): Promise<string> {
    await new Promise<void>((resolve) => this.#router.listen(0, '127.0.0.1', resolve));
    for (let index = 0; index < count; index += 1) {
      void this.#run();
    }
    await eventually('an instance', () => this.#ready[0], START_TIMEOUT_MS);
    return `http://127.0.0.1:${(this.#router.address() as AddressInfo).port}`;
  }

  get statuses(): Statuses {
    return this.#statuses;
  }

  /** The ids of the messages that were answered with success. */
  get acknowledged(): ReadonlySet<string> {
    return this.#acknowledged;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How long nothing has come and nothing was in flight. */
  get quietMs(): number {
    return this.#inFlight > 0 ? 0 : performance.now() - this.#lastRequestAt;
  }

  /** Kills one that is ready, if any; true where there was one. */
  killOne(): boolean {
    const ready = this.#ready;
    const victim = ready[Math.floor(Math.random() * ready.length)];
    victim?.process.kill('SIGKILL');
    return victim !== undefined;
  }

  /** Kills all there are, also those that still load. */
  killAll(): void {
    this.#instances.forEach(({ process }) => {
      process.kill('SIGKILL');
    });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#router.close();
    this.#router.closeAllConnections();
    await Promise.all([...this.#instances].map((instance) => this.#end(instance)));
  }

  get #ready(): Instance[] {
    return [...this.#instances].filter(({ isReady }) => isReady);
  }

  /** One instance after the other, until the pool is closed. */
  async #run(): Promise<void> {
    while (this.#isOpen) {
      const port = await freePort();
      const instance = { port, process: spawnFunction(this.target, port, this.settings, this.folder), isReady: false };
      this.#instances.add(instance);
      await this.#started(instance).catch(() => undefined);
      await instance.process.ended;
      await this.#end(instance);
    }
  }

  /** Ready is what has loaded; with Firestore gone it does not say so, and gets requests after a while nevertheless. */
  async #started(instance: Instance): Promise<void> {
    const { port, process } = instance;
    await process.ready(() => answers(`http://127.0.0.1:${port}`), START_TIMEOUT_MS);
    const loaded = (): Promise<boolean> => Promise.resolve(process.log.some(({ message }) => message === 'cold start'));
    await process.ready(loaded, LOAD_TIMEOUT_MS).catch(() => undefined);
    instance.isReady = this.#instances.has(instance);
  }

  async #end(instance: Instance): Promise<void> {
    instance.isReady = false;
    if (this.#instances.delete(instance)) {
      instance.process.log.forEach(this.onLine);
      await instance.process.stop();
    }
  }

  #route(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.#inFlight += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).pause();
    response.once('close', () => {
      this.#inFlight -= 1;
      this.#lastRequestAt = performance.now();
      this.#statuses.set(response.statusCode, (this.#statuses.get(response.statusCode) ?? 0) + 1);
      const id = MESSAGE_ID.exec(Buffer.concat(chunks).toString('latin1'))?.[1];
      if (id !== undefined && response.statusCode < 300) {
        this.#acknowledged.add(id);
      }
    });
    void this.#free().then((instance) => {
      if (instance === undefined) {
        response.writeHead(503).end();
        request.resume();
      } else {
        handOn(request, response, instance.port);
      }
    });
  }

  /** An instance that is ready, in turn; a request waits for one to start, as the platform lets it. */
  async #free(): Promise<Instance | undefined> {
    const deadline = performance.now() + QUEUE_TIMEOUT_MS;
    while (this.#isOpen && performance.now() < deadline) {
      const ready = this.#ready;
      if (ready.length > 0) {
        return ready[(this.#turn += 1) % ready.length];
      }
      await new Promise((resolve) => setTimeout(resolve, QUEUE_POLL_MS));
    }
    return undefined;
  }
}

function handOn(request: http.IncomingMessage, response: http.ServerResponse, port: number): void {
  const { method, url, headers } = request;
  const onward = http.request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  onward.once('error', () => {
    request.unpipe(onward).resume();
    if (response.headersSent) {
      response.destroy();
    } else {
      response.writeHead(502).end();
    }
  });
  request.pipe(onward);
}
