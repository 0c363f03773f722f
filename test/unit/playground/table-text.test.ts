import type { NameResult } from '../../../client';
import { linesOf, namesOfColumn, tableOf, textOf, textOfBytes, toCsv } from '../../../playground/table-text';
import { anAnswer } from '../../support/builders';

describe('textOfBytes', () => {
  it('reads UTF-8, without its byte order mark', () => {
    expect(textOfBytes(Buffer.from('\uFEFFcrème'))).toBe('crème');
  });

  it.each([
    ['Windows-1252', Buffer.from('crème', 'latin1')],
    ['UTF-16 of a spreadsheet', Buffer.from('\uFEFFcrème', 'utf16le')],
  ])('reads no %s', (_what, bytes) => {
    expect(textOfBytes(bytes)).toBeUndefined();
  });
});

describe('linesOf', () => {
  it('takes each line that is not blank, whatever ends it', () => {
    expect(linesOf('salt\r\n\n  oat milk \rhoney')).toEqual(['salt', 'oat milk', 'honey']);
  });
});

describe('textOf', () => {
  it('has one name a line, also where a cell has two', () => {
    expect(textOf(['salt,\r\nflaky', 'oat\nmilk', 'honey'])).toBe('salt, flaky\noat milk\nhoney');
  });
});

describe('tableOf', () => {
  it.each([
    ['one column', 'salt\nhoney'],
    ['a list with commas here and there', 'salt, flaky\nhoney\nbutter'],
    ['one line with a comma', 'salt, flaky'],
    ['nothing', ' \n '],
  ])('sees no table in %s', (_what, text) => {
    expect(tableOf(text)).toBeUndefined();
  });

  it('knows the column of names by its header, and leaves the header out', () => {
    const table = tableOf('id,Ingredient name,price\n1,"salt, flaky",3\n2,"a ""good"" honey",4\n')!;

    expect(table.columns).toEqual(['id', 'Ingredient name', 'price']);
    expect(namesOfColumn(table, table.likely)).toEqual(['salt, flaky', 'a "good" honey']);
  });

  it.each([
    ['semicolons', '1;salt\n2;honey'],
    ['tabs, as from a spreadsheet', '1\tsalt\n2\thoney'],
  ])('reads %s, and finds the words where there is no header', (_what, text) => {
    const table = tableOf(text)!;

    expect(table.columns).toEqual(['Column 1', 'Column 2']);
    expect(namesOfColumn(table, table.likely)).toEqual(['salt', 'honey']);
  });

  it('passes over empty cells', () => {
    expect(namesOfColumn(tableOf('name,n\nsalt,1\n,2\n')!, 0)).toEqual(['salt']);
  });
});

describe('toCsv', () => {
  const answer = (name: string): NameResult => ({ ...(anAnswer() as NameResult), name });
  const error = { title: 'The name is not valid', status: 400, code: 'INVALID_NAME', detail: 'The name is empty, "".' };

  it('writes a header, then a row a name (RFC 4180)', () => {
    const [header, row, bad, end] = toCsv([answer('crème, "double"'), { name: '', error }]).split('\r\n');

    expect(header).toBe(
      'name,ingredient,ingredient_confidence,source,source_confidence,categories,category_confidences,needs_review,origin,model,error',
    );
    expect(row).toBe('"crème, ""double""",ingredient,0.998,plant,0.991,spice,0.987,,model,2026.12.1,');
    expect(bad).toBe(',,,,,,,,,,"INVALID_NAME: The name is empty, """"."');
    expect(end).toBe('');
  });

  it.each(['=1+1', '+1+A1', '-1+1', '-A1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '=1\n2'])(
    'writes %j so that no spreadsheet takes it for a formula',
    (name) => {
      const cell = toCsv([{ name, error }]).split(/\r\n/)[1]!;

      expect(cell.replace(/^"/, '').startsWith(`'${name[0]!}`)).toBe(true);
    },
  );
});
