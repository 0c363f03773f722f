/**
 * A built function in a process of its own, as the platform starts it, but on loopback.
 */
import path from 'node:path';

import { FRAMEWORK, MODEL_FOLDER, ROOT } from './fixtures';
import { answers, freePort, OwnedProcess } from './owned-process';

const START_TIMEOUT_MS = 45_000;
// What a push subscription of the platform calls: the framework reads the topic from it.
const PUSH_PATH = '/projects/local/topics/ingredients';

export type Target = 'lookupIngredient' | 'classifyIngredient';

export interface FunctionProcess {
  readonly url: string;
  readonly process: OwnedProcess;
  /** Delivers data as a raw push of Pub/Sub does. */
  readonly push: (data: unknown, messageId?: string, attributes?: Record<string, string>) => Promise<Response>;
}

/**
 * Starts a function; resolves when it answers.
 *
 * @param source what the framework loads.
 */
export async function functionProcess(
  target: Target,
  settings: Record<string, string>,
  source = ROOT,
): Promise<FunctionProcess> {
  const port = await freePort();
  const started = spawnFunction(target, port, settings, undefined, source);
  const url = `http://127.0.0.1:${port}`;
  await started.ready(() => answers(url), START_TIMEOUT_MS);
  return {
    url,
    process: started,
    push: (data, messageId = '1', attributes = {}) =>
      fetch(`${url}${PUSH_PATH}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          message: { data: Buffer.from(JSON.stringify(data)).toString('base64'), messageId, attributes },
          subscription: 'projects/local/subscriptions/ingredients-classify',
        }),
      }),
  };
}

/**
 * The process alone; it may not listen yet.
 *
 * @param folder where the package is unpacked, which runs instead of `dist/` then.
 * @param source what the framework loads where there is no such folder.
 */
export function spawnFunction(
  target: Target,
  port: number,
  settings: Record<string, string>,
  folder?: string,
  source = ROOT,
): OwnedProcess {
  const command = [
    ...[process.execPath, '--require', path.join(ROOT, 'test/support/loopback.cjs')],
    ...(folder === undefined ? [FRAMEWORK, `--source=${source}`] : ['main.cjs']),
  ];
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    METADATA_SERVER_DETECTION: 'none',
    MODEL_DIR: MODEL_FOLDER,
    FUNCTION_TARGET: target,
    PORT: `${port}`,
    ...settings,
  };
  return new OwnedProcess(command, { cwd: folder ?? ROOT, env });
}
