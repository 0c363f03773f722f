import { readRows, toCsvLine } from '../../../local/csv';
import { CommandError } from '../../../local/errors';

async function rowsOf(...chunks: (string | Buffer)[]): Promise<(readonly string[])[]> {
  async function* stream(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) {
      yield await Promise.resolve(Buffer.from(chunk as string));
    }
  }
  const rows: (readonly string[])[] = [];
  for await (const row of readRows(stream())) {
    rows.push(row);
  }
  return rows;
}

describe('readRows', () => {
  it.each<[string, string[], string[][]]>([
    [
      'quotes, commas and line ends in a cell (RFC 4180)',
      ['a,"b ""c"", d\r\ne"\r\nf,g'],
      [
        ['a', 'b "c", d\r\ne'],
        ['f', 'g'],
      ],
    ],
    [
      'semicolons',
      ['1;salt\n2;honey\n'],
      [
        ['1', 'salt'],
        ['2', 'honey'],
      ],
    ],
    [
      'tabs',
      ['1\tsalt\n2\thoney\n'],
      [
        ['1', 'salt'],
        ['2', 'honey'],
      ],
    ],
    [
      'a byte order mark',
      ['\uFEFFname,n\nsalt,1\n'],
      [
        ['name', 'n'],
        ['salt', '1'],
      ],
    ],
    [
      'empty lines, which are no rows',
      ['a,b\n\n , \nc,d\n\n'],
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a row that chunks part',
      ['a,"b', '\n', 'c"\nd', ',e'],
      [
        ['a', 'b\nc'],
        ['d', 'e'],
      ],
    ],
    ['nothing', [], []],
  ])('reads %s', async (_what, chunks, expected) => {
    expect(await rowsOf(...chunks)).toEqual(expected);
  });

  it('keeps a letter whole that chunks part', async () => {
    const bytes = Buffer.from('a,crème\n');

    expect(await rowsOf(bytes.subarray(0, 5), bytes.subarray(5))).toEqual([['a', 'crème']]);
  });

  it('does not read on for ever behind a quote that is not closed', async () => {
    const reading = rowsOf('a,b\n', '"c', ...Array<string>(30).fill('x,y\n'.repeat(12_500)));

    await expect(reading).rejects.toThrow(CommandError);
    await expect(reading).rejects.toThrow('a row has more than a million characters: close the quote in it');
  });
});

describe('toCsvLine', () => {
  it('quotes what needs it', () => {
    expect(toCsvLine(['a', 'b "c"', 'd,e', ''])).toBe('a,"b ""c""","d,e",\n');
  });

  it('makes text of a formula, and leaves numbers as they are', () => {
    expect(toCsvLine(['=1+1', '-5', '+1,000.5', '-5+1', '@A1'])).toBe(`"'=1+1",-5,"+1,000.5","'-5+1","'@A1"\n`);
  });
});
