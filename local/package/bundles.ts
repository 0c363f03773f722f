/**
 * The JavaScript of the package: one bundle a function, and apart from them what a function loads later or never.
 *
 * All of node_modules is in them but the native library, which stands beside them in NATIVE_FOLDER.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { build, type BuildOptions, type Plugin } from 'esbuild';

import { FUNCTION_TARGETS, type FunctionTarget } from '../../shared/platform/config';
import { clientTrimming } from './client-trimming';
import { withEagerModules } from './eager';
import { frameworkTrimming } from './trimming';
import { compiledValidators } from './validators';

export const NATIVE_FOLDER = 'native';
export const FRAMEWORK = '@google-cloud/functions-framework';

/** Modules in bundles of their own, read when they are first needed. */
const APART = [
  // A lookup answers before it needs the client.
  {
    module: '@google-cloud/firestore',
    filter: /^@google-cloud\/firestore$/,
    bundle: 'firestore.cjs',
    isCommonJs: true,
  },
  // Checks of bodies and of rare parameters, tokens, the page: none is of the first answer.
  { module: 'ajv/dist/2020.js', filter: /^ajv\/dist\/2020\.js$/, bundle: 'ajv.cjs', isCommonJs: true },
  { module: 'jose', filter: /^jose$/, bundle: 'jose.cjs', isCommonJs: false },
  {
    module: './functions/lookup/playground-assets',
    filter: /^\.\/playground-assets$/,
    bundle: 'playground.cjs',
    isCommonJs: false,
  },
  // Of Express: see trimming.ts.
  { module: 'qs', filter: /^own:qs$/, bundle: 'qs.cjs', isCommonJs: true },
] as const;

// What functions/index.ts imports for each target.
const REGISTRATIONS: Readonly<Record<FunctionTarget, string>> = {
  lookupIngredient: './lookup',
  classifyIngredient: './classify',
};

/** What a bundle sees as the Functions Framework: the copy that runs the process, where that is another one. */
const HOST_FRAMEWORK = `
  const main = require.main;
  const isHost = main !== undefined && /[\\\\/]functions-framework[\\\\/]build[\\\\/]src[\\\\/]main\\.js$/.test(main.filename);
  module.exports = isHost ? require('node:module').createRequire(main.filename)('${FRAMEWORK}') : require('own:framework');
`;

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  // Node 20, the oldest that it runs on.
  target: 'node20',
  format: 'cjs',
  // import() of a CommonJS file would not see the names that it exports at run time.
  supported: { 'dynamic-import': false },
  // A third of the text to read and parse at start.
  minify: true,
  // Errors of our own print their class. Firestore's client has none, and a thousand functions, each of which would be named when it loads.
  keepNames: true,
  // An error prints the line that it was thrown in.
  lineLimit: 200,
  legalComments: 'eof',
  logLevel: 'error',
};

/** Writes a program of the sources in `root` as the package has its functions: `file` is to stand in the package's folder. */
export async function writeProgram(root: string, program: string, file: string): Promise<void> {
  await writeBundle({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: [program],
    plugins: [nativeLibrary()],
    outfile: file,
  });
}

/** Writes the bundles of the sources in `root` into `folder`; returns their names. */
export async function writeBundles(root: string, folder: string): Promise<string[]> {
  const common: BuildOptions = { ...COMMON, absWorkingDir: root };
  const bundles = FUNCTION_TARGETS.map((target) =>
    writeBundle({
      ...common,
      stdin: {
        contents: `import './functions';
          export const startFramework = () => void require('own:framework/main');`,
        resolveDir: root,
        loader: 'ts',
      },
      plugins: [
        oneFunction(target),
        hostFramework(root),
        nativeLibrary(),
        modulesApart(),
        ...frameworkTrimming(),
        compiledValidators(root),
      ],
      outfile: path.join(folder, `${target}.cjs`),
    }),
  );
  const apart = APART.map(({ module, bundle, isCommonJs }) =>
    writeBundle(
      {
        ...common,
        ...(module === '@google-cloud/firestore' ? { keepNames: false, plugins: [clientTrimming()] } : {}),
        stdin: { contents: `module.exports = require('${module}');`, resolveDir: root },
        outfile: path.join(folder, bundle),
      },
      isCommonJs,
    ),
  );
  await Promise.all([...bundles, ...apart]);
  return [...FUNCTION_TARGETS.map((target) => `${target}.cjs`), ...APART.map(({ bundle }) => bundle)];
}

/** @throws {Error} where a bundle that is to hold CommonJS modules holds none in the form that eager.ts knows. */
async function writeBundle(options: BuildOptions & { readonly outfile: string }, isCommonJs = true): Promise<void> {
  const { outputFiles } = await build({ ...options, write: false });
  const { text } = outputFiles[0]!;
  const eager = withEagerModules(text);
  if (isCommonJs && eager === text) {
    const bundle = path.basename(options.outfile);
    throw new Error(`esbuild writes the modules of ${bundle} in another way than before: see to eager.ts.`);
  }
  await writeFile(options.outfile, eager);
}

/** Leaves out the registration of the other function. */
function oneFunction(target: FunctionTarget): Plugin {
  const others = Object.entries(REGISTRATIONS).flatMap(([name, specifier]) => (name === target ? [] : [specifier]));
  return {
    name: 'one-function',
    setup: (plugin) => {
      plugin.onResolve({ filter: /^\.\/(lookup|classify)$/ }, ({ path: specifier }) =>
        others.includes(specifier) ? { path: specifier, namespace: 'left-out' } : undefined,
      );
      plugin.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
        contents: 'export const serveLookup = undefined;',
      }));
    },
  };
}

function hostFramework(root: string): Plugin {
  const own = path.dirname(require.resolve(FRAMEWORK, { paths: [root] }));
  return {
    name: 'host-framework',
    setup: (plugin) => {
      plugin.onResolve({ filter: new RegExp(`^${FRAMEWORK}$`) }, () => ({ path: FRAMEWORK, namespace: 'host' }));
      plugin.onResolve({ filter: /^own:framework$/ }, () => ({ path: path.join(own, 'index.js') }));
      plugin.onResolve({ filter: /^own:framework\/main$/ }, () => ({ path: path.join(own, 'main.js') }));
      plugin.onLoad({ filter: /.*/, namespace: 'host' }, () => ({ contents: HOST_FRAMEWORK, resolveDir: root }));
    },
  };
}

/** Loads the native library from beside the bundle. */
function nativeLibrary(): Plugin {
  const template = 'require(`../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`)';
  const beside = `./${NATIVE_FOLDER}/onnxruntime_binding.node`;
  return {
    name: 'native-library',
    setup: (plugin) => {
      plugin.onLoad({ filter: /onnxruntime-node[\\/]dist[\\/]binding\.js$/ }, async ({ path: file }) => {
        const source = await readFile(file, 'utf8');
        if (!source.includes(template)) {
          throw new Error(`${file} loads its native library in another way than before: see to nativeLibrary().`);
        }
        return { contents: source.replace(template, `require('${beside}')`) };
      });
      plugin.onResolve({ filter: /onnxruntime_binding\.node$/ }, () => ({ path: beside, external: true }));
    },
  };
}

function modulesApart(): Plugin {
  return {
    name: 'modules-apart',
    setup: (plugin) => {
      for (const { filter, bundle } of APART) {
        plugin.onResolve({ filter }, () => ({ path: `./${bundle}`, external: true }));
      }
    },
  };
}
