/**
 * terraform/README.md lists every input and output as it is, and the files and runbooks that it names are there.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from '../support/fixtures';
import { inputsTable, outputsTable } from '../support/terraform-docs';

const text = readFileSync(path.join(ROOT, 'terraform/README.md'), 'utf8');

describe('terraform/README.md', () => {
  it('lists every variable with its default and meaning', () => {
    const table = inputsTable();

    expect(table).toContain('| `project_id` | **required** |');
    expect(table).toContain('| `lookup.concurrency` | `8` | number |');
    expect(text).toContain(table);
  });

  it('lists every output', () => {
    const table = outputsTable();

    expect(table).toContain('| `lookup_url` |');
    expect(text).toContain(table);
  });

  it('describes every variable and output', () => {
    expect(`${inputsTable()}\n${outputsTable()}`).not.toMatch(/\|\s*\|$/m);
  });

  it('links to what is there', () => {
    const links = [...text.matchAll(/\]\((?!https:)([^)#]+)\)/g)].map(([, link]) => link!);

    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !existsSync(path.join(ROOT, 'terraform', link)))).toEqual([]);
  });
});

describe('docs/runbooks', () => {
  const folder = path.join(ROOT, 'docs/runbooks');
  const runbooks = readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file), 'utf8')] as const);

  it.each(runbooks)('%s names commands, charts and files that are there', (_file, runbook) => {
    const scripts = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const dashboard = readFileSync(path.join(ROOT, 'terraform/dashboard.tf'), 'utf8');
    const commands = [...runbook.matchAll(/`npm run (?:--silent )?([\w-]+)/g)].map(([, script]) => script!);
    const programs = [...runbook.matchAll(/`node (\S+\.mjs)/g)].map(([, file]) => file!);
    const charts = [...runbook.matchAll(/[Cc]harts? "([^"]+)"|" and "([^"]+)"/g)].map(
      ([, chart, second]) => (chart ?? second)!.split(',')[0]!,
    );
    const links = [...runbook.matchAll(/\]\((?!https:)([^)#]+)\)/g)].map(([, link]) => link!);

    expect(commands.filter((script) => !(script in scripts.scripts))).toEqual([]);
    expect(programs.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
    expect(charts.filter((chart) => !dashboard.includes(`title = "${chart}`))).toEqual([]);
    expect(runbook).not.toMatch(/[Cc]harts? of/); // by its title alone is a chart found
    expect(links.filter((link) => !existsSync(path.join(folder, link)))).toEqual([]);
  });

  // Traffic stays where a rollback sent it, whatever is applied.
  it.each(runbooks.filter(([, runbook]) => runbook.includes('release.mjs rollback')))(
    '%s says how a rollback ends',
    (_file, runbook) => {
      expect(runbook).toMatch(/release\.mjs promote --service|`promote`/);
    },
  );

  it('exports what their commands read', () => {
    const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
    const scripts = ['release', 'withdraw'].map((name) =>
      readFileSync(path.join(ROOT, `terraform/scripts/${name}.mjs`), 'utf8'),
    );
    const variables = new Set(scripts.join('').match(/\b(?:GOOGLE_CLOUD_(?:PROJECT|REGION)|FIRESTORE_\w+)\b/g));

    expect([...variables].filter((name) => !readme.includes(`${name}=`))).toEqual([]);
  });
});
