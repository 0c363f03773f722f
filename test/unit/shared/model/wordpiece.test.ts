import { splitWords, tokenize, Vocabulary } from '../../../../shared/model/wordpiece';
import { ModelArtifactError } from '../../../../shared/platform/errors';

const vocabulary = (...tokens: string[]): Vocabulary => new Vocabulary(Buffer.from(`${tokens.join('\n')}\n`));

// the vocabulary of google-research/bert, tokenization_test.py
const BERT = vocabulary('[UNK]', '[CLS]', '[SEP]', 'want', '##want', '##ed', 'wa', 'un', 'runn', '##ing', ',');

describe('splitWords', () => {
  // the first three: google-research/bert, tokenization_test.py
  it.each([
    ['splits at white space and punctuation', ' \tHeLLo!how  \n Are yoU?  ', ['hello', '!', 'how', 'are', 'you', '?']],
    ['strips accents', 'H\u00E9llo', ['hello']],
    ['parts ideographs', 'ah\u535A\u63A8zz', ['ah', '\u535A', '\u63A8', 'zz']],
    ['parts ideographs of extension B', 'a\u{20000}\u{2A6DF}b', ['a', '\u{20000}', '\u{2A6DF}', 'b']],
    ['parts ideographs of the supplement', 'a\u{2F800}b', ['a', '\u4E3D', 'b']],
    ['leaves kana together', 'みそ', ['みそ']],
    ['drops control characters', 'sa\u0000lt\u007F', ['salt']],
    ['takes the no-break space as white space', 'sea\u00A0salt', ['sea', 'salt']],
    ['parts each mark of a run', '50%-off', ['50', '%', '-', 'off']],
    ['takes the ASCII signs that are no punctuation to Unicode', 'a+b$c^d`e', 'a + b $ c ^ d ` e'.split(' ')],
    ['has no word in an empty text', '', []],
    ['has no word in spaces', '   ', []],
    ['takes brackets off', '[SEP]', ['[', 'sep', ']']],
    ['takes the signs of a continuation off', '##ing', ['#', '#', 'ing']],
  ])('%s', (_what, text, expected) => {
    const words = splitWords(text);

    expect(words).toEqual(expected);
  });
});

describe('tokenize', () => {
  it("agrees with the reference's example", () => {
    const ids = tokenize('UNwant\u00E9d,running', BERT);

    expect(ids).toEqual([7, 4, 5, 10, 8, 9]);
  });

  it('makes one unknown token of a word that has a piece without an id', () => {
    const ids = tokenize('unwantedx running', BERT);

    expect(ids).toEqual([0, 8, 9]);
  });

  it('takes the longest piece first', () => {
    const ids = tokenize('want', vocabulary('[UNK]', 'w', 'wa', '##n', '##t', '##nt', 'wan'));

    // "wan" and "##t", not "wa" and "##nt"
    expect(ids).toEqual([6, 4]);
  });

  it('does not go back where the greedy match leads nowhere', () => {
    const ids = tokenize('wanted', vocabulary('[UNK]', 'want', 'wan', '##ted'));

    expect(ids).toEqual([0]);
  });

  it('takes typed special tokens as text', () => {
    const special = vocabulary('[UNK]', '[SEP]', '[MASK]', '[', ']', 'sep', 'mask');

    const ids = tokenize('[SEP] [MASK]', special);

    expect(ids).toEqual([3, 5, 4, 3, 6, 4]);
  });

  it('takes ">" as text', () => {
    const ids = tokenize('a>b', vocabulary('[UNK]', 'a', 'b', '>', '[>]'));

    expect(ids).toEqual([1, 3, 2]);
  });

  it('counts ids by line, also for tokens that look like numbers', () => {
    const numbers = vocabulary('[UNK]', 'salt', '2', '10', '1');

    const ids = tokenize('1 2 10 salt', numbers);

    expect(ids).toEqual([4, 2, 3, 1]);
  });

  it('takes a word of 100 code points apart, and not one of 101', () => {
    const letters = vocabulary('[UNK]', 'a', '##a');

    const ids = [100, 101].map((length) => tokenize('a'.repeat(length), letters));

    expect(ids[0]).toEqual([1, ...Array<number>(99).fill(2)]);
    expect(ids[1]).toEqual([0]);
  });

  it('counts a letter beyond the BMP once', () => {
    // Deseret small long I, two UTF-16 units
    const letters = vocabulary('[UNK]', '\u{10428}', '##\u{10428}');

    const ids = [100, 101].map((length) => tokenize('\u{10428}'.repeat(length), letters));

    expect(ids[0]).toEqual([1, ...Array<number>(99).fill(2)]);
    expect(ids[1]).toEqual([0]);
  });

  it('never takes half of a letter beyond the BMP', () => {
    const ids = tokenize('\u{10428}\u{10429}', vocabulary('[UNK]', '\u{10428}'));

    expect(ids).toEqual([0]);
  });
});

describe('Vocabulary', () => {
  it('needs [UNK]', () => {
    expect(() => vocabulary('a', 'b')).toThrow(ModelArtifactError);
  });

  it('names the token that it lacks', () => {
    expect(() => BERT.require('[I]')).toThrow('vocab.txt lacks the token [I]');
  });

  it('has no tokens that objects have of their own', () => {
    expect(BERT.get('constructor')).toBeUndefined();
    expect(BERT.get('')).toBeUndefined();
  });
});

describe('Vocabulary', () => {
  const words = Array.from(
    { length: 5_000 },
    (_, id) => `##${id.toString(36)}é${String.fromCodePoint(0x1f300 + (id % 700))}`,
  );

  it('has the line of each token of many, and no other', () => {
    const many = vocabulary('[UNK]', ...words);

    expect(words.map((word) => many.get(word))).toEqual(words.map((_, index) => index + 1));
    expect(words.map((word) => many.get(word.slice(0, -2)))).toEqual(words.map(() => undefined));
    expect(words.map((word) => many.get(`${word}x`))).toEqual(words.map(() => undefined));
  });

  it('counts empty lines, and needs no last line feed', () => {
    const sparse = new Vocabulary(Buffer.from('\n[UNK]\n\nsalt'));

    expect(['[UNK]', 'salt', ''].map((token) => sparse.get(token))).toEqual([1, 3, undefined]);
  });

  it('has no place for what is no token, however full it is', () => {
    const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
    const full = new Vocabulary(Buffer.from([...letters, '[UNK]'].join('\n')));

    expect(letters.map((letter) => full.get(letter))).toEqual(letters.map((_, index) => index));
    expect(full.get('é')).toBeUndefined();
  });
});
