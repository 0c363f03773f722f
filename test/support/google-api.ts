/**
 * A server in the place of Google Cloud's REST interfaces, on loopback: it answers as told and remembers what it was asked.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { ROOT } from './fixtures';

export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

export interface ApiAnswer {
  readonly status?: number;
  readonly body: unknown;
}

/** Serves while `use` runs; `answer` gets each call and all calls so far. */
export async function withGoogleApi<T>(
  answer: (call: ApiCall, calls: readonly ApiCall[]) => ApiAnswer,
  use: (url: string, calls: readonly ApiCall[]) => Promise<T>,
): Promise<T> {
  const calls: ApiCall[] = [];
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const call = {
        method: request.method ?? '',
        path: request.url ?? '',
        authorization: request.headers.authorization,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      calls.push(call);
      const { status = 200, body } = answer(call, calls);
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A signal to send once the program has printed `after`. */
export interface Interruption {
  readonly signal: NodeJS.Signals;
  readonly after: string;
}

/** Runs a program of terraform/scripts/ to its end, with these variables and nothing of ours. */
export async function runScript(
  name: string,
  environment: Readonly<Record<string, string>>,
  parameters: readonly string[] = [],
  interruption?: Interruption,
): Promise<Ended> {
  const file = path.join(ROOT, 'terraform/scripts', name);
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], ...environment };
    const child = execFile(
      process.execPath,
      [file, ...parameters],
      { env, timeout: 25_000 },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
      },
    );
    if (interruption !== undefined) {
      interruptOnce(child, interruption);
    }
  });
}

function interruptOnce(child: ChildProcess, { signal, after }: Interruption): void {
  let printed = '';
  const listen = (chunk: Buffer | string): void => {
    printed += String(chunk);
    if (printed.includes(after)) {
      child.stdout?.off('data', listen);
      child.kill(signal);
    }
  };
  child.stdout?.on('data', listen);
}
