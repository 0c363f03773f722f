/**
 * What the bundle of Firestore's client leaves out: half of its text, and most of the messages that it would describe to gRPC when it
 * first calls, none of which reading and writing documents needs.
 */
import { readFile } from 'node:fs/promises';

import type { Plugin } from 'esbuild';

/**
 * What administers databases, the first version, services beside Firestore's own, writes in bulk, what listens for changes, gRPC's server and
 * what reports its load, descriptions in protobuf's own language, and streams for a Node that had none.
 */
const UNUSED = [
  '@grpc/grpc-js/build/src/orca.js',
  '@grpc/grpc-js/build/src/server.js',
  '@grpc/grpc-js/build/src/server-interceptors.js',
  'firestore/build/src/bulk-writer.js',
  'firestore/build/src/bundle.js',
  'firestore/build/src/recursive-delete.js',
  'firestore/build/src/v1/firestore_admin_client.js',
  'firestore/build/src/v1beta1/index.js',
  'firestore/build/src/watch.js',
  'google-gax/build/protos/iam_service.js',
  'google-gax/build/protos/locations.js',
  'google-gax/build/protos/operations.js',
  'google-gax/build/src/iamService.js',
  'google-gax/build/src/operationsClient.js',
  'protobufjs/src/parse.js',
  'protobufjs/src/tokenize.js',
  'web-streams-polyfill/dist/ponyfill.es2018.js',
];

/**
 * How gRPC gets the methods of services from their descriptions. The loader's own also writes each description anew, as the bytes that
 * another program would read of it.
 */
const SERVICES_OF_DESCRIPTIONS = `
  const { Root, Service, Namespace } = require('protobufjs');

  const serializer = (type) => (value) => type.encode(type.fromObject(value)).finish();
  const deserializer = (type, options) => (bytes) => type.toObject(type.decode(bytes), options);

  function definition(service, options) {
    const path = service.fullName.slice(1);
    const methods = service.methodsArray.map((method) => {
      const { name, requestStream, responseStream, resolvedRequestType: request, resolvedResponseType: response } = method;
      return [name, {
        path: '/' + path + '/' + name,
        originalName: name[0].toLowerCase() + name.slice(1),
        requestStream: requestStream === true,
        responseStream: responseStream === true,
        requestSerialize: serializer(request),
        requestDeserialize: deserializer(request, options),
        responseSerialize: serializer(response),
        responseDeserialize: deserializer(response, options),
      }];
    });
    return [path, Object.fromEntries(methods)];
  }

  const servicesIn = (node) =>
    node instanceof Service ? [node] : node instanceof Namespace ? node.nestedArray.flatMap(servicesIn) : [];

  exports.fromJSON = (json, options) => {
    const root = Root.fromJSON(json).resolveAll();
    return Object.fromEntries(servicesIn(root).map((service) => definition(service, options)));
  };
`;

const REPLACED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(UNUSED.map((file) => [file, 'module.exports = {};'])),
  // The client makes and closes it, and asks it nothing.
  'google-gax/build/src/locationService.js': 'exports.LocationsClient = class { async close() {} };',
  // Classes of all messages, for pipelines and bundles alone: calls go by the descriptions in v1.json.
  'firestore/build/protos/firestore_v1_proto_api.js': 'exports.google = { firestore: { v1: {} } };',
  // No value is a pipeline; a reference in a document may be a text.
  'firestore/build/src/pipelines/index.js': 'exports.Pipeline = class {};',
  'firestore/build/src/pipelines/pipeline-util.js': "exports.isString = (value) => typeof value === 'string';",
  // Calls without gRPC. What is not of them there is how calls are tried again, and how the details of an error are written.
  'google-gax/build/src/fallback.js': `
    const { RetryOptions, constructSettings, createDefaultBackoffSettings } = require('./gax');
    Object.assign(exports, { RetryOptions, constructSettings, createDefaultBackoffSettings });
    exports.defaultToObjectOptions = { keepCase: false, longs: String, enums: String, defaults: true, oneofs: true };
  `,
  '@grpc/proto-loader/build/src/index.js': SERVICES_OF_DESCRIPTIONS,
  // Firestore has one address, and no configuration that asks for these.
  '@grpc/grpc-js/build/src/load-balancer-outlier-detection.js': 'exports.setup = () => {};',
  '@grpc/grpc-js/build/src/load-balancer-weighted-round-robin.js': 'exports.setup = () => {};',
  // Nobody reads spans: the log has the durations.
  'firestore/build/src/telemetry/enabled-trace-util.js':
    "exports.EnabledTraceUtil = require('./disabled-trace-util').DisabledTraceUtil;",
  // Of what the metadata server answers, no number beyond 2^53 is asked for.
  'json-bigint/index.js': 'exports.parse = JSON.parse;',
};

/**
 * What is added to a file. A message's methods are each a program that is written when the first of them is called; here each is when it is
 * called itself, since no request is ever read, and no answer written.
 */
const ADDED: Readonly<Record<string, string>> = {
  // With the rest of the client's code, and not when it first calls, which may be after the model was loaded.
  'firestore/build/src/index.js': "require('google-gax');",
  'protobufjs/src/type.js': `
    const MAKERS = {
      encode: [encoder, { Writer, util }],
      decode: [decoder, { Reader, util }],
      fromObject: [converter.fromObject, { util }],
      toObject: [converter.toObject, { util }],
    };
    for (const [name, [make, tools]] of Object.entries(MAKERS)) {
      Type.prototype[name] = function (...given) {
        if (wrappers[this.fullName] === undefined) {
          const types = this.fieldsArray.map((field) => field.resolve().resolvedType);
          this[name] = make(this)({ ...tools, types });
        } else {
          this.setup();
        }
        return this[name](...given);
      };
    }
  `,
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
      const missing = new Set([...Object.keys(REPLACED), ...Object.keys(ADDED), DESCRIPTIONS]);
      for (const [file, contents] of Object.entries(REPLACED)) {
        plugin.onLoad({ filter: endingIn(file) }, () => {
          missing.delete(file);
          return { contents };
        });
      }
      for (const [file, text] of Object.entries(ADDED)) {
        plugin.onLoad({ filter: endingIn(file) }, async ({ path: found }) => {
          missing.delete(file);
          return { contents: `${await readFile(found, 'utf8')}\n${text}` };
        });
      }
      plugin.onLoad({ filter: endingIn(DESCRIPTIONS) }, async ({ path: file }) => {
        missing.delete(DESCRIPTIONS);
        const all = JSON.parse(await readFile(file, 'utf8')) as Description;
        return { contents: JSON.stringify(withMethods(all, METHODS)), loader: 'json' };
      });
      plugin.onEnd(() => ({
        errors: [...missing].map((file) => ({
          text: `Firestore's client loads no ${file} any more: see to client-trimming.ts.`,
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
