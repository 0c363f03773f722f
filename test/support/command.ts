/**
 * A command of local/bin in a process of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

import { MODEL_FOLDER, ROOT } from './fixtures';

export interface Ended {
  readonly status: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts a built command; its folder is where it may leave files. */
export function startCommand(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Command {
  const child = spawn(process.execPath, [path.join(ROOT, `dist/local/bin/${name}.js`), ...args], {
    cwd,
    env: { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER, METADATA_SERVER_DETECTION: 'none', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (status, signal) => {
      resolve({ status: status ?? signal, stdout, stderr });
    });
  });
  return { child, ended };
}
