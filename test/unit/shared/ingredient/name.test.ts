import { keyOf, normalForm, parseName } from '../../../../shared/ingredient/name';
import { InvalidNameError } from '../../../../shared/platform/errors';

describe('parseName', () => {
  it.each([
    ['plain spaces', '  salt  '],
    ['tabs and line breaks', '\t\r\nsalt\n'],
    ['U+0085, which JS trim leaves', '\u0085salt\u0085'],
    ['U+FEFF, which is no White_Space', '\uFEFFsalt\uFEFF'],
    ['the ideographic space', '\u3000salt\u3000'],
  ])('trims %s', (_what, text) => {
    const { name } = parseName(text);

    expect(name).toBe('salt');
  });

  it('keeps the name as typed beside its normal form', () => {
    const parsed = parseName(' Crème  Fraîche ');

    expect(parsed.name).toBe('Crème  Fraîche');
    expect(parsed.normalName).toBe('crème fraîche');
  });

  it.each([
    ['salt', 'salt'],
    ["chef's salt (5%), no. 2", "chef's salt (5%), no. 2"],
    ['a  b', 'a b'],
    ['Salt', 'salt'],
    ['sa\u0301lt', 's\u00E1lt'],
    ['salt\u2019s', "salt's"],
  ])('makes of %j the normal form %j', (text, expected) => {
    expect(parseName(text).normalName).toBe(expected);
  });

  it.each(Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)))(
    'takes %j in a name for what the general rule makes of it',
    (character) => {
      const general = (name: string): string => normalForm(`${name}\u00E9`).slice(0, -1);
      const parsed = (): string => parseName(`a${character}b`).normalName;

      if (/\p{Cc}/u.test(character)) {
        expect(parsed).toThrow(InvalidNameError);
      } else {
        expect(parsed()).toBe(general(`a${character}b`));
      }
    },
  );

  it('gives names of one normal form one key', () => {
    const keys = ['Turmeric', ' turmeric ', 'TURMERIC', '\uFF34urmeric'].map((text) => parseName(text).key);

    expect(new Set(keys).size).toBe(1);
  });

  it.each([
    ['nothing', ''],
    ['white space alone', ' \u3000\t'],
    ['U+FEFF alone', '\uFEFF'],
    ['a lone high surrogate', 'salt\uD800'],
    ['a lone low surrogate', '\uDC00salt'],
    ['a tab inside', 'sea\tsalt'],
    ['a line break inside', 'sea\nsalt'],
    ['NUL inside', 'sea\0salt'],
    ['a C1 control inside', 'sea\u0085salt'],
    ['121 code points', 'a'.repeat(121)],
    ['more combining marks than could be put in order in time', `a${'\u0301\u0316'.repeat(2_000_000)}`],
    ['121 code points beyond the BMP', '🧂'.repeat(121)],
    // NFC takes U+FB2C apart into three code points
    ['41 code points that NFC makes 123', '\uFB2C'.repeat(41)],
  ])('refuses %s', (_what, text) => {
    expect(() => parseName(text)).toThrow(InvalidNameError);
  });

  it.each([
    ['one character', 'a'],
    ['120 code points', 'a'.repeat(120)],
    ['120 code points beyond the BMP', '🧂'.repeat(120)],
    ['120 code points after NFC, 240 before', 'e\u0301'.repeat(120)],
    ['40 code points that NFC makes 120', '\uFB2C'.repeat(40)],
    ['120 code points between white space', `${' '.repeat(50)}${'a'.repeat(120)}${' '.repeat(50)}`],
    ['joiners and marks', 'ක්‍රිස්ප් 👩‍🍳'],
    ['a word that objects have of their own', '__proto__'],
  ])('takes %s', (_what, text) => {
    expect(parseName(text).key).toMatch(/^n1-[0-9a-f]{32}$/);
  });

  it('says in the error how long the name is and may be', () => {
    expect(() => parseName('a'.repeat(121))).toThrow('The name has 121 characters: send at most 120.');
  });

  it('refuses a body of white space between two letters without walking it again from each place', () => {
    // a trim by regular expression takes minutes for it
    const text = `a${' '.repeat(500_000)}a`;

    expect(() => parseName(text)).toThrow(InvalidNameError);
  });
});

describe('normalForm', () => {
  it.each([
    ['lower-cases', 'Smoked PAPRIKA', 'smoked paprika'],
    ['makes each run of white space one space', 'sea \u00A0\u2003 salt', 'sea salt'],
    ['makes curly quotes plain', '\u2018a\u2019 \u201Cb\u201D \u201Ac\u201B \u201Ed\u201F', '\'a\' "b" \'c\' "d"'],
    ['makes dashes plain', '\u2010 \u2011 \u2012 \u2013 \u2014 \u2015 \u2212', '- - - - - - -'],
    ['composes letters and accents', 'cre\u0300me', 'cr\u00E8me'],
    ['takes ligatures apart', 'sou\uFB04e\u0301', 'souffl\u00E9'],
    ['makes full-width letters plain', '\uFF33\uFF41\uFF4C\uFF54', 'salt'],
    ['keeps accents', 'Jalapeño', 'jalapeño'],
    ['keeps hyphens', 'Half-and-half', 'half-and-half'],
    ['keeps plurals', 'Tomatoes', 'tomatoes'],
    ['keeps the ideographs', '豆腐', '豆腐'],
    ['writes the last sigma of a word as such', 'ΦΕΤΑΣ', 'φετας'],
    // lower-casing gives "h" and U+0331, which NFKC composes only in a second pass
    ['goes on until nothing changes', 'H\u0331', '\u1E96'],
    // U+00A8 is a space and U+0308 under NFKC
    ['gathers white space that NFKC made', 'a \u00A8', 'a \u0308'],
  ])('%s', (_what, name, expected) => {
    const form = normalForm(name);

    expect(form).toBe(expected);
  });

  it('is stable for every letter of Latin, Greek and Cyrillic with each common combining mark', () => {
    const letters = codePoints(0x41, 0x24f).concat(codePoints(0x370, 0x3ff), codePoints(0x400, 0x45f));
    const marks = codePoints(0x300, 0x345);

    const unstable = letters.flatMap((letter) =>
      marks.map((mark) => letter + mark).filter((text) => normalForm(normalForm(text)) !== normalForm(text)),
    );

    expect(unstable).toEqual([]);
  });

  it('is stable for compatibility characters beside letters and marks', () => {
    const compatibility = codePoints(0x2000, 0x214f).concat(codePoints(0xfb00, 0xfb4f), codePoints(0xff01, 0xffee));
    const around = ['', 'H', 'I\u0307', '\u0331', ' ', '\u201D'];

    const unstable = compatibility.flatMap((character) =>
      around
        .flatMap((other) => [character + other, other + character])
        .filter((text) => normalForm(normalForm(text)) !== normalForm(text)),
    );

    expect(unstable).toEqual([]);
  });
});

describe('keyOf', () => {
  it('is n1- and the first half of the SHA-256 of the normal form', () => {
    const key = keyOf('abc');

    // the example of FIPS 180-4: ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 …
    expect(key).toBe('n1-ba7816bf8f01cfea414140de5dae2223');
  });

  it('hashes UTF-8', () => {
    const key = keyOf('ñ');

    // printf '\xc3\xb1' | sha256sum
    expect(key).toBe('n1-024bb90888ca89a15a19e9bdd8c712bf');
  });
});

function codePoints(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index));
}
