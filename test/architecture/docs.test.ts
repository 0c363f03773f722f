/**
 * docs/ names all that users and operators can meet: each setting with its default, each code of an error.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { CommandError, UsageError } from '../../local/errors';
import { PROBLEMS } from '../../functions/lookup/problem';
import { SETTINGS } from '../../shared/platform/config';
import * as errors from '../../shared/platform/errors';
import type { Suite } from '../bench/measure';
import { blockOf, figure, table } from '../bench/report';

const ROOT = path.resolve(__dirname, '../..');

/** The cells of each row whose first cell is code, without their back ticks. */
function tableOf(file: string): string[][] {
  return readFileSync(path.join(ROOT, file), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
    );
}

describe('docs/settings.md', () => {
  const rows = tableOf('docs/settings.md');

  it('lists every setting with its default, in order, and nothing else', () => {
    const expected = Object.values(SETTINGS).map(({ variable, fallback }) => [
      variable,
      fallback === undefined || fallback === '' ? 'not set' : fallback,
    ]);

    expect(rows.map(([variable, fallback]) => [variable, fallback])).toEqual(expected);
  });

  it('says of each what it means and which values it takes', () => {
    expect(rows.filter((cells) => cells.length !== 4 || cells.includes(''))).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const rows = tableOf('docs/errors.md');

  it('lists every code, and nothing else', () => {
    const source = ['shared/platform', 'local'].map((folder) =>
      readFileSync(path.join(ROOT, folder, 'errors.ts'), 'utf8'),
    );
    const ours = [...source.join('').matchAll(/readonly code(?:: string)? = '(\w+)'/g)].map(([, code]) => code!);
    const problems = Object.values(PROBLEMS).map(([, code]) => code);

    expect(ours).toContain('STORE_UNAVAILABLE');
    expect(rows.map(([code]) => code).sort()).toEqual([...new Set([...ours, ...problems])].sort());
  });

  it('says of each error of ours whether it is sent again', () => {
    // A client sends again what shows in HTTP alone.
    const told = new Map(rows.map(([code, shows]) => [code, /redelivery|^HTTP (?:409|429|503)$/.test(shows!)]));
    const exported = Object.values({ ...errors, CommandError, UsageError });
    const classes = exported as unknown as (new (problems: readonly string[]) => errors.ServiceError)[];
    const ours = classes.map((made) => new made(['x'])).filter(({ code }: { code?: string }) => code !== undefined);

    expect(ours.length).toBeGreaterThan(5);
    expect(ours.filter(({ code, retryable }) => told.get(code) !== retryable).map(({ code }) => code)).toEqual([]);
  });

  it('says of each where it shows, what it means and what to do', () => {
    expect(rows.filter((cells) => cells.length !== 4 || cells.includes(''))).toEqual([]);
  });
});

describe('docs/security.md', () => {
  const text = readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8');
  const risks = text.split('\n').filter((line) => /^\| API\d+ /.test(line));

  it('walks all ten risks', () => {
    expect(risks.map((line) => /^\| API(\d+) /.exec(line)?.[1])).toEqual(
      Array.from({ length: 10 }, (_, i) => `${i + 1}`),
    );
  });

  it('names a test for each, which is there', () => {
    const tests = risks.map((line) => /`(test\/[^`]+)`: "([^"]+)" \|$/.exec(line));
    const missing = tests.filter(
      (found) => found === null || !readFileSync(path.join(ROOT, found[1]!), 'utf8').includes(`'${found[2]}'`),
    );

    expect(missing).toEqual([]);
  });
});

describe('docs/performance.md', () => {
  const BENCH = path.join(ROOT, 'docs/bench');
  const page = readFileSync(path.join(ROOT, 'docs/performance.md'), 'utf8');
  const suites = readdirSync(BENCH)
    .filter((file) => file.endsWith('.json'))
    .map((file) => path.basename(file, '.json'));
  const read = (suite: string) =>
    JSON.parse(readFileSync(path.join(BENCH, `${suite}.json`), 'utf8')) as Pick<Suite, 'columns' | 'rows'>;

  it('has the tables of one run of the benchmarks, as they were written', () => {
    expect(suites.length).toBeGreaterThanOrEqual(9);
    for (const suite of suites) {
      const [, , content] = blockOf(suite).exec(page) ?? [];
      expect([suite, content?.trim()]).toEqual([suite, table(read(suite))]);
    }
  });

  it('is where the figures of the README are from', () => {
    const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8').replace(/\s+/g, ' ');
    const of = (suite: string, row: string, column: string): number => {
      const value = read(suite).rows.find(({ name }) => name === row)?.values[column];
      return typeof value === 'number' ? value : NaN;
    };
    const three = (column: string): string => {
      const ratio = of('stages', 'Python, three BERT-base', column) / of('stages', 'ours', column);
      return String(Math.floor(ratio));
    };

    expect(readme).toContain(`${figure(of('inference', '9 tokens', 'whole'))} ms of inference`);
    expect(readme).toContain(`after ${figure(of('start', 'packaged lookup, Node 24', 'firstMs'))} ms on Node 24`);
    expect(readme).toContain(`${figure(of('http', 'hit, 32 at once', 'rps'))} times a second`);
    expect(readme).toContain(`${figure(of('memory', 'lookupIngredient', 'peakMb'))} MB after 10,000 names`);
    expect(readme).toContain(
      `${three('firstMs')} times sooner, ${three('p50Ms')} times faster and in ${three('peakMb')} times less memory`,
    );
  });
});
