/**
 * The import rule: `functions, local → shared/labeller → model, store → ingredient → platform`, and one door for an outside package.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import ts from 'typescript';

const ROOT = path.resolve(__dirname, '../..');
const SOURCES = ['client', 'functions', 'playground', 'shared', 'local'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/'))),
);

/** A layer imports itself and what stands here. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // Apps copy the folder: it must stand alone.
  client: [],
  playground: ['client'],
  'shared/platform': [],
  'shared/ingredient': ['shared/platform'],
  'shared/model': ['shared/ingredient', 'shared/platform'],
  'shared/store': ['shared/ingredient', 'shared/platform'],
  'shared/labeller': ['shared/model', 'shared/store', 'shared/ingredient', 'shared/platform'],
  functions: ['shared/labeller', 'shared/model', 'shared/store', 'shared/ingredient', 'shared/platform'],
  local: [
    'client',
    'functions',
    'shared/labeller',
    'shared/model',
    'shared/store',
    'shared/ingredient',
    'shared/platform',
  ],
};

const DOORS: Readonly<Record<string, RegExp>> = {
  '@google-cloud/firestore': /^shared\/store\/firestore-\w+\.ts$/,
  '@google-cloud/functions-framework': /^functions\/[^/]+\/index\.ts$|^local\/start\.ts$/,
  '@google-cloud/pubsub': /^local\/pubsub(-\w+)?\.ts$/,
  acorn: /^local\/package\/eager\.ts$/,
  esbuild: /^local\/package\/(bundles|client-trimming|trimming|validators)\.ts$/,
  fflate: /^local\/package\.ts$/,
  // Schemas stand beside the handlers that they guard.
  ajv: /^functions\/(classify\/message|lookup\/schemas)\.ts$|^local\/package\/validators\.ts$/,
  jose: /^functions\/lookup\/token\.ts$/,
  // Tables of other people, in the page and in the command.
  papaparse: /^playground\/table-text\.ts$|^local\/csv\.ts$/,
  'onnxruntime-node': /^shared\/model\/session\.ts$/,
};

// metadata-server.ts reads no setting of ours: it writes one that Google's libraries read, who have no other way to be told.
const ENVIRONMENT_DOORS = ['functions/index.ts', 'local/metadata-server.ts', 'shared/platform/config.ts'];

function layerOf(file: string): string {
  const layer = Object.keys(MAY_IMPORT).find((name) => file === `${name}.ts` || file.startsWith(`${name}/`));
  return layer ?? file;
}

/** What is wrong with one import, or undefined. */
function problemOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) {
    // Browsers have none of it.
    return ['client', 'playground'].includes(layerOf(file)) ? `${file} imports ${specifier}` : undefined;
  }
  if (!specifier.startsWith('.')) {
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    return DOORS[name]?.test(file) === true ? undefined : `${file} is no door to ${specifier}`;
  }
  const from = layerOf(file);
  const to = layerOf(path.posix.join(path.posix.dirname(file), specifier).replace(/(\.ts)?$/, '.ts'));
  // A folder's index has no place among the shared layers.
  const target = to.replace(/\.ts$/, '');
  return from === target || MAY_IMPORT[from]?.includes(target) === true ? undefined : `${file} imports ${specifier}`;
}

function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(path.join(ROOT, file), 'utf8'), true);
  return importedFiles.map(({ fileName }) => fileName);
}

describe('the import rule', () => {
  it('holds in every file', () => {
    const problems = SOURCES.flatMap((file) => importsOf(file).map((specifier) => problemOf(file, specifier)));

    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it('knows the layer of every file', () => {
    const unknown = SOURCES.filter((file) => MAY_IMPORT[layerOf(file)] === undefined);

    expect(unknown).toEqual([]);
  });

  it('sees dynamic and type imports, and files of every layer', () => {
    const layers = new Set(SOURCES.map(layerOf));

    expect([...layers].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
    expect(importsOf('shared/model/session.ts')).toContain('onnxruntime-node');
    expect(importsOf('shared/store/firestore-store.ts')).toContain('@google-cloud/firestore');
  });

  it.each([
    ['client/client.ts', '../shared/ingredient/answer'],
    ['client/client.ts', 'axios'],
    ['client/client.ts', 'node:http'],
    ['shared/model/decode.ts', '../store/record'],
    ['shared/store/record.ts', '../model/decode'],
    ['shared/store/record.ts', '../labeller'],
    ['shared/ingredient/name.ts', '../model/decode'],
    ['shared/platform/config.ts', '../ingredient/name'],
    ['shared/labeller.ts', '../functions/guard'],
    ['functions/classify/handler.ts', '../../local/lines'],
    ['shared/model/classifier.ts', 'onnxruntime-node'],
    ['shared/labeller.ts', '@google-cloud/firestore'],
    ['functions/lookup/routes.ts', '@google-cloud/functions-framework'],
    ['local/classify.ts', '@google-cloud/functions-framework/testing'],
    ['local/submit.ts', '@google-cloud/pubsub'],
    ['shared/ingredient/name.ts', 'lodash'],
    ['shared/ingredient/name.ts', 'fs'],
  ])('forbids that %s imports %s', (file, specifier) => {
    expect(problemOf(file, specifier)).toBeDefined();
  });
});

describe('the door to process.env', () => {
  it('is config.ts, index.ts for the target that the platform sets, and what tells the client libraries', () => {
    const withoutComments = (file: string): string =>
      readFileSync(path.join(ROOT, file), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');

    const files = SOURCES.filter((file) =>
      /\bprocess\s*\??\.?\s*(\.\s*env\b|\[)|\benv\b.*from 'node:process'/.test(withoutComments(file)),
    );

    expect(files.sort()).toEqual(ENVIRONMENT_DOORS);
  });
});
