import { decodeStrictJson } from '../../../../shared/platform/json';

const decode = (text: string | Buffer) => decodeStrictJson(Buffer.from(text));

function problem(text: string | Buffer): string {
  const decoded = decode(text);
  return 'problem' in decoded ? decoded.problem : `none, but ${JSON.stringify(decoded.value)}`;
}

describe('decodeStrictJson', () => {
  it.each([
    ['{}'],
    ['null'],
    [' [1, -2.5e3, "a\\"b", true, {"a": {"a": []}}, {"a": 1}] '],
    ['{"constructor": 1, "a": "__proto__", "b": ["{", "}", ":"]}'],
    ['"\\ud83d\\ude00 é"'],
    ['1.7976931348623157e308'],
    ['{"a": "\\\\", "b": "\\\\\\""}'],
  ])('reads %s as JSON.parse does', (text) => {
    expect(decode(text)).toEqual({ value: JSON.parse(text) as unknown });
  });

  it('reads UTF-8 with a byte order mark, which some editors write', () => {
    expect(decode('\ufeff{"a": 1}')).toEqual({ value: { a: 1 } });
  });

  it.each([
    ['{"__proto__": {"a": 1}}', '"__proto__"'],
    ['{"\\u005f_proto__": 1}', '"__proto__"'],
    ['{"a": 1, "b": 2, "a": 3}', 'one field twice'],
    ['[{"a": {"b": 1, "\\u0062": 2}}]', 'one field twice'],
    ['1e999', 'too large'],
    ['[-1e400]', 'too large'],
    [`{"a": ${'9'.repeat(400)}}`, 'too large'],
    [`${'['.repeat(17)}${']'.repeat(17)}`, 'deeper than 16'],
    ['{"a":'.repeat(100_000), 'deeper than 16'],
    ['['.repeat(250_000), 'deeper than 16'],
  ])('refuses %.60s', (text, reason) => {
    expect(problem(text)).toContain(reason);
  });

  it.each([
    [''],
    ['{'],
    ['{"a"}'],
    ['{"a": 1,}'],
    ["{'a': 1}"],
    ['{"a": NaN}'],
    ['[1] 2'],
    ['"a'],
    ['"a\\"'],
    ['{a: 1}'],
    [':'],
    ['"\u0007"'],
  ])('says that %j is no JSON', (text) => {
    expect(problem(text)).toContain('not JSON');
  });

  it.each([
    ['Latin-1', Buffer.from('{"a": "é"}', 'latin1')],
    ['UTF-16', Buffer.from('\ufeff{"a": 1}', 'utf16le')],
    ['a lone surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ])('refuses %s', (_what, bytes) => {
    expect(problem(bytes)).toContain('not in UTF-8');
  });

  it('takes sixteen levels', () => {
    expect(decode(`${'['.repeat(16)}${']'.repeat(16)}`)).toHaveProperty('value');
  });

  // A scan that walked some text twice would take minutes.
  it.each([
    ['quotes', '"'.repeat(512_000)],
    ['escaped quotes without an end', `"${'\\"'.repeat(256_000)}`],
    ['white space', ' '.repeat(512_000)],
    ['digits', '9'.repeat(512_000)],
    ['colons', ':'.repeat(512_000)],
    ['pairs', `{${'"a":'.repeat(100_000)}`],
  ])(
    'reads half a megabyte of %s once',
    (_what, text) => {
      expect(decode(text)).toHaveProperty('problem');
    },
    5_000,
  );
});
