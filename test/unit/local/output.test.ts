import { csvFormat, JSON_LINES } from '../../../local/output';
import { anAnswer } from '../../support/builders';

const error = { code: 'INVALID_NAME', detail: 'The name is empty.' };

describe('csvFormat', () => {
  it('gives the names and their labels', () => {
    const { head, line } = csvFormat(false);

    expect(head(undefined)).toBe(
      'name,ingredient,ingredient_confidence,source,source_confidence,categories,category_confidences,needs_review,origin,model,error\n',
    );
    expect(line({ result: anAnswer({ name: 'salt' }), row: undefined })).toBe(
      'salt,ingredient,0.998,plant,0.991,spice,0.987,,model,2026.12.1,\n',
    );
  });

  it('gives the table’s own columns first, and ours another name where theirs has it', () => {
    const { head, line } = csvFormat(true);

    expect(head(['id', 'source', 'name'])).toBe(
      'id,source,name,ingredient,ingredient_confidence,label_source,source_confidence,categories,category_confidences,needs_review,origin,model,error\n',
    );
    expect(line({ result: { name: '', error }, row: ['7', 'shop'] })).toBe(
      '7,shop,,,,,,,,,,,INVALID_NAME: The name is empty.\n',
    );
  });
});

describe('JSON_LINES', () => {
  it('gives the result alone', () => {
    expect(JSON.parse(JSON_LINES.line({ result: { name: '', error }, row: ['7'] }))).toEqual({ name: '', error });
  });
});
