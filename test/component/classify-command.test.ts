/**
 * `npm run classify` as a user runs it: built, in a process of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { build } from 'esbuild';

import type { Answer } from '../../shared/ingredient/answer';
import { builtCommand, programFolder } from '../support/command';
import { MODEL_FOLDER, ROOT } from '../support/fixtures';
import { peakRssOf } from '../support/rss';

const BUILT = path.join(ROOT, 'dist');

const { folder, execute } = programFolder();

describe('npm run classify', () => {
  it('labels each line of standard input rightly, in order, as JSON Lines', async () => {
    const names = ['smoked paprika', 'honey', 'pork belly', 'shiitake', 'poop cake', 'cement'];

    const { status, stdout } = await execute([builtCommand('classify')], {}, `${names.join('\n')}\n`);

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
    const { status, stdout } = await execute([builtCommand('classify')], {}, `honey\n\n${'a'.repeat(121)}\nrice`);

    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; error?: { code: string } });
    expect(status).toBe(1);
    expect(lines.map(({ error }) => error?.code ?? null)).toEqual([null, 'INVALID_NAME', 'INVALID_NAME', null]);
  });

  it('adds the labels to the rows of a table, whatever its delimiter, and escapes formulas', async () => {
    const table = 'id;Name;note\n1;raw honey;"=1; 2"\n2;;-5\n3;honey\n';

    const { status, stdout } = await execute([builtCommand('classify'), '--csv', '--column=name'], {}, table);

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
    const { status, stdout } = await execute([builtCommand('classify'), '--column', '2'], {}, '1,honey\n2,rice\n');

    const names = stdout.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(names.map((line) => (JSON.parse(line) as Answer).name)).toEqual(['honey', 'rice']);
  });

  it('says which columns there are', async () => {
    const { status, stdout, stderr } = await execute(
      [builtCommand('classify'), '--column=food'],
      {},
      'id,name\n1,salt\n',
    );

    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe('Error: the table has no column "food": its first row holds "id", "name"\n');
  });

  it.each([
    [['--csv', '--json'], '--csv and --json exclude each other'],
    [['--column=1', 'salt'], '--column and names exclude each other'],
  ])('refuses %j', async (options, reason) => {
    const { status, stderr } = await execute([builtCommand('classify'), ...options]);

    expect(status).toBe(2);
    expect(stderr).toContain(reason);
  });

  it('says that a cell is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('1,cr'), Buffer.from([0xe8]), Buffer.from('me\n2,salt\n')]);

    const { stdout } = await execute([builtCommand('classify'), '--column=2'], {}, bytes);

    expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({
      error: { code: 'INVALID_NAME', detail: 'The line is not UTF-8: convert the file.' },
    });
  });

  it('answers a slow pipe line by line', async () => {
    const env = { PATH: process.env['PATH'], MODEL_DIR: MODEL_FOLDER };
    const child = spawn(process.execPath, [builtCommand('classify')], { env, cwd: folder() });

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
    const args = ['--max-old-space-size=48', builtCommand('classify'), '--progress'];

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
    const { status, stdout } = await execute([builtCommand('classify'), 'Honey', '--', '--json']);

    expect(status).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as Answer).name),
    ).toEqual(['Honey', '--json']);
  });

  it('refuses an option that it does not know', async () => {
    const { status, stdout, stderr } = await execute([builtCommand('classify'), '--jsonl', 'honey']);

    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'Error: unknown option --jsonl; the options are --csv, --json, --progress, --column=…, -h, --help\n',
    );
  });

  it('prints a bad name to a terminal without what the terminal would obey', async () => {
    const asTerminal = ['--import', 'data:text/javascript,process.stdout.isTTY=true'];

    const { status, stdout } = await execute([
      ...asTerminal,
      builtCommand('classify'),
      'honey',
      '\u001b[2J\u009b2J\u0007',
    ]);

    expect(status).toBe(1);
    expect(stdout).toMatch(/^name +ingredient +source +categories +needs review\nhoney /);
    expect(stdout).toMatch(/\n"\\u001b\[2J\\u009b2J\\u0007" +error: The name holds a control character: .*\n$/);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('says in one line where the model is missing', async () => {
    const { status, stderr } = await execute([builtCommand('classify'), 'honey'], { MODEL_DIR: '/nowhere' });

    expect(status).toBe(1);
    expect(stderr).toBe(
      "Error: /nowhere/manifest.json cannot be read: set MODEL_DIR to the folder of the model's files.\n",
    );
  });
});
