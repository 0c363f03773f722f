import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Manifest } from '../../../../shared/model/artifacts';
import { TaughtNames } from '../../../../shared/model/taught';
import { inTempFolder, MODEL, tasks } from '../../../support/builders';

const NAMES = ['salt', 'sea salt', 'smoked paprika', 'paprika', 'tomato', 'tomatoes', 'oat milk', 'milk'];

function manifest(text: string): Manifest {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return {
    ...{ manifestVersion: 1, version: MODEL, maxTokens: 64, tasks: tasks() },
    files: { 'taught.txt': { sha256, bytes: text.length } },
  };
}

describe('TaughtNames.nearest', () => {
  let taught: TaughtNames;

  beforeAll(async () => {
    taught = await TaughtNames.of(NAMES);
  });

  it.each([
    ['tomatos', ['tomato', 'tomatoes']],
    ['hot smoked paprika', ['smoked paprika', 'paprika']],
    ['oat milks', ['oat milk', 'milk']],
    ['salt', ['salt', 'sea salt']],
  ])('of %s are %j', (name, expected) => {
    expect(taught.nearest(name, 2)).toEqual(expected);
  });

  it('are none where nothing is shared', () => {
    expect(taught.nearest('xyzzy')).toEqual([]);
  });
});

describe('TaughtNames.of', () => {
  it('lets other work go on between its turns', async () => {
    let turns = 0;
    const other = (): void => {
      turns += 1;
      immediate = setImmediate(other);
    };
    let immediate = setImmediate(other);

    await TaughtNames.of(Array.from({ length: 5_000 }, (_, place) => `name ${place}`));
    clearImmediate(immediate);

    expect(turns).toBeGreaterThanOrEqual(5);
  });
});

describe('TaughtNames.load', () => {
  it('is none where the release carries none', async () => {
    expect(await TaughtNames.load('nowhere', { ...manifest(''), files: {} })).toBeUndefined();
  });

  it('reads the file of the manifest, and no other', async () => {
    await inTempFolder(async (folder) => {
      const text = `${NAMES.join('\n')}\n`;
      await writeFile(path.join(folder, 'taught.txt'), text);

      const taught = await TaughtNames.load(folder, manifest(text));

      expect(taught?.nearest('paprikas', 1)).toEqual(['paprika']);
      await expect(TaughtNames.load(folder, manifest('other'))).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    });
  });

  it('rejects where the file is missing', async () => {
    await expect(TaughtNames.load('nowhere', manifest('salt'))).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  });
});
