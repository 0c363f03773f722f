/**
 * Child processes that a test starts: each leads a group of its own, and none outlives the test run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

const STOP_TIMEOUT_MS = 5_000;
const TAIL_CHARACTERS = 3_000;
const POLL_MS = 50;

// Becomes the command; a watchdog beside it ends the whole group when this side's pipe closes, also where jest was killed.
const WATCHED = 'exec 3<&0; (read -r _ <&3; kill -TERM 0) & exec "$@" 3<&- </dev/null';

/** A program that runs until it is stopped, its output in a temporary file. */
export class OwnedProcess {
  readonly #name: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  /** Resolves to the exit status, or to the signal that ended it; to null where it never began. */
  readonly ended: Promise<number | NodeJS.Signals | null>;

  constructor(command: readonly string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}) {
    this.#name = path.basename(command[0]!);
    this.#folder = mkdtempSync(path.join(os.tmpdir(), 'ingredient-process-'));
    const log = openSync(path.join(this.#folder, 'output'), 'w');
    this.#child = spawn('sh', ['-c', WATCHED, 'sh', ...command], {
      ...options,
      detached: true,
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (status, signal) => {
        resolve(status ?? signal);
      });
      this.#child.once('error', () => {
        resolve(null);
      });
    });
    // Nothing here keeps jest alive that never came to stop it.
    this.#child.unref();
  }

  /** The id of the program: the shell that started it became it. */
  get pid(): number {
    return this.#child.pid!;
  }

  get output(): string {
    return readFileSync(path.join(this.#folder, 'output'), 'utf8');
  }

  /** The JSON lines of its log so far. */
  get log(): Record<string, unknown>[] {
    return this.output.split('\n').flatMap((line) => {
      try {
        return line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [];
      } catch {
        return []; // not written to its end yet
      }
    });
  }

  /** Waits until `isReady`; throws with the end of the output where the process ended before, or the time is up. */
  async ready(isReady: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await isReady().catch(() => false))) {
      const ended = this.#child.exitCode ?? this.#child.signalCode;
      if (ended !== null || performance.now() > deadline) {
        const what = ended === null ? `was not ready within ${timeoutMs} ms` : `ended with ${ended}`;
        throw new Error(`${this.#name} ${what}. Its output ends with:\n${this.output.slice(-TAIL_CHARACTERS)}`);
      }
      await pause();
    }
  }

  /** Sends a signal to the program alone, as a platform does. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the process and all that it started, by force where it does not go in time; false where force was needed. */
  async stop(): Promise<boolean> {
    this.#signal('SIGTERM');
    const late = setTimeout(() => {
      this.#signal('SIGKILL');
    }, STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(late);
    // What the leader left behind in its group: the watchdog, or a JVM behind a script.
    this.#signal('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
    return this.#child.signalCode !== 'SIGKILL';
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) {
      return;
    }
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
        throw error;
      }
    }
  }
}

/** A port that was free on loopback a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

/** Asks again and again until there is a value; throws with `what` where none came in time. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined) {
      return value;
    }
    if (performance.now() > deadline) {
      throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    }
    await pause();
  }
}

/** True where something answers HTTP there, whatever it says. */
export async function answers(url: string): Promise<boolean> {
  await fetch(url, { signal: AbortSignal.timeout(1_000) });
  return true;
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
