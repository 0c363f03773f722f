/**
 * What a bundle leaves out of the framework that it holds: text that is read and run at each start, and that nothing here calls.
 */
import { readFile } from 'node:fs/promises';

import type { Plugin } from 'esbuild';

/** What Express sees as qs, which it loads and only calls where an application asks for nested queries. */
const QUERY_PARSER = `exports.parse = (...given) => require('own:qs').parse(...given);`;

/** What the framework sees as its parsers of bodies: the guard has read each body before, and they would leave it alone. */
const BODY_PARSERS = `
  const pass = () => (request, response, next) => next();
  module.exports = { json: pass, raw: pass, text: pass, urlencoded: pass };
`;

// What Express names: the whole table of types is a fifth of a bundle, and read anew at each start.
const FILE_TYPES = ['bin', 'html', 'json', 'txt'];

/** For a bundle with the framework in it. */
export function frameworkTrimming(): Plugin[] {
  return [passingBodyParsers(), lateQueryParser(), fewFileTypes()];
}

function passingBodyParsers(): Plugin {
  return {
    name: 'passing-body-parsers',
    setup: (plugin) => {
      plugin.onLoad({ filter: /[\\/]body-parser[\\/]index\.js$/ }, () => ({ contents: BODY_PARSERS }));
    },
  };
}

function lateQueryParser(): Plugin {
  return {
    name: 'late-query-parser',
    setup: (plugin) => {
      plugin.onResolve({ filter: /^qs$/ }, () => ({ path: 'qs', namespace: 'late' }));
      plugin.onLoad({ filter: /.*/, namespace: 'late' }, () => ({ contents: QUERY_PARSER }));
    },
  };
}

/** Leaves of the table of media types those that something here asks for. */
function fewFileTypes(): Plugin {
  return {
    name: 'few-file-types',
    setup: (plugin) => {
      plugin.onLoad({ filter: /mime-db[\\/]db\.json$/ }, async ({ path: file }) => {
        const all = JSON.parse(await readFile(file, 'utf8')) as Record<string, { extensions?: readonly string[] }>;
        const few = Object.entries(all).filter(([, { extensions = [] }]) =>
          extensions.some((extension) => FILE_TYPES.includes(extension)),
        );
        return { contents: JSON.stringify(Object.fromEntries(few)), loader: 'json' };
      });
    },
  };
}
