/**
 * Programs that a benchmark starts, each in a process of its own, and what they say of themselves.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { ROOT } from '../support/fixtures';
import type { Measurement } from './measure';

const TIMEOUT_MS = 120_000;
const POLL_MS = 1;
/** What this machine gives every program: certificates of its own are among what Node 20 reads when it starts. */
const MACHINE = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => ['PATH', 'NODE_EXTRA_CA_CERTS'].includes(name)),
);
export const LOOPBACK = path.join(ROOT, 'test/support/loopback.cjs');

export interface Started {
  readonly pid: number;
  /** From the spawn until what it was waited for. */
  readonly afterMs: number;
  /** The lines that it wrote so far. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Called with each line that is no result. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a row's program: it writes `first` when it has its first result, then one line of JSON with what it measured.
 *
 * @returns that, and `firstMs` from the spawn until `first`.
 */
export async function runRow(
  command: readonly string[],
  { env = {}, cwd = ROOT, onLine }: Options = {},
): Promise<Measurement> {
  const began = performance.now();
  const child = spawn(command[0]!, command.slice(1), { cwd, env: { ...MACHINE, ...env } });
  let firstMs: number | undefined;
  let measured: Measurement | undefined;
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2_000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'first') {
      firstMs = performance.now() - began;
    } else if (line.startsWith('{')) {
      measured = JSON.parse(line) as Measurement;
    } else {
      onLine?.(line);
    }
  });
  const status = await ended(child);
  if (status !== 0 || firstMs === undefined || measured === undefined) {
    throw new Error(`${command.join(' ')} ended with ${status ?? 'a signal'}:\n${errors}`);
  }
  return { firstMs, ...measured };
}

/** Starts a program and waits until `isReady` says so, asking again and again. */
export async function startUntil(
  command: readonly string[],
  isReady: (lines: readonly string[]) => Promise<boolean>,
  { env = {}, cwd = ROOT }: Options = {},
): Promise<Started> {
  const lines: string[] = [];
  const began = performance.now();
  const child = spawn(command[0]!, command.slice(1), { cwd, env: { ...MACHINE, ...env } });
  for (const stream of [child.stdout, child.stderr]) {
    const reader = createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      // A million requests have a million lines, which take time to read; the first ones say how it started.
      if (lines.length >= 1_000) {
        reader.close();
        stream.resume();
      }
    });
  }
  const end = ended(child);
  while (!(await isReady(lines).catch(() => false))) {
    if (child.exitCode !== null || performance.now() - began > TIMEOUT_MS) {
      child.kill('SIGKILL');
      throw new Error(`${command.join(' ')} did not get ready:\n${lines.slice(-20).join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const afterMs = performance.now() - began;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await end;
  };
  return { pid: child.pid!, afterMs, lines, stop };
}

/**
 * Load on a server from a second process, by autocannon, for some seconds or for an amount of requests.
 *
 * @param names the path of `url` each time, or a new name each time.
 * @param onLine gets `start` when the load begins.
 */
export async function loadOn(
  url: string,
  connections: number,
  names: 'same' | 'distinct',
  until: { readonly seconds: number } | { readonly amount: number },
  onLine?: (line: string) => void,
): Promise<Measurement> {
  const program = path.join(ROOT, 'dist/test/bench/rows/load.js');
  const [[unit, number]] = Object.entries(until) as [[string, number]];
  const command = [process.execPath, program, url, String(connections), names, unit, String(number)];
  return runRow(command, onLine === undefined ? {} : { onLine });
}

/** Asks for the health of a server in a process of its own, once told to begin: see rows/health.ts. */
export function askForHealth(port: string): { begin(): void; end(): void; readonly durations: Promise<number[]> } {
  const program = path.join(ROOT, 'dist/test/bench/rows/health.js');
  const child = spawn(process.execPath, [program, port], { env: MACHINE, stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    begin: () => child.stdin.write('begin\n'),
    end: () => child.stdin.end(),
    durations: ended(child).then((status) => {
      if (status !== 0) {
        throw new Error(`${program} ended with ${status ?? 'a signal'}.`);
      }
      return JSON.parse(output) as number[];
    }),
  };
}

/** As statusOf, of an answer that has to be 200. */
export async function answered(url: string): Promise<void> {
  const status = await statusOf(url);
  if (status !== 200) {
    throw new Error(`${url} was answered with ${status}.`);
  }
}

/** The status of an answer; rejects where nobody listens yet. */
export async function statusOf(url: string, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const options = { agent: false as const, method: body === undefined ? 'GET' : 'POST', headers };
    const request = http.request(url, options, (response) => {
      response.resume();
      response.once('end', () => {
        resolve(response.statusCode!);
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}

async function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', () => {
      resolve(-1);
    });
  });
}
