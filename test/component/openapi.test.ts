/**
 * openapi.json and the routes: the same set, and a document that a linter finds nothing wrong with.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { OPENAPI, withIdToken } from '../../functions/lookup/openapi';
import { ROUTES } from '../../functions/lookup/routes';
import { SCHEMAS } from '../../functions/lookup/schemas';
import { CATEGORY_LABELS, INGREDIENT_LABELS, SOURCE_LABELS } from '../../shared/ingredient/labels';
import { readManifest } from '../../shared/model/artifacts';
import { inTempFolder } from '../support/builders';
import { MODEL_FOLDER, ROOT } from '../support/fixtures';

type Operation = Readonly<Record<string, unknown>>;

const operations = Object.entries(OPENAPI.paths).flatMap(([route, methods]) =>
  Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({ method, route, operation })),
);

/** Every reference in a value. */
function references(value: unknown): string[] {
  return [...JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
}

describe('openapi.json', () => {
  it('has the routes of the API, and no other', () => {
    const routes = ROUTES.filter(({ type }) => type === undefined).map(
      ({ method, path: route }) => `${method} ${route}`,
    );

    const described = operations.map(({ method, route }) => `${method.toUpperCase()} ${route}`);

    expect(routes).toHaveLength(13);
    expect(described.sort()).toEqual(routes.sort());
  });

  it('asks for a token where a route is for reviewers, and nowhere else', () => {
    const guarded = ROUTES.filter(({ forReviewers }) => forReviewers).map(
      ({ method, path: route }) => `${method} ${route}`,
    );

    const described = operations
      .filter(({ operation }) => operation['security'] !== undefined)
      .map(({ method, route }) => `${method.toUpperCase()} ${route}`);

    expect(OPENAPI.security).toEqual([]);
    expect(described.sort()).toEqual(guarded.sort());
  });

  it('uses each of its parts, and has each that it uses', () => {
    const { components } = OPENAPI;
    const parts = Object.entries({
      schemas: components.schemas,
      headers: components.headers,
      responses: components.responses,
    }).flatMap(([kind, named]) => Object.keys(named).map((name) => `#/components/${kind}/${name}`));

    expect([...new Set(references(OPENAPI))].sort()).toEqual(parts.sort());
    expect(components.schemas).toBe(SCHEMAS);
  });

  it('has the labels of the model', async () => {
    const { tasks } = await readManifest(MODEL_FOLDER);

    expect([...tasks.ingredient.labels].sort()).toEqual([...INGREDIENT_LABELS].sort());
    expect([...tasks.source.labels].sort()).toEqual([...SOURCE_LABELS].sort());
    expect([...tasks.categories.labels].sort()).toEqual([...CATEGORY_LABELS].sort());
  });

  it.each([
    ['', OPENAPI],
    [', also where every caller needs a token', withIdToken(OPENAPI)],
  ])('has nothing that Redocly’s strictest rules find%s', async (_where, document) => {
    const { stdout } = await inTempFolder(async (folder) => {
      const file = path.join(folder, 'openapi.json');
      await writeFile(file, JSON.stringify(document));
      const program = path.join(ROOT, 'node_modules/.bin/redocly');
      const env = { PATH: process.env['PATH'], REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
      const options = ['--extends', 'recommended-strict', '--format', 'json'];
      return promisify(execFile)(program, ['lint', file, ...options], { cwd: folder, env }).catch(
        (error: unknown) => error as { stdout: string },
      );
    });

    const report = JSON.parse(stdout) as { problems: { ruleId: string; message: string }[] };
    expect(report.problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  });
});
