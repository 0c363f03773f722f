import { UsageError } from '../../../local/errors';
import { decodeLine, nameOf, parseCommandLine, quoted, readLines, textsOf } from '../../../local/lines';
import { InvalidNameError } from '../../../shared/platform/errors';

describe('parseCommandLine', () => {
  it('tells options and names apart', () => {
    const { flags, names } = parseCommandLine(['salt', '--json', 'smoked paprika'], ['--json']);

    expect([...flags]).toEqual(['--json']);
    expect(names).toEqual(['salt', 'smoked paprika']);
  });

  it('takes what follows "--" as names', () => {
    const { flags, names } = parseCommandLine(['salt', '--', '--json', '-5 herbs', '--'], ['--json']);

    expect([...flags]).toEqual([]);
    expect(names).toEqual(['salt', '--json', '-5 herbs', '--']);
  });

  it.each(['-h', '--help'])('always takes %s', (flag) => {
    expect(parseCommandLine([flag], []).flags.has(flag)).toBe(true);
  });

  it('names an option that it does not know, and those that it does', () => {
    const parse = () => parseCommandLine(['--jsn'], ['--json']);

    expect(parse).toThrow(UsageError);
    expect(parse).toThrow('unknown option --jsn; the options are --json, -h, --help');
  });
});

describe('an option with a value', () => {
  it.each([[['--column=Name', 'x']], [['--column', 'Name', 'x']]])('is read from %j', (args) => {
    const { flags, values, names } = parseCommandLine(args, ['--csv'], ['--column']);

    expect([[...flags], [...values], names]).toEqual([[], [['--column', 'Name']], ['x']]);
  });

  it('keeps an equals sign in its value', () => {
    expect(parseCommandLine(['--column=a=b'], [], ['--column']).values.get('--column')).toBe('a=b');
  });

  it('says that its value is missing', () => {
    expect(() => parseCommandLine(['--column'], [], ['--column'])).toThrow(
      '--column lacks its value: write --column=…',
    );
  });

  it('is named among the options', () => {
    expect(() => parseCommandLine(['--col=1'], [], ['--column'])).toThrow('the options are --column=…, -h, --help');
  });
});

describe('readLines', () => {
  it('does not read on for ever where no line ends', async () => {
    const chunks = Array<Buffer>(30).fill(Buffer.alloc(50_000, 'x'));

    await expect(gather(readLines(streamOf(chunks)))).rejects.toThrow('a line has more than a million bytes');
  });

  it.each<[string, string[], string[]]>([
    ['a line that chunks part', ['sa', 'l', 't\nwater\n'], ['salt', 'water']],
    ['a last line without its end', ['salt\nwater'], ['salt', 'water']],
    ['empty lines', ['\n\nsalt\n\n'], ['', '', 'salt', '']],
    ['U+2028 in a line', ['sea\u2028salt\n'], ['sea\u2028salt']],
    ['a carriage return, which a name is trimmed of', ['salt\r\n'], ['salt\r']],
    ['nothing', [], []],
    ['an empty chunk', ['', 'salt'], ['salt']],
  ])('reads %s', async (_what, parts, expected) => {
    const lines = await gather(readLines(streamOf(parts.map((part) => Buffer.from(part)))));

    expect(lines.map((line) => line.toString())).toEqual(expected);
  });

  it('keeps a letter whole that chunks part', async () => {
    const bytes = Buffer.from('è\n');

    const lines = await gather(readLines(streamOf([bytes.subarray(0, 1), bytes.subarray(1)])));

    expect(lines.map((line) => line.toString())).toEqual(['è']);
  });
});

describe('decodeLine', () => {
  it('reads UTF-8', () => {
    expect(decodeLine(Buffer.from('crème'))).toBe('crème');
  });

  it.each([
    ['Latin-1', Buffer.from([0x63, 0x72, 0xe8, 0x6d, 0x65])],
    ['a cut letter', Buffer.from([0xc3])],
    ['a surrogate in UTF-8', Buffer.from([0xed, 0xa0, 0x80])],
  ])('is undefined for %s', (_what, line) => {
    expect(decodeLine(line)).toBeUndefined();
  });
});

describe('textsOf', () => {
  it('gives the arguments, and leaves the stream alone', async () => {
    expect(await gather(textsOf(['salt', ''], streamOf([Buffer.from('water\n')])))).toEqual(['salt', '']);
  });

  it('gives the lines of the stream where there are no arguments, undefined for one that is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('salt\n\n'), Buffer.from([0xe8, 0x0a]), Buffer.from('water')]);

    expect(await gather(textsOf([], streamOf([bytes])))).toEqual(['salt', '', undefined, 'water']);
  });
});

describe('nameOf', () => {
  it('reads a name', () => {
    expect(nameOf(' Salt ')).toMatchObject({ name: 'Salt', normalName: 'salt' });
  });

  it('tells a line that is not UTF-8 from an empty one', () => {
    expect(() => nameOf(undefined)).toThrow(new InvalidNameError('The line is not UTF-8: convert the file.'));
    expect(() => nameOf('')).toThrow(new InvalidNameError('The name is empty: send at least one visible character.'));
  });
});

describe('quoted', () => {
  it.each([
    ['a name as it is', 'crème "fraîche"', '"crème \\"fraîche\\""'],
    ['ESC and a line break', '\u001b[2J\n', '"\\u001b[2J\\n"'],
    ['DEL, and CSI in one character', '\u007f\u009b2J', '"\\u007f\\u009b2J"'],
    ['a lone surrogate', '\ud800', '"\\ud800"'],
  ])('writes %s', (_what, text, expected) => {
    expect(quoted(text)).toBe(expected);
    expect(JSON.parse(quoted(text))).toBe(text);
  });
});

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
}

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    yield await Promise.resolve(item);
  }
}
