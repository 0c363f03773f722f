/**
 * What the bundle of Firestore's client leaves out: half of its text, and most of the messages that it would describe to gRPC when it
 * first calls, none of which reading and writing documents needs.
 */
import { readFile } from 'node:fs/promises';

import type { Plugin } from 'esbuild';

/** What administers databases, the first version, services beside Firestore's own, and streams for a Node that had none. */
const UNUSED = [
  'firestore/build/src/v1/firestore_admin_client.js',
  'firestore/build/src/v1beta1/index.js',
  'google-gax/build/protos/iam_service.js',
  'google-gax/build/protos/locations.js',
  'google-gax/build/protos/operations.js',
  'google-gax/build/src/iamService.js',
  'google-gax/build/src/operationsClient.js',
  'web-streams-polyfill/dist/ponyfill.es2018.js',
];

const REPLACED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(UNUSED.map((file) => [file, 'module.exports = {};'])),
  // The client makes and closes it, and asks it nothing.
  'google-gax/build/src/locationService.js': 'exports.LocationsClient = class { async close() {} };',
  // Classes of all messages, for pipelines and bundles alone: calls go by the descriptions in v1.json.
  'firestore/build/protos/firestore_v1_proto_api.js': 'exports.google = { firestore: { v1: {} } };',
};

const DESCRIPTIONS = 'firestore/build/protos/v1.json';

/** The methods of Firestore's service that `shared/store` calls, queries in a transaction included. */
export const METHODS = ['BatchGetDocuments', 'BeginTransaction', 'Commit', 'Rollback', 'RunQuery'];

/** A node of a protobuf description in JSON: a package, a message, a service or an enumeration. */
export interface Description {
  readonly nested?: Readonly<Record<string, Description>>;
  readonly methods?: Readonly<Record<string, unknown>>;
}

/** For the bundle of Firestore's client: the build ends where the client has no longer what is replaced. */
export function clientTrimming(): Plugin {
  return {
    name: 'client-trimming',
    setup: (plugin) => {
      const missing = new Set([...Object.keys(REPLACED), DESCRIPTIONS]);
      for (const [file, contents] of Object.entries(REPLACED)) {
        plugin.onLoad({ filter: endingIn(file) }, () => {
          missing.delete(file);
          return { contents };
        });
      }
      plugin.onLoad({ filter: endingIn(DESCRIPTIONS) }, async ({ path: file }) => {
        missing.delete(DESCRIPTIONS);
        const all = JSON.parse(await readFile(file, 'utf8')) as Description;
        return { contents: JSON.stringify(withMethods(all, METHODS)), loader: 'json' };
      });
      plugin.onEnd(() => ({
        errors: [...missing].map((file) => ({
          text: `Firestore's client loads no ${file} any more: see to REPLACED.`,
        })),
      }));
    },
  };
}

function endingIn(file: string): RegExp {
  return new RegExp(`[\\\\/]${file.replaceAll('.', '\\.').replaceAll('/', '[\\\\/]')}$`);
}

/**
 * The description of Firestore's service with these methods alone, and of the messages that they reach.
 *
 * @param root of the description that the client carries: packages within `google`, the service in `google.firestore.v1`.
 * @throws {Error} if the service has no such method.
 */
export function withMethods(root: Description, methods: readonly string[]): Description {
  const packages = Object.fromEntries(messagesOf(root));
  const { Firestore: service, ...messages } = packages[HOME]!;
  const chosen = { ...service!, methods: Object.fromEntries(methods.map((name) => [name, method(service!, name)])) };
  const kept: Record<string, Record<string, Description>> = { [HOME]: { Firestore: chosen } };
  const keep = (node: unknown): void => {
    for (const type of typesIn(node)) {
      const [, home = HOME, name = ''] = /^(?:google\.(\w+(?:\.v1)?)\.)?(\w+)/.exec(type) ?? [];
      const found = (home === HOME ? messages : packages[home])?.[name];
      if (found !== undefined && kept[home]?.[name] === undefined) {
        (kept[home] ??= {})[name] = found;
        keep(found);
      }
    }
  };
  keep(chosen);
  const { [HOME]: own, ...others } = kept;
  const nested = Object.fromEntries(Object.entries(others).map(([name, found]) => [name, { nested: found }]));
  return { nested: { google: { nested: { ...nested, firestore: { nested: { v1: { nested: own! } } } } } } };
}

/** The package that a name without one belongs to. */
const HOME = 'firestore.v1';

/** The messages of each package within `google`, by the package's name. */
function messagesOf(root: Description): [string, Readonly<Record<string, Description>>][] {
  const packages = Object.entries(root.nested!['google']!.nested!);
  return packages.map(([name, { nested = {} }]) =>
    name === 'firestore' ? [HOME, nested['v1']!.nested!] : [name, nested],
  );
}

function method(service: Description, name: string): unknown {
  const found = service.methods?.[name];
  if (found === undefined) {
    throw new Error(`Firestore's client describes no method ${name} any more: see to METHODS.`);
  }
  return found;
}

/** The names of the types that a description speaks of, at any depth. */
function typesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) {
    return [];
  }
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    const isName = typeof value === 'string' && ['type', 'requestType', 'responseType'].includes(key);
    return isName ? [value] : typesIn(value);
  });
}
