/**
 * A network between a function and an emulator, which can be cut, or hang, while the emulator lives on.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly #sockets = new Set<Socket>();
  #isHanging = false;

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  /** Listens on loopback, on a free port where none is given, and carries each connection on to `target`, a host and a port. */
  static async open(target: string, port = 0): Promise<TcpProxy> {
    const { hostname, port: targetPort } = new URL(`http://${target}`);
    const server = createServer((near) => {
      proxy.#carry(near, connect(Number(targetPort), hostname));
    });
    await listen(server, port);
    const proxy: TcpProxy = new TcpProxy(server, (server.address() as AddressInfo).port);
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Breaks every connection and takes no new ones. */
  async cut(): Promise<void> {
    await this.close();
  }

  /** Takes connections again after a cut. */
  async mend(): Promise<void> {
    await listen(this.server, this.port);
  }

  /** Keeps all connections and carries nothing, either way. */
  hang(): void {
    this.#isHanging = true;
    this.#sockets.forEach((socket) => socket.pause());
  }

  /** Carries on with what waited. */
  goOn(): void {
    this.#isHanging = false;
    this.#sockets.forEach((socket) => socket.resume());
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.#sockets.forEach((socket) => socket.destroy());
    });
  }

  #carry(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#isHanging) {
        from.pause();
      }
    }
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
