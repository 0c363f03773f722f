/**
 * JSON schemas compiled when the package is built, in the place of ajv, whose compiler takes a tenth of a second at start.
 *
 * @see https://ajv.js.org/standalone.html
 */
import path from 'node:path';

import Ajv, { _ } from 'ajv';
import standaloneCode from 'ajv/dist/standalone';
import type { Plugin } from 'esbuild';

import { SUBMISSION_OPTIONS, SUBMISSION_SCHEMA } from '../../functions/classify/message';

// Others compile theirs when a request first needs it.
const IMPORTER = path.normalize('functions/classify/message.ts');
const FORMATS = 'own:formats';
const VALIDATOR = 'own:validator';

/** What our sources see as ajv: it knows the one schema, and the formats that they add. */
const COMPILED_AJV = `
  const formats = require('${FORMATS}');
  exports.default = class Ajv {
    addFormat(name, check) {
      formats[name] = check;
    }
    compile(schema) {
      if (JSON.stringify(schema) !== ${JSON.stringify(JSON.stringify(SUBMISSION_SCHEMA))}) {
        throw new Error('This schema was not compiled with the package: see to local/package/validators.ts.');
      }
      return require('${VALIDATOR}');
    }
  };
  exports.__esModule = true;
`;

/** Puts the compiled validator of a submission in the place of ajv, for the module that compiles its schema at start. */
export function compiledValidators(root: string): Plugin {
  const contents: Readonly<Record<string, string>> = {
    ajv: COMPILED_AJV,
    [FORMATS]: 'module.exports = {};',
    [VALIDATOR]: validatorCode(),
  };
  return {
    name: 'compiled-validators',
    setup: (plugin) => {
      plugin.onResolve({ filter: /^ajv$/ }, ({ path: name, importer }) =>
        importer.endsWith(IMPORTER) ? { path: name, namespace: 'compiled' } : undefined,
      );
      plugin.onResolve({ filter: /^own:(formats|validator)$/ }, ({ path: name }) => ({
        path: name,
        namespace: 'compiled',
      }));
      plugin.onLoad({ filter: /.*/, namespace: 'compiled' }, ({ path: name }) => ({
        contents: contents[name]!,
        resolveDir: root,
      }));
    },
  };
}

function validatorCode(): string {
  const ajv = new Ajv({ ...SUBMISSION_OPTIONS, code: { source: true, formats: _`require(${FORMATS})` } });
  for (const format of ['date-time', 'well-formed']) {
    // Only its name is compiled in: message.ts adds the check itself.
    ajv.addFormat(format, () => true);
  }
  return standaloneCode(ajv, ajv.compile(SUBMISSION_SCHEMA));
}
