/**
 * The client and openapi.json: the same types, and no request that the document does not know.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import ts from 'typescript';

import { IngredientClient, type ReviewLabels } from '../../client';
import { OPENAPI } from '../../functions/lookup/openapi';
import { anAnswer } from '../support/builders';
import { ROOT } from '../support/fixtures';
import { ScriptedService } from '../support/scripted-service';

// Its modules are ES modules alone in part, which jest does not load.
const GENERATE = path.join(ROOT, 'node_modules/openapi-typescript/bin/cli.js');

// tsc and the generator take seconds where they are alone, and more beside other tests.
jest.setTimeout(120_000);

/** The name of each type in the client and in the document. */
const PAIRS = {
  Answer: 'Answer',
  ExplainedAnswer: 'ExplainedAnswer',
  Explanation: 'Explanation',
  LabelSet: 'Labels',
  ListPage: 'List',
  Problem: 'Problem',
} as const;

/** What tsc says to a file that takes each type of one for that of the other, both ways. */
function mismatches(document: unknown): string[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'client-types-'));
  try {
    writeFileSync(path.join(folder, 'document.json'), JSON.stringify(document));
    execFileSync(process.execPath, [GENERATE, 'document.json', '--output', 'document.ts'], {
      cwd: folder,
      stdio: 'pipe',
    });
    const file = path.join(folder, 'check.ts');
    const checks = Object.entries(PAIRS).map(
      ([ours, theirs]) => `
export const a${ours}: Frozen<Schemas['${theirs}']> = null! as Frozen<client.${ours}>;
export const b${ours}: Frozen<client.${ours}> = null! as Frozen<Schemas['${theirs}']>;`,
    );
    writeFileSync(
      file,
      `import type * as client from ${JSON.stringify(path.join(ROOT, 'client'))};
import type { components } from './document';
type Schemas = components['schemas'];
type Frozen<T> = T extends (infer E)[] ? readonly Frozen<E>[] : T extends readonly (infer E)[] ? readonly Frozen<E>[]
  : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
export const review: Frozen<Schemas['Review']> = null! as Frozen<client.ReviewLabels>;
${checks.join('\n')}
`,
    );
    const program = ts.createProgram([file], {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      moduleResolution: ts.ModuleResolutionKind.Node10,
      ignoreDeprecations: '5.0',
      lib: ['lib.es2023.d.ts', 'lib.es2024.string.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    });
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the types of the client', () => {
  it('are those of openapi.json', () => {
    expect(mismatches(OPENAPI)).toEqual([]);
  });

  it('would differ from those of a document with another type of one field', () => {
    const document = structuredClone(OPENAPI) as unknown as {
      components: { schemas: { Answer: { properties: Record<string, unknown> } } };
    };
    document.components.schemas.Answer.properties['model'] = { type: 'number' };

    expect(mismatches(document).join()).toContain("'model' are incompatible");
  });
});

describe('the requests of the client', () => {
  it('are all that openapi.json describes, but for the paths with a name in them and itself', async () => {
    const service = await ScriptedService.start(({ method, body }) => {
      const names = method === 'POST' ? (JSON.parse(body) as { names: string[] }).names : [];
      return { body: { ...anAnswer(), results: names.map(() => anAnswer()) } };
    });
    const client = new IngredientClient(service.url);
    const labels: ReviewLabels = { ingredient: 'not_ingredient', source: null, categories: [] };

    await client.lookupOne('salt', { explain: true });
    await client.lookupAll(['salt']);
    await client.listPage({ source: 'plant', category: 'herb', prefix: 'a', pageSize: 2, pageToken: 'x' });
    await client.labels();
    await client.isHealthy();
    await client.review('salt');
    await client.putReview('salt', labels);
    await client.deleteReview('salt');
    await service.stop();

    const asked = service.asked.map(({ method, url }) => {
      const { pathname, searchParams } = new URL(url, 'http://x');
      return [`${method.toLowerCase()} ${pathname}`, [...searchParams.keys()].sort()];
    });
    const described = Object.entries(OPENAPI.paths)
      .filter(([path_]) => !path_.includes('{') && path_ !== '/openapi.json')
      .flatMap(([path_, item]) =>
        Object.entries(item as Record<string, { parameters?: { in: string; name: string }[] }>).map(
          ([method, { parameters = [] }]) => [
            `${method} ${path_}`,
            parameters
              .filter((parameter) => parameter.in === 'query')
              .map(({ name }) => name)
              .sort(),
          ],
        ),
      );
    expect(asked.sort()).toEqual(described.sort());
  });
});
