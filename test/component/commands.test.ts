/**
 * The commands and entry points as a user runs them: built, in processes of their own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { build } from 'esbuild';

import type { ListPage } from '../../client';
import type { Answer } from '../../shared/ingredient/answer';
import { freePort } from '../support/owned-process';
import { MODEL_FOLDER, ROOT } from '../support/fixtures';
import { plainRequest, type PlainReply } from '../support/plain-request';
import { peakRssOf } from '../support/rss';

const BUILT = path.join(ROOT, 'dist');
const FRAMEWORK = path.join(ROOT, 'node_modules/@google-cloud/functions-framework/build/src/main.js');
const START_TIMEOUT_MS = 20_000;
// Longer than a command waits for an emulator that is not there.
const WAIT_TIMEOUT_MS = 60_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commands-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in `cwd` to its end, with what it reads from standard input. */
async function execute(
  args: readonly string[],
  settings: Record<string, string> = {},
  input: string | Buffer = '',
  cwd = folder,
): Promise<Finished> {
  const env = { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER, ...settings };
  const child = spawn(process.execPath, args, { env, cwd });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(input);
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, stdout, stderr };
}

const command = (name: string): string => path.join(BUILT, 'local/bin', `${name}.js`);

/** Stands where client libraries look for the metadata server of Google's machines, and says that it is none. */
async function withMetadataServer(use: (host: string, asked: readonly string[]) => Promise<void>): Promise<void> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('npm run classify', () => {
  it('labels each line of standard input rightly, in order, as JSON Lines', async () => {
    const names = ['smoked paprika', 'honey', 'pork belly', 'shiitake', 'poop cake', 'cement'];

    const { status, stdout } = await execute([command('classify')], {}, `${names.join('\n')}\n`);

    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);
    expect(status).toBe(0);
    expect(
      answers.map(({ name, source, categories }) => [name, source?.label ?? null, categories.map((c) => c.label)]),
    ).toEqual([
      ['smoked paprika', 'plant', ['spice']],
      ['honey', 'animal_product', ['sweetener']],
      ['pork belly', 'dead_animal', ['meat']],
      ['shiitake', 'other', ['mushroom']],
      ['poop cake', null, []],
      ['cement', null, []],
    ]);
    expect(answers.map(({ ingredient }) => ingredient.label)).toEqual([
      ...Array<string>(4).fill('ingredient'),
      ...Array<string>(2).fill('not_ingredient'),
    ]);
  });

  it('answers a bad line with an error, goes on, and exits with 1', async () => {
    const { status, stdout } = await execute([command('classify')], {}, `honey\n\n${'a'.repeat(121)}\nrice`);

    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; error?: { code: string } });
    expect(status).toBe(1);
    expect(lines.map(({ error }) => error?.code ?? null)).toEqual([null, 'INVALID_NAME', 'INVALID_NAME', null]);
  });

  it('adds the labels to the rows of a table, whatever its delimiter, and escapes formulas', async () => {
    const table = 'id;Name;note\n1;raw honey;"=1; 2"\n2;;-5\n3;honey\n';

    const { status, stdout } = await execute([command('classify'), '--csv', '--column=name'], {}, table);

    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(status).toBe(1);
    expect(header).toMatch(/^id,Name,note,ingredient,ingredient_confidence,source,/);
    expect(rows).toEqual([
      expect.stringMatching(/^1,raw honey,"'=1; 2",ingredient,0\.\d+,animal_product,/),
      '2,,-5,,,,,,,,,,INVALID_NAME: The name is empty: send at least one visible character.',
      expect.stringMatching(/^3,honey,,ingredient,0\.\d+,animal_product,/),
    ]);
  });

  it('reads a column by its number where there is no header', async () => {
    const { status, stdout } = await execute([command('classify'), '--column', '2'], {}, '1,honey\n2,rice\n');

    const names = stdout.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(names.map((line) => (JSON.parse(line) as Answer).name)).toEqual(['honey', 'rice']);
  });

  it('says which columns there are', async () => {
    const { status, stdout, stderr } = await execute([command('classify'), '--column=food'], {}, 'id,name\n1,salt\n');

    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe('Error: the table has no column "food": its first row holds "id", "name"\n');
  });

  it.each([
    [['--csv', '--json'], '--csv and --json exclude each other'],
    [['--column=1', 'salt'], '--column and names exclude each other'],
  ])('refuses %j', async (options, reason) => {
    const { status, stderr } = await execute([command('classify'), ...options]);

    expect(status).toBe(2);
    expect(stderr).toContain(reason);
  });

  it('says that a cell is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('1,cr'), Buffer.from([0xe8]), Buffer.from('me\n2,salt\n')]);

    const { stdout } = await execute([command('classify'), '--column=2'], {}, bytes);

    expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({
      error: { code: 'INVALID_NAME', detail: 'The line is not UTF-8: convert the file.' },
    });
  });

  it('answers a slow pipe line by line', async () => {
    const env = { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER };
    const child = spawn(process.execPath, [command('classify')], { env, cwd: folder });

    child.stdin.write('honey\n');
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    child.stdin.end('rice\n');
    await once(child, 'close');

    expect(first.toString()).toMatch(/^\{"name":"honey".*\n$/);
  });

  it('labels 200,000 lines in a heap of 48 MB, and shows how far it is', async () => {
    const names = ['honey', 'rice', 'pork belly', 'shiitake', 'cement', ''];
    const input = names
      .map((name) => `${name}\n`)
      .join('')
      .repeat(200_000 / names.length);
    const args = ['--max-old-space-size=48', command('classify'), '--progress'];

    const { status, stdout, stderr } = await execute(args, {}, input);

    const lines = stdout.trimEnd().split('\n');
    expect(status).toBe(1);
    expect(lines).toHaveLength(199_998);
    expect(JSON.parse(lines.at(-2)!)).toMatchObject({ name: 'cement', source: null });
    expect(stderr).toMatch(/\r199,998 names, [\d,]+ a second {3}\n$/);
  }, 120_000);

  it('streams a table of 200,000 different names in the memory that the first 40,000 took, also to a slow reader', async () => {
    const total = 200_000;
    let taken = 0;
    function* table(): Generator<string> {
      yield 'id,name\n';
      for (; taken < total; taken += 1_000) {
        yield Array.from({ length: 1_000 }, (_, row) => `${taken + row},salt ${taken + row}\n`).join('');
      }
    }
    const program = path.join(BUILT, 'test/classify-cheaply.js');
    await build({
      ...{ entryPoints: [path.join(ROOT, 'test/support/classify-cheaply.ts')], outfile: program },
      ...{ bundle: true, packages: 'external', platform: 'node', target: 'node20' },
    });
    const child = spawn(process.execPath, ['--max-old-space-size=48', program, '--column=name', '--csv']);
    const feeding = pipeline(Readable.from(table()), child.stdin);

    // Nothing is read yet: it takes no more rows once the pipes are full.
    await once(child.stdout, 'readable');
    for (let before = -1; taken !== before;) {
      before = taken;
      await delay(1_000);
    }
    const takenUnread = taken;
    const peaks: number[] = [];
    let rows = -1;
    let last = '';
    for await (const line of createInterface({ input: child.stdout })) {
      rows += 1;
      last = line;
      if (rows % 20_000 === 0 && rows < total) {
        peaks.push(peakRssOf(child.pid));
      }
    }
    await feeding;

    expect(takenUnread).toBeLessThan(total / 2);
    expect(rows).toBe(total);
    expect(last).toMatch(/^199999,salt 199999,ingredient,0\.998,/);
    // From where it remembers as many names as it ever will.
    expect(peaks.at(-1)! - peaks[2]!).toBeLessThan(32_000_000);
  }, 240_000);

  it('takes names as arguments, also those that start with a dash', async () => {
    const { status, stdout } = await execute([command('classify'), 'Honey', '--', '--json']);

    expect(status).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as Answer).name),
    ).toEqual(['Honey', '--json']);
  });

  it('refuses an option that it does not know', async () => {
    const { status, stdout, stderr } = await execute([command('classify'), '--jsonl', 'honey']);

    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'Error: unknown option --jsonl; the options are --csv, --json, --progress, --column=…, -h, --help\n',
    );
  });

  it('prints a bad name to a terminal without what the terminal would obey', async () => {
    const asTerminal = ['--import', 'data:text/javascript,process.stdout.isTTY=true'];

    const { status, stdout } = await execute([...asTerminal, command('classify'), 'honey', '\u001b[2J\u009b2J\u0007']);

    expect(status).toBe(1);
    expect(stdout).toMatch(/^name +ingredient +source +categories +needs review\nhoney /);
    expect(stdout).toMatch(/\n"\\u001b\[2J\\u009b2J\\u0007" +error: The name holds a control character: .*\n$/);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('says in one line where the model is missing', async () => {
    const { status, stderr } = await execute([command('classify'), 'honey'], { MODEL_DIR: '/nowhere' });

    expect(status).toBe(1);
    expect(stderr).toBe(
      "Error: /nowhere/manifest.json cannot be read: set MODEL_DIR to the folder of the model's files.\n",
    );
  });
});

describe('npm start', () => {
  /** Starts it in `folder` and waits for its banner; resolves to its address. */
  async function start(): Promise<{ url: string; port: string; stop: () => Promise<number | null> }> {
    const env = { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER, PORT: '0' };
    const child: ChildProcess = spawn(process.execPath, [command('start')], { env, cwd: folder });
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
    const submitted = await execute([command('submit'), 'shiitake', ''], { PORT: first.port });
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
    const cwd = path.join(folder, 'occupied');
    await mkdir(cwd);
    await writeFile(path.join(cwd, '.data'), '');

    const { status, stdout, stderr } = await execute([command('start')], { PORT: '0' }, '', cwd);

    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Error: Answers cannot be kept in \.data \(EEXIST: [^\n]*\): move away [^\n]*\n$/);
  });

  it(
    'ends where the Pub/Sub emulator does not answer, with one line that names its variable',
    async () => {
      await withMetadataServer(async (metadata, asked) => {
        const emulator = `127.0.0.1:${await freePort()}`;
        const settings = { PORT: '0', PUBSUB_EMULATOR_HOST: emulator, GCE_METADATA_HOST: metadata };

        const { status, stdout, stderr } = await execute([command('start')], settings);

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

    const { status, stderr } = await execute([command('start')], { PORT: String(port) });
    other.close();

    expect(status).toBe(1);
    expect(stderr).toBe(`Error: port ${port} is in use: set PORT to another one\n`);
  });

  it('says which setting is wrong, all of them at once', async () => {
    const { status, stderr } = await execute([command('start')], { PORT: 'eighty', LOG_LEVEL: 'loud' });

    expect(status).toBe(1);
    expect(stderr).toContain('PORT must be a whole number from 0 to 65535, not "eighty"');
    expect(stderr).toContain('LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, not "loud"');
  });
});

describe('npm run submit', () => {
  it('says what to start where nothing listens', async () => {
    const port = await freePort();

    const { status, stderr } = await execute([command('submit'), 'honey'], { PORT: String(port) });

    expect(status).toBe(1);
    expect(stderr).toContain(`nothing answers at http://127.0.0.1:${port}/events: run \`npm start\` first`);
  });

  it('goes to `npm start` also where a shell has a project set', async () => {
    const port = String(await freePort());

    const { stderr } = await execute([command('submit'), 'honey'], { PORT: port, GOOGLE_CLOUD_PROJECT: 'my-project' });

    expect(stderr).toContain(`nothing answers at http://127.0.0.1:${port}/events`);
  });

  it('says of each name sent to the cloud that there are no credentials', async () => {
    await withMetadataServer(async (metadata, asked) => {
      const settings = { GOOGLE_CLOUD_PROJECT: 'my-project', GCE_METADATA_HOST: metadata };

      const { status, stdout, stderr } = await execute([command('submit'), '--cloud', 'honey', 'salt'], settings);

      const reason = 'there are no credentials to use: run `gcloud auth application-default login`';
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr.trimEnd().split('\n')).toEqual([
        expect.stringContaining(`not published "honey": ${reason}`),
        expect.stringContaining(`not published "salt": ${reason}`),
      ]);
      // Which shows that the tests that expect it not to be asked would see it.
      expect(asked).not.toEqual([]);
    });
  });

  it('refuses the cloud and an emulator together', async () => {
    const settings = { PUBSUB_EMULATOR_HOST: '127.0.0.1:1' };

    const { status, stderr } = await execute([command('submit'), '--cloud', 'honey'], settings);

    expect(status).toBe(2);
    expect(stderr).toBe('Error: --cloud and PUBSUB_EMULATOR_HOST exclude each other: leave one of them out\n');
  });

  it(
    'says in one line where the emulator does not answer, and looks for no metadata server',
    async () => {
      await withMetadataServer(async (metadata, asked) => {
        const emulator = `127.0.0.1:${await freePort()}`;
        const settings = { PUBSUB_EMULATOR_HOST: emulator, GCE_METADATA_HOST: metadata };

        const { status, stdout, stderr } = await execute([command('submit'), 'honey'], settings);

        expect([status, stdout]).toEqual([1, '']);
        expect(stderr).toBe(
          `not published "honey": the Pub/Sub emulator at ${emulator} did not answer within 10 s: start it, or correct or unset PUBSUB_EMULATOR_HOST\n`,
        );
        expect(asked).toEqual([]);
      });
    },
    WAIT_TIMEOUT_MS,
  );

  it('says that a line is not UTF-8', async () => {
    const { status, stderr } = await execute(
      [command('submit')],
      {},
      Buffer.from([0x63, 0x72, 0xe8, 0x6d, 0x65, 0x0a]),
    );

    expect(status).toBe(1);
    expect(stderr).toBe('not published "": The line is not UTF-8: convert the file.\n');
  });
});

describe('the packaged entry point', () => {
  const serve = async (settings: Record<string, string>): Promise<Finished> => {
    const port = String(await freePort());
    const args = [FRAMEWORK, `--source=${ROOT}`, '--target=lookupIngredient', `--port=${port}`];
    return execute(args, { FUNCTION_TARGET: 'lookupIngredient', ...settings });
  };

  it('ends with 1 and a clear line where a model file is not the manifest’s', async () => {
    const damaged = path.join(folder, 'damaged');
    await cp(MODEL_FOLDER, damaged, { recursive: true });
    await truncate(path.join(damaged, 'model.onnx'), 1000);

    const { status, stdout } = await serve({ MODEL_DIR: damaged });

    expect(status).toBe(1);
    expect(stdout).toContain('"code":"MODEL_ARTIFACT"');
    expect(stdout).toContain('model.onnx is not the file of the manifest');
  });

  it('ends with 1 where the manifest is of another version', async () => {
    const unknown = path.join(folder, 'unknown');
    await cp(MODEL_FOLDER, unknown, { recursive: true });
    await writeFile(path.join(unknown, 'manifest.json'), '{"manifestVersion": 99}');

    const { status, stdout } = await serve({ MODEL_DIR: unknown });

    expect(status).toBe(1);
    expect(stdout).toContain('has manifestVersion 99, and this code reads 1');
  });

  it('ends with 1 and all that is wrong with its settings', async () => {
    const { status, stdout } = await serve({ MEMORY_CACHE_ENTRIES: '-1', CACHE_MAX_AGE_S: 'x' });

    expect(status).toBe(1);
    expect(stdout).toContain('MEMORY_CACHE_ENTRIES must be');
    expect(stdout).toContain('CACHE_MAX_AGE_S must be');
  });
});
