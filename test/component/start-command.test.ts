/**
 * `npm start` as a user runs it: built, in a process of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';

import type { ListPage } from '../../client';
import type { Answer } from '../../shared/ingredient/answer';
import { builtCommand, programFolder } from '../support/command';
import { MODEL_FOLDER } from '../support/fixtures';
import { withMetadataServer } from '../support/metadata-server';
import { freePort } from '../support/owned-process';
import { plainRequest, type PlainReply } from '../support/plain-request';

const START_TIMEOUT_MS = 20_000;
// Longer than a command waits for an emulator that is not there.
const WAIT_TIMEOUT_MS = 60_000;

const { folder, execute } = programFolder();

describe('npm start', () => {
  /** Starts it in `folder` and waits for its banner; resolves to its address. */
  async function start(): Promise<{ url: string; port: string; stop: () => Promise<number | null> }> {
    const env = { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER, PORT: '0' };
    const child: ChildProcess = spawn(process.execPath, [builtCommand('start')], { env, cwd: folder() });
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    const url = await new Promise<string>((resolve, reject) => {
      let output = '';
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`npm start printed no address:\n${output}`));
      }, START_TIMEOUT_MS);
      child.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
        if (found !== null) {
          clearTimeout(timer);
          resolve(found[0]);
        }
      });
    });
    const stop = (): Promise<number | null> => {
      child.kill('SIGTERM');
      return closed;
    };
    return { url, port: new URL(url).port, stop };
  }

  it('labels what was submitted, and finds it again after a restart', async () => {
    const first = await start();
    const submitted = await execute([builtCommand('submit'), 'shiitake', ''], { PORT: first.port });
    const found = await fetch(`${first.url}/v1/ingredients/shiitake`);
    const answer = await found.text();
    const exit = await first.stop();
    const second = await start();
    const again = await fetch(`${second.url}/v1/ingredients/Shiitake%20`);
    await second.stop();

    expect(submitted.status).toBe(1);
    expect(submitted.stdout).toMatch(/^published shiitake as message \S+\n$/);
    expect(submitted.stderr).toBe('not published "": The name is empty: send at least one visible character.\n');
    expect(found.headers.get('cache-status')).toBe('store; hit, memory; fwd=miss; stored');
    expect(exit).toBe(0);
    expect(again.headers.get('cache-status')).toBe('store; hit, memory; fwd=miss; stored');
    expect({ ...((await again.json()) as Answer), name: 'shiitake' }).toEqual(JSON.parse(answer));
  });

  it('takes no event for another host, as of a page whose name was made to point here', async () => {
    const { port, url, stop } = await start();
    const data = Buffer.from('{"name": "dragon fruit"}').toString('base64');
    const send = (host: string): Promise<PlainReply> =>
      plainRequest(port, '/events', {
        method: 'POST',
        headers: { Host: `${host}:${port}`, Origin: `http://${host}:${port}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ message: { data, messageId: '1' } }),
      });
    const listed = async (): Promise<unknown> =>
      (await fetch(`${url}/v1/ingredients:list?prefix=dragon`)).json().then((page) => (page as ListPage).results);

    const refused = await send('evil.example');
    const before = await listed();
    const taken = await send('localhost');
    const after = await listed();
    await stop();

    expect([refused.status, refused.headers['content-type']]).toEqual([403, 'application/problem+json']);
    expect(JSON.parse(refused.body)).toMatchObject({
      code: 'FORBIDDEN',
      detail: 'Events are for this machine alone: send them to localhost.',
    });
    expect(before).toEqual([]);
    expect(taken.status).toBe(204);
    expect(after).toMatchObject([{ name: 'dragon fruit' }]);
  });

  it('ends where its folder cannot be used, with one line that says what to change', async () => {
    const cwd = path.join(folder(), 'occupied');
    await mkdir(cwd);
    await writeFile(path.join(cwd, '.data'), '');

    const { status, stdout, stderr } = await execute([builtCommand('start')], { PORT: '0' }, '', cwd);

    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Error: Answers cannot be kept in \.data \(EEXIST: [^\n]*\): move away [^\n]*\n$/);
  });

  it(
    'ends where the Pub/Sub emulator does not answer, with one line that names its variable',
    async () => {
      await withMetadataServer(async (metadata, asked) => {
        const emulator = `127.0.0.1:${await freePort()}`;
        const settings = { PORT: '0', PUBSUB_EMULATOR_HOST: emulator, GCE_METADATA_HOST: metadata };

        const { status, stdout, stderr } = await execute([builtCommand('start')], settings);

        expect(status).toBe(1);
        // The model may be there by then, which is worth a line of the log; no banner follows.
        expect(stdout).toMatch(/^(\{[^\n]*"message":"cold start"[^\n]*\}\n)?$/);
        expect(stderr).toBe(
          `Error: the Pub/Sub emulator at ${emulator} did not answer within 10 s: start it, or correct or unset PUBSUB_EMULATOR_HOST\n`,
        );
        expect(asked).toEqual([]);
      });
    },
    WAIT_TIMEOUT_MS,
  );

  it('ends with 1 where its port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;

    const { status, stderr } = await execute([builtCommand('start')], { PORT: String(port) });
    other.close();

    expect(status).toBe(1);
    expect(stderr).toBe(`Error: port ${port} is in use: set PORT to another one\n`);
  });

  it('says which setting is wrong, all of them at once', async () => {
    const { status, stderr } = await execute([builtCommand('start')], { PORT: 'eighty', LOG_LEVEL: 'loud' });

    expect(status).toBe(1);
    expect(stderr).toContain('PORT must be a whole number from 0 to 65535, not "eighty"');
    expect(stderr).toContain('LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, not "loud"');
  });
});
