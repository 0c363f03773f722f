import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import * as protoLoader from '@grpc/proto-loader';
import { build } from 'esbuild';

import { clientTrimming, type Description, METHODS, withMethods } from '../../../local/package/client-trimming';
import { ROOT } from '../../support/fixtures';

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

describe('the client in the package', () => {
  const options = { keepCase: false, longs: String, enums: String, defaults: true, oneofs: true } as const;
  const service = 'google.firestore.v1.Firestore';
  const key = 'projects/p/databases/(default)/documents/ingredients/n1-1';
  const document = {
    name: key,
    fields: {
      normalName: { stringValue: 'crème fraîche', valueType: 'stringValue' },
      revision: { integerValue: '9007199254740993', valueType: 'integerValue' },
      labels: {
        mapValue: { fields: { confidence: { doubleValue: 0.99, valueType: 'doubleValue' } } },
        valueType: 'mapValue',
      },
      none: { nullValue: 'NULL_VALUE', valueType: 'nullValue' },
      tags: {
        arrayValue: { values: [{ bytesValue: Buffer.from([0, 255]), valueType: 'bytesValue' }] },
        valueType: 'arrayValue',
      },
      at: { timestampValue: { seconds: '1700000000', nanos: 5 }, valueType: 'timestampValue' },
    },
  };
  const requests: Readonly<Record<string, object>> = {
    BatchGetDocuments: {
      database: 'd',
      documents: [key],
      transaction: Buffer.from([1, 2]),
      mask: { fieldPaths: ['a.b'] },
    },
    BeginTransaction: { database: 'd', options: { readWrite: { retryTransaction: Buffer.from([3]) } } },
    Commit: {
      database: 'd',
      writes: [
        { update: document, currentDocument: { exists: false } },
        { delete: key, updateMask: { fieldPaths: [] } },
      ],
    },
    Rollback: { database: 'd', transaction: Buffer.from([4]) },
    RunQuery: {
      parent: 'd/documents',
      structuredQuery: {
        from: [{ collectionId: 'ingredients', allDescendants: true }],
        where: {
          compositeFilter: {
            op: 'AND',
            filters: [
              { fieldFilter: { field: { fieldPath: 'a' }, op: 'ARRAY_CONTAINS', value: { stringValue: 'spice' } } },
              { unaryFilter: { field: { fieldPath: 'b' }, op: 'IS_NULL' } },
            ],
          },
        },
        limit: { value: 3 },
        startAt: { values: [{ stringValue: 'salt' }], before: true },
      },
    },
  };
  const answers: Readonly<Record<string, object>> = {
    BatchGetDocuments: { found: document, readTime: { seconds: '1', nanos: 2 } },
    BeginTransaction: { transaction: Buffer.from([5, 6]) },
    Commit: { writeResults: [{ updateTime: { seconds: '1', nanos: 0 } }], commitTime: { seconds: '1', nanos: 1 } },
    Rollback: {},
    RunQuery: { document, skippedResults: 2 },
  };

  let folder: string;
  let outfile: string;
  let ours: ServiceDefinition;
  let theirs: ServiceDefinition;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'client-'));
    outfile = path.join(folder, 'client.cjs');
    await build({
      stdin: {
        contents: `exports.client = require('@google-cloud/firestore'); exports.loader = require('@grpc/proto-loader');`,
        resolveDir: ROOT,
      },
      ...{ absWorkingDir: ROOT, bundle: true, platform: 'node', format: 'cjs', outfile, logLevel: 'silent' },
      plugins: [clientTrimming()],
    });
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { loader } = require(outfile) as { loader: typeof protoLoader };
    const description = withMethods(all, METHODS) as Parameters<typeof protoLoader.fromJSON>[0];
    ours = loader.fromJSON(description, options)[service] as ServiceDefinition;
    theirs = protoLoader.fromJSON(description, options)[service] as ServiceDefinition;
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const described = ({ path: at, requestStream, responseStream, originalName }: MethodDefinition<object, object>) => ({
    ...{ at, requestStream, responseStream, originalName },
  });

  it('has the methods of the library', () => {
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    for (const method of METHODS) {
      expect(described(ours[method]!)).toEqual(described(theirs[method]!));
    }
  });

  it.each(METHODS)('writes and reads %s as the library does', (method) => {
    const [mine, theirOwn] = [ours[method]!, theirs[method]!];
    const request = mine.requestSerialize(requests[method]!);
    const answer = theirOwn.responseSerialize(answers[method]!);

    expect(request).toEqual(theirOwn.requestSerialize(requests[method]!));
    expect(mine.requestDeserialize(request)).toEqual(theirOwn.requestDeserialize(request));
    expect(mine.responseSerialize(answers[method]!)).toEqual(answer);
    expect(mine.responseDeserialize(answer)).toEqual(theirOwn.responseDeserialize(answer));
  });

  it('tries again where nobody answers, as the library does', async () => {
    // In a process that ends: the client gives up by itself after a minute.
    const program = `
      const { Firestore } = require(${JSON.stringify(outfile)}).client;
      const database = new Firestore({ projectId: 'p', host: '127.0.0.1:9', ssl: false });
      const document = database.doc('a/b');
      const calls = [document.create({ c: 1 }), document.get(), database.collection('a').get(),
        database.runTransaction((transaction) => transaction.get(document))];
      calls.forEach((call, index) => call.then(() => index, String).then((outcome) => console.log(index, outcome)));
      setTimeout(() => process.exit(0), 1500);
    `;

    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program]);

    expect(stdout).toBe('');
  });
});
