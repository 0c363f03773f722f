/**
 * Tokens, normal forms and keys against what Python's reference wrote (training/scripts/make_fixtures.py).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { parseName } from '../../shared/ingredient/name';
import { Encoder } from '../../shared/model/encode';
import { readManifest } from '../../shared/model/artifacts';
import { tokenize, Vocabulary } from '../../shared/model/wordpiece';
import { MODEL_FOLDER, readFixture } from '../support/fixtures';

interface TextRow {
  readonly text: string;
  readonly ids: readonly number[];
  /** Null where the text is no name, left out where the normal form is the text itself. */
  readonly normalName?: string | null;
  readonly key?: string;
  readonly inputIds?: readonly number[];
}

const vocabulary = new Vocabulary(readFileSync(path.join(MODEL_FOLDER, 'vocab.txt')));
const rows = readFixture<TextRow>('tokens.jsonl');

describe('tokenize', () => {
  it('equals the reference on more than 10,000 strings of names, scripts, marks and emoji', () => {
    const different = rows.filter(({ text, ids }) => tokenize(text, vocabulary).join() !== ids.join());

    expect(rows.length).toBeGreaterThan(10_000);
    expect(different).toEqual([]);
  });

  const openData = process.env['OPEN_DATA'];
  const title = 'equals the reference on the list of naughty strings';
  if (openData === undefined) {
    // Open data is read in place where a folder of it is given: it is not ours to copy.
    it.skip(`${title} (set OPEN_DATA to the folder of the open data to run this)`, () => undefined);
  } else {
    it(title, () => {
      const expected = new Map(
        readFixture<{ sha256: string; ids: number[] }>('naughty-tokens.jsonl').map(({ sha256, ids }) => [sha256, ids]),
      );
      const strings = JSON.parse(readFileSync(path.join(openData, 'naughty-strings/blns.json'), 'utf8')) as string[];

      const different = strings.filter((text) => {
        const sha256 = createHash('sha256').update(text).digest('hex');
        return tokenize(text, vocabulary).join() !== expected.get(sha256)?.join();
      });

      expect(strings.length).toBeGreaterThan(500);
      expect(different).toEqual([]);
    });
  }
});

describe('parseName', () => {
  it('makes the normal form and the key that Python makes', () => {
    const names = rows.filter(({ normalName }) => normalName !== null);

    const different = names.filter(({ text, normalName = text, key }) => {
      const parsed = parseName(text);
      return parsed.normalName !== normalName || (key !== undefined && parsed.key !== key);
    });

    expect(names.length).toBeGreaterThan(10_000);
    expect(different).toEqual([]);
  });

  it('refuses what Python refuses', () => {
    const refused = rows.filter(({ normalName }) => normalName === null);

    const taken = refused.filter(({ text }) => {
      try {
        parseName(text);
        return true;
      } catch {
        return false;
      }
    });

    expect(taken).toEqual([]);
  });
});

describe('Encoder', () => {
  it('places special and control tokens as Python does', async () => {
    const { tasks, maxTokens } = await readManifest(MODEL_FOLDER);
    const controlTokens = [tasks.ingredient, tasks.source, tasks.categories].map(({ controlToken }) => controlToken);
    const encoder = new Encoder(vocabulary, controlTokens, maxTokens);

    const encoded = rows.filter(({ inputIds }) => inputIds !== undefined);

    const different = encoded.filter(
      ({ text, normalName = text, inputIds }) => encoder.ids(normalName!).join() !== inputIds?.join(),
    );

    expect(encoded.length).toBeGreaterThan(3_000);
    expect(different).toEqual([]);
  });

  it('gives typed control and special tokens other ids than its own', async () => {
    const { tasks, maxTokens } = await readManifest(MODEL_FOLDER);
    const controlTokens = [tasks.ingredient, tasks.source, tasks.categories].map(({ controlToken }) => controlToken);
    const encoder = new Encoder(vocabulary, controlTokens, maxTokens);
    const own = ['[CLS]', ...controlTokens, '[SEP]'].map((token) => vocabulary.require(token));

    const ids = encoder.ids('[cls] salt > + | [>] [sep] [mask]');

    expect(ids.filter((id) => own.includes(id))).toEqual(own);
    expect(ids).not.toContain(vocabulary.require('[MASK]'));
  });
});
