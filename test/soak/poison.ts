/**
 * Messages that can never succeed: each sort with a number in it, so that no two have the same data.
 */
import { gzipSync } from 'node:zlib';

export interface Poison {
  readonly data: Buffer;
  readonly code: 'INVALID_MESSAGE' | 'INVALID_NAME';
  /** What Pub/Sub would never make, and can only be pushed past it: a message's data as it stands, or the whole body of the request. */
  readonly pushedAs?: 'data' | 'body';
  readonly attributes?: Readonly<Record<string, string>>;
}

const FIVE_MEGABYTES = 5_000_000;
const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

const message = (data: string | Buffer): Poison => ({ data: Buffer.from(data), code: 'INVALID_MESSAGE' });
const submission = (value: object): Poison => message(JSON.stringify(value));
const name = (text: string, n: number): Poison => ({
  data: Buffer.from(JSON.stringify({ name: text, n })),
  code: 'INVALID_NAME',
});

/** "Salt" in fifty languages, each written with its own letters. */
export const SALT = [
  ...[
    'salt',
    'sel',
    'Salz',
    'sal',
    'sale',
    'zout',
    'só',
    'соль',
    'сіль',
    'со',
    'сол',
    'sól',
    'sůl',
    'soľ',
    'só de mesa',
  ],
  ...['sare', 'αλάτι', 'tuz', 'duz', 'ملح', 'نمک', 'مالگە', 'מלח', 'नमक', 'লবণ', 'ਲੂਣ', 'મીઠું', 'மிளகு உப்பு', 'ఉప్పు'],
  ...['ಉಪ್ಪು', 'ഉപ്പ്', 'ලුණු', 'เกลือ', 'ເກືອ', 'ဆား', 'អំបិល', 'muối', 'garam', 'asin', 'chumvi', 'gishiri', 'iyọ̀', 'usawoti'],
  ...['塩', '盐', '鹽', '소금', 'давс', 'მარილი', 'աղ', 'ጨው'],
];

/** By name of the sort. */
export const SORTS: Readonly<Record<string, (n: number) => Poison>> = {
  'wrong base64': (n) => ({ ...message(`*** no base64 ${n} ***`), pushedAs: 'data' }),
  'base64 cut short': (n) => ({ ...message(`c2FsdCB${'A'.repeat(4 * (n + 1))}A=A`), pushedAs: 'data' }),
  'no JSON': (n) => message(`smoked paprika ${n}`),
  'JSON cut short': (n) => message(`{"name": "smoked paprika ${n}`),
  'JSON with a comment': (n) => message(`{"name": "salt" /* ${n} */}`),
  'a number that JSON has not': (n) => message(`{"name": NaN, "n": ${n}}`),
  'a text': (n) => message(`"salt ${n}"`),
  'an array': (n) => message(`[{"name": "salt ${n}"}]`),
  'a number': (n) => message(`${n}`),
  'deep JSON': (n) => message(`{"n": ${n}, "name": ${DEEP}}`),
  'deep JSON without an envelope': (n) => ({ ...message(`{"n": ${n}, "name": ${DEEP}}`), pushedAs: 'body' }),
  'deep JSON in a CloudEvent': (n) => ({
    ...message(`{"specversion": "1.0", "id": "${n}", "type": "t", "source": "/s", "data": {"name": ${DEEP}}}`),
    pushedAs: 'body',
  }),
  'deep objects': (n) => message(`{"n": ${n}, "name": ${'{"name":'.repeat(20_000)}1${'}'.repeat(20_000)}}`),
  '5 MB': (n) => name(`${n} ${'a'.repeat(FIVE_MEGABYTES)}`, n),
  'attributes only': (n) => ({ ...message(''), attributes: { name: `salt ${n}` } }),
  'no name': (n) => submission({ n }),
  '__proto__ with a name': (n) => message(`{"__proto__": {"name": "salt"}, "n": ${n}}`),
  'constructor with a name': (n) => submission({ constructor: { prototype: { name: 'salt' } }, n }),
  'a name that is a number': (n) => submission({ name: n }),
  'a name that is null': (n) => submission({ name: null, n }),
  'a name that is an array': (n) => submission({ name: ['salt', n] }),
  'bytes that are not UTF-8': (n) =>
    message(Buffer.concat([Buffer.from(`{"name": "salt ${n}`), Buffer.from([0xff, 0x22, 0x7d])])),
  'UTF-16': (n) => message(Buffer.from(`\ufeff{"name": "salt ${n}"}`, 'utf16le')),
  gzip: (n) => message(gzipSync(`{"name": "salt ${n}"}`)),
  'an empty name': (n) => name('', n),
  'a name of white space': (n) => name(' \u3000\u2003', n),
  'a name that is too long': (n) => name(`${SALT[n % SALT.length]!} `.repeat(121), n),
  'a NUL': (n) => name(`salt\u0000${n}`, n),
  'a line that forges the log': (n) => name(`salt\n{"severity":"ERROR","message":"event","n":${n}}`, n),
  'a lone high surrogate': (n) => message(`{"name": "salt\\ud83e ${n}"}`),
  'surrogates in the wrong order': (n) => message(`{"name": "\\udd9e\\ud83e ${n}"}`),
  'a lone surrogate in the id': (n) => submission({ name: 'salt', id: `\udd9e${n}` }),
  'an id that is a number': (n) => submission({ name: 'salt', id: n }),
  'an id that is too long': (n) => submission({ name: 'salt', id: `${n} ${'i'.repeat(1_500)}` }),
  'a time that is none': (n) => submission({ name: 'salt', submittedAt: `2026-02-30T00:00:0${n % 10}Z`, n }),
};

/** Where the name itself has a lone surrogate the text is JSON, and the name is what is wrong. */
const NAME_SORTS = ['a lone high surrogate', 'surrogates in the wrong order'];

/** The nth poison: each sort in turn. */
export function poison(n: number): Poison {
  const sorts = Object.entries(SORTS);
  const [sort, make] = sorts[n % sorts.length]!;
  const made = make(n);
  return NAME_SORTS.includes(sort) ? { ...made, code: 'INVALID_NAME' } : made;
}
