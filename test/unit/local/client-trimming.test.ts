import { readFileSync } from 'node:fs';
import path from 'node:path';

import { type Description, METHODS, withMethods } from '../../../local/package/client-trimming';

const file = path.join(path.dirname(require.resolve('@google-cloud/firestore')), '../protos/v1.json');
const all = JSON.parse(readFileSync(file, 'utf8')) as Description;

const firestore = ({ nested }: Description): Readonly<Record<string, Description>> =>
  nested!['google']!.nested!['firestore']!.nested!['v1']!.nested!;
const other = ({ nested }: Description, name: string): string[] =>
  Object.keys(nested!['google']!.nested![name]?.nested ?? {}).sort();

describe('the description of Firestore in the package', () => {
  it('has the methods that the store calls, and no others', () => {
    expect(Object.keys(firestore(withMethods(all, METHODS))['Firestore']!.methods!)).toEqual(METHODS);
  });

  it.each([
    ['requests and answers', 'Rollback', ['Firestore', 'RollbackRequest'], ['Empty']],
    [
      'what they hold, at any depth',
      'BeginTransaction',
      ['BeginTransactionRequest', 'BeginTransactionResponse', 'Firestore', 'TransactionOptions'],
      ['Timestamp'],
    ],
  ])('has the messages that a method reaches: %s', (_what, method, messages, wellKnown) => {
    const few = withMethods(all, [method]);

    expect(Object.keys(firestore(few)).sort()).toEqual(messages);
    expect(other(few, 'protobuf')).toEqual(wellKnown);
  });

  it('keeps each message whole, and messages that hold one another', () => {
    const { Value, MapValue, StructuredQuery, ListenRequest } = firestore(withMethods(all, METHODS));

    expect([Value, MapValue, StructuredQuery]).toEqual(
      ['Value', 'MapValue', 'StructuredQuery'].map((name) => firestore(all)[name]),
    );
    expect(ListenRequest).toBeUndefined();
  });

  it('ends the build where a method is gone', () => {
    expect(() => withMethods(all, ['Fetch'])).toThrow('describes no method Fetch any more');
  });
});
