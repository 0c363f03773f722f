import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { FileStore } from '../../../local/file-store';
import { InvalidMessageError, StoreUnavailableError } from '../../../shared/platform/errors';
import {
  aName,
  anAnswer,
  aRecord,
  aReview,
  aSubmission,
  classified,
  FAR_AHEAD,
  inTempFolder,
  LONG_AGO,
} from '../../support/builders';

const key = (text: string): string => aName(text).key;
const SALT = classified({ name: 'salt' });
const WATER = classified({ name: 'water' });

const ingredients = (folder: string): string => path.join(folder, 'ingredients.jsonl');
const rejected = (folder: string): string => path.join(folder, 'rejected.jsonl');

async function linesOf(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('FileStore', () => {
  it('gives back what it kept, also after a restart', async () => {
    await inTempFolder(async (folder) => {
      const store = await FileStore.open(folder);
      await store.saveSubmission(SALT, aSubmission({ id: 'app-1' }));
      await store.saveLookup(WATER);
      const before = await store.get([key('salt'), key('water'), key('milk')]);
      await store.close();

      const after = await (await FileStore.open(folder)).get([key('salt'), key('water'), key('milk')]);

      expect([...after.keys()]).toEqual([key('salt'), key('water')]);
      expect(after).toEqual(before);
      expect(after.get(key('salt'))).toMatchObject({ ...anAnswer({ name: 'salt' }), ids: ['app-1'], expireAt: null });
      expect(after.get(key('water'))?.expireAt).toBeInstanceOf(Date);
    });
  });

  it('refuses a folder that another running process uses', async () => {
    await inTempFolder(async (folder) => {
      await writeFile(path.join(folder, 'lock'), String(process.ppid));

      await expect(FileStore.open(folder)).rejects.toThrow(
        `Process ${process.ppid} keeps its answers in ${folder} already: stop it, or delete ${folder}/lock if it is another program.`,
      );
    });
  });

  it('takes over from a process that is no more, and leaves no lock behind', async () => {
    await inTempFolder(async (folder) => {
      // Above the largest process id of Linux.
      await writeFile(path.join(folder, 'lock'), '4194999');

      const store = await FileStore.open(folder);
      await store.saveLookup(SALT);
      await store.close();

      expect(await readFile(ingredients(folder), 'utf8')).toContain('"salt"');
      await expect(readFile(path.join(folder, 'lock'))).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });

  it('makes its folder', async () => {
    await inTempFolder(async (folder) => {
      const store = await FileStore.open(path.join(folder, 'a', 'b'));

      await store.saveLookup(SALT);

      expect(await linesOf(ingredients(path.join(folder, 'a', 'b')))).toHaveLength(1);
    });
  });

  it('counts the last line of a key, and drops the others at the next start', async () => {
    await inTempFolder(async (folder) => {
      const store = await FileStore.open(folder);
      await store.saveSubmission(SALT, aSubmission({ id: 'app-1' }));
      await store.saveSubmission(SALT, aSubmission({ id: 'app-2' }));
      await store.close();

      const after = await (await FileStore.open(folder)).get([key('salt')]);

      expect(after.get(key('salt'))?.ids).toEqual(['app-1', 'app-2']);
      expect(await linesOf(ingredients(folder))).toHaveLength(1);
    });
  });

  it('passes over a last line that a kill cut short, and keeps what comes after it', async () => {
    await inTempFolder(async (folder) => {
      const first = await FileStore.open(folder);
      await first.saveSubmission(SALT, aSubmission());
      await first.close();
      await appendFile(ingredients(folder), '{"key":"n1-0123","name":"wat');

      const second = await FileStore.open(folder);
      await second.saveSubmission(WATER, aSubmission());
      await second.close();
      const third = await FileStore.open(folder);

      expect([...(await third.get([key('salt'), key('water')])).keys()]).toEqual([key('salt'), key('water')]);
    });
  });

  it('keeps a whole last line that only lost its end', async () => {
    await inTempFolder(async (folder) => {
      const first = await FileStore.open(folder);
      await first.saveSubmission(SALT, aSubmission());
      await first.close();
      const { length } = await readFile(ingredients(folder));
      await truncate(ingredients(folder), length - 1);

      const second = await FileStore.open(folder);
      await second.saveSubmission(WATER, aSubmission());
      await second.close();
      const third = await FileStore.open(folder);

      expect([...(await third.get([key('salt'), key('water')])).keys()]).toEqual([key('salt'), key('water')]);
    });
  });

  it.each([
    ['null'],
    ['5'],
    ['"salt"'],
    ['[]'],
    ['{}'],
    [JSON.stringify({ key: key('salt'), name: 'salt' })],
    [JSON.stringify({ ...aRecord({ name: 'water' }), createdAt: 'yesterday' })],
    [JSON.stringify({ ...aRecord({ name: 'water' }), ids: null })],
  ])('passes over a line that is no record: %s', async (line) => {
    await inTempFolder(async (folder) => {
      await writeFile(ingredients(folder), `${line}\n${JSON.stringify(aRecord({ name: 'salt' }))}\n${line}\n`);

      const store = await FileStore.open(folder);
      await store.saveSubmission(SALT, aSubmission({ id: 'app-1' }));
      await store.saveLookup(WATER);

      const found = await store.get([key('salt'), key('water')]);
      expect([...found.values()].map(({ name, ids }) => [name, ids])).toEqual([
        ['salt', ['app-1']],
        ['water', []],
      ]);
    });
  });

  it('says which folder cannot be used, and why', async () => {
    await inTempFolder(async (folder) => {
      await writeFile(path.join(folder, '.data'), '');

      const opened = FileStore.open(path.join(folder, '.data'));

      await expect(opened).rejects.toThrow(StoreUnavailableError);
      await expect(opened).rejects.toThrow(/^Answers cannot be kept in .*\.data \(EEXIST: .*\): move away what stands/);
    });
  });

  it('forgets what has expired', async () => {
    await inTempFolder(async (folder) => {
      const records = [
        aRecord({ name: 'salt', expireAt: LONG_AGO }),
        aRecord({ name: 'water', expireAt: FAR_AHEAD }),
        aRecord({ name: 'milk' }),
      ];
      await writeFile(ingredients(folder), records.map((record) => `${JSON.stringify(record)}\n`).join(''));

      const found = await (await FileStore.open(folder)).get([key('salt'), key('water'), key('milk')]);

      expect([...found.values()].map(({ name }) => name)).toEqual(['water', 'milk']);
      expect(await linesOf(ingredients(folder))).toHaveLength(2);
    });
  });

  it('leaves a review as it is', async () => {
    await inTempFolder(async (folder) => {
      await writeFile(ingredients(folder), `${JSON.stringify(aReview({ name: 'salt' }))}\n`);
      const store = await FileStore.open(folder);

      await store.saveLookup(SALT);

      expect((await store.get([key('salt')])).get(key('salt'))?.origin).toBe('review');
    });
  });

  it('says whether a submission made, changed or left a document', async () => {
    await inTempFolder(async (folder) => {
      const store = await FileStore.open(folder);

      const outcomes = [
        await store.saveSubmission(SALT, aSubmission({ id: 'app-1' })),
        await store.saveSubmission(SALT, aSubmission({ id: 'app-1' })),
        await store.saveSubmission(SALT, aSubmission({ id: 'app-2' })),
      ];

      expect(outcomes).toEqual(['created', 'unchanged', 'updated']);
      expect(await linesOf(ingredients(folder))).toHaveLength(2);
    });
  });

  it('keeps each of many that are written together on a line of its own', async () => {
    await inTempFolder(async (folder) => {
      const store = await FileStore.open(folder);
      const names = Array.from({ length: 50 }, (_, index) => `sea\u2028salt ${index}`);

      await Promise.all(names.map((name) => store.saveSubmission(classified({ name }), aSubmission())));

      expect((await linesOf(ingredients(folder))).map(({ name }) => name)).toEqual(names);
    });
  });

  describe('saveRejection', () => {
    const rejection = {
      data: Buffer.from([0xff, 0x00, 0x0a]),
      reason: new InvalidMessageError('The data of the message is not JSON in UTF-8.'),
    };

    it('keeps the bytes and the reason of a message once, also after a restart', async () => {
      await inTempFolder(async (folder) => {
        const store = await FileStore.open(folder);
        await store.saveRejection(rejection);
        await store.saveRejection(rejection);
        await store.close();
        await (await FileStore.open(folder)).saveRejection(rejection);

        const lines = await linesOf(rejected(folder));

        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatchObject({ payload: '/wAK', payloadBytes: 3, code: 'INVALID_MESSAGE' });
      });
    });

    it('keeps a message anew that has expired', async () => {
      await inTempFolder(async (folder) => {
        const store = await FileStore.open(folder);
        await store.saveRejection(rejection);
        await store.close();
        const [first] = await linesOf(rejected(folder));
        await writeFile(rejected(folder), `${JSON.stringify({ ...first, expireAt: '2001-01-01T00:00:00.000Z' })}\n`);

        await (await FileStore.open(folder)).saveRejection(rejection);

        expect(await linesOf(rejected(folder))).toHaveLength(2);
      });
    });

    it.each(['null', '5', '{}', '{"id":7}'])('passes over a line that is no rejection: %s', async (line) => {
      await inTempFolder(async (folder) => {
        await writeFile(rejected(folder), `${line}\n`);
        const store = await FileStore.open(folder);

        await store.saveRejection(rejection);

        const lines = (await readFile(rejected(folder), 'utf8')).trimEnd().split('\n');
        expect(JSON.parse(lines.at(-1)!)).toMatchObject({ payload: '/wAK' });
      });
    });

    it('keeps a message after a line that a kill cut short', async () => {
      await inTempFolder(async (folder) => {
        await writeFile(rejected(folder), '{"id":"ba7816');
        const store = await FileStore.open(folder);

        await store.saveRejection(rejection);

        const lastLine = (await readFile(rejected(folder), 'utf8')).trimEnd().split('\n').at(-1);
        expect(JSON.parse(lastLine!)).toMatchObject({ payload: '/wAK' });
      });
    });
  });
});
