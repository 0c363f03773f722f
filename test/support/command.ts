/**
 * A command of local/bin in a process of its own.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

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

/** Runs a program of Node to its end, with what it reads from standard input. */
export type Execute = (
  args: readonly string[],
  settings?: Readonly<Record<string, string>>,
  input?: string | Buffer,
  cwd?: string,
) => Promise<Ended>;

/** The program of a command of local/bin. */
export const builtCommand = (name: string): string => path.join(ROOT, `dist/local/bin/${name}.js`);

/** For a file of tests: a folder that its programs run in where they are told of no other, removed when all have ended. */
export function programFolder(): { readonly folder: () => string; readonly execute: Execute } {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'commands-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  return {
    folder: () => folder,
    execute: async (args, settings = {}, input = '', cwd = folder) => {
      const env = { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER, ...settings };
      const child = spawn(process.execPath, args, { env, cwd });
      child.stdin.end(input);
      return endOf(child);
    },
  };
}

/** Starts a built command; its folder is where it may leave files. */
export function startCommand(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Command {
  const child = spawn(process.execPath, [builtCommand(name), ...args], {
    cwd,
    env: { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER, METADATA_SERVER_DETECTION: 'none', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: endOf(child) };
}

async function endOf(child: ChildProcessByStdio<Writable | null, Readable, Readable>): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise<Ended>((resolve) => {
    child.once('close', (status, signal) => {
      resolve({ status: status ?? signal, stdout, stderr });
    });
  });
}
