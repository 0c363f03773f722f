/**
 * Transformers.js on our model file: node transformers-js.mjs NODE_MODULES MODEL NAME. See suites/stages.ts.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

const RUNS = 300;
const WARM_UP = 5;
const [modules, model, name] = process.argv.slice(2);
const entry = createRequire(path.join(modules, 'x.js')).resolve('@huggingface/transformers');
const { AutoModel, AutoTokenizer, env, Tensor } = await import(pathToFileURL(entry).href);

env.allowRemoteModels = false;
env.localModelPath = path.dirname(model);
const folder = path.basename(model);
const [tokenizer, classifier] = await Promise.all([
  AutoTokenizer.from_pretrained(folder),
  AutoModel.from_pretrained(folder, { dtype: 'fp32', device: 'cpu' }),
]);
const { controls } = JSON.parse(readFileSync(path.join(model, 'controls.json'), 'utf8'));

async function answer() {
  const ids = tokenizer.encode(name.toLowerCase(), { add_special_tokens: false });
  const row = [controls[0], ...ids, ...controls.slice(1)].map(BigInt);
  const inputs = {
    input_ids: new Tensor('int64', BigInt64Array.from(row), [1, row.length]),
    attention_mask: new Tensor('int64', new BigInt64Array(row.length).fill(1n), [1, row.length]),
  };
  const { ingredient, source, categories } = await classifier(inputs);
  const largest = (values) => values.indexOf(Math.max(...values));
  return [largest([...ingredient.data]), largest([...source.data]), [...categories.data].filter((logit) => logit > 0)];
}

await answer();
process.stdout.write('first\n');
for (let run = 0; run < WARM_UP; run += 1) {
  await answer();
}
const durations = [];
for (let run = 0; run < RUNS; run += 1) {
  const began = performance.now();
  await answer();
  durations.push(performance.now() - began);
}
durations.sort((a, b) => a - b);
const kibibytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
process.stdout.write(`${JSON.stringify({ p50Ms: durations[RUNS >> 1], peakMb: (Number(kibibytes) * 1024) / 1e6 })}\n`);
