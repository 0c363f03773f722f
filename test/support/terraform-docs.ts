/**
 * The tables of terraform/README.md, made from the variables and outputs themselves.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from './fixtures';

const FOLDER = path.join(ROOT, 'terraform');

interface Block {
  readonly name: string;
  readonly body: string;
}

/** The top-level blocks of a kind, by name; `terraform fmt` ends each with a brace at the start of a line. */
function blocksOf(kind: 'variable' | 'output'): Block[] {
  const text = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.tf'))
    .map((file) => readFileSync(path.join(FOLDER, file), 'utf8'))
    .join('\n');
  const blocks = [...text.matchAll(new RegExp(`^${kind} "(\\w+)" \\{\\n(.*?)^\\}`, 'gms'))];
  return blocks.map(([, name, body]) => ({ name: name!, body: body! })).sort((a, b) => a.name.localeCompare(b.name));
}

const descriptionOf = ({ body }: Block): string =>
  /^ {2}description = "(.*)"$/m.exec(body)?.[1]?.replaceAll('\\"', '"') ?? '';

/** `required`, or the default; an object's are those of its fields. */
function defaultOf({ body }: Block): string {
  const value = /^ {2}default {2,}= (.*)$|^ {2}default = (.*)$/m.exec(body);
  return value === null ? '**required**' : `\`${value[1] ?? value[2]}\``;
}

/** The table of variables, each followed by the fields that it may leave out. */
export function inputsTable(): string {
  const rows = blocksOf('variable').flatMap((block) => {
    const fields = [...block.body.matchAll(/^ {4}(\w+) += (?:optional\((\w+(?:\(\w+\))?)(?:, (.*))?\)|(\w+))$/gm)];
    return [
      `| \`${block.name}\` | ${defaultOf(block)} | ${descriptionOf(block)} |`,
      ...fields
        .filter(([, field]) => !['condition', 'error_message'].includes(field!))
        .map(([, field, optional, fallback, required]) =>
          required === undefined
            ? `| \`${block.name}.${field}\` | \`${fallback ?? 'null'}\` | ${optional} |`
            : `| \`${block.name}.${field}\` | **required** | ${required} |`,
        ),
    ];
  });
  return ['| variable | default | meaning, or type of a field |', '| --- | --- | --- |', ...rows].join('\n');
}

export function outputsTable(): string {
  const rows = blocksOf('output').map((block) => `| \`${block.name}\` | ${descriptionOf(block)} |`);
  return ['| output | meaning |', '| --- | --- |', ...rows].join('\n');
}
