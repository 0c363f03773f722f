/**
 * `npm run bench`: measures, writes a table, a JSON file and a plot of each benchmark, and checks the goals.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';

import { ROOT } from '../support/fixtures';
import { removePackage } from '../support/packaged';
import { type Context, prepare, release } from './context';
import { checkGoals } from './goals';
import type { Suite } from './measure';
import { publish, readReports, table, writeReport } from './report';
import { cpu } from './suites/cpu';
import { growth } from './suites/growth';
import { httpLoad } from './suites/http';
import { inference } from './suites/inference';
import { memory } from './suites/memory';
import { stages } from './suites/stages';
import { overload } from './suites/overload';
import { start } from './suites/start';
import { together } from './suites/together';

const SUITES: Readonly<Record<string, (context: Context) => Promise<Suite>>> = {
  stages,
  start,
  inference,
  http: httpLoad,
  together,
  overload,
  memory,
  cpu,
  growth,
};
const USAGE = `Usage: npm run bench [-- [--runs N] [--check [--margin M]] [--output FOLDER] [SUITE ...]]

Measures ${Object.keys(SUITES).join(', ')}: all of them, or those that are named.
  --runs N         how often each row is measured, in turns with the others (15)
  --check          ends with 1 where a goal falls short, or a row that one needs is missing
  --margin M       how far a goal may be missed with --check, for a machine that does other things too (1: not at all)
  --output FOLDER  where tables, JSON files and plots go (dist/bench)
  --publish        puts plots and JSON files into docs/bench, and the tables into docs/performance.md; with --check the
                   goals too, for which benchmarks that are not named stand as they were published
The Python rows need training's environment: .venv, or the python that BENCH_PYTHON names.
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      runs: { type: 'string', default: '15' },
      check: { type: 'boolean', default: false },
      margin: { type: 'string', default: '1' },
      output: { type: 'string' },
      publish: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  });
  const names = positionals.length === 0 ? Object.keys(SUITES) : positionals;
  const unknown = names.filter((name) => SUITES[name] === undefined);
  const [runs, margin] = [Number(values.runs), Number(values.margin)];
  if (values.help || unknown.length > 0 || !(runs >= 1) || !(margin >= 1)) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  const output = values.output ?? path.join(ROOT, values.publish ? 'docs/bench' : 'dist/bench');
  const context = await prepare(runs, names);
  // What is not measured anew stands on the page as it was.
  const results = values.publish ? await readReports(output, Object.keys(SUITES)) : {};
  let failed = 0;
  try {
    for (const name of names) {
      try {
        const suite = await SUITES[name]!(context);
        results[name] = suite;
        await writeReport(output, name, suite, values.publish);
        process.stdout.write(`\n## ${suite.title}\n\n${suite.how}\n\n${table(suite)}\n`);
        process.stdout.write(suite.missing.map((what) => `\nNot measured: ${what}.\n`).join(''));
      } catch (error) {
        // The others are worth their time all the same.
        failed += 1;
        process.stderr.write(`${name} could not be measured: ${String(error)}\n`);
      }
    }
  } finally {
    await release();
    await removePackage();
  }
  const goals = checkGoals(results, context, margin);
  if (values.check) {
    process.stdout.write(`\n## Goals\n\n${goals.text}\n\n${goals.summary}\n`);
  }
  if (values.publish) {
    const tables = Object.fromEntries(Object.entries(results).map(([name, suite]) => [name, table(suite)]));
    await publish(path.join(ROOT, 'docs/performance.md'), {
      ...tables,
      ...(values.check ? { goals: goals.text } : {}),
    });
  }
  return failed > 0 || (values.check && goals.missed > 0) ? 1 : 0;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
