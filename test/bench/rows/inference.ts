/**
 * Inference with the model of MODEL_DIR, by the length of a name and by the size of a batch: see suites/inference.ts.
 *
 *   node inference.js ROUNDS
 */
import { spawn } from 'node:child_process';

import { TASKS } from '../../../shared/ingredient/answer';
import { parseName } from '../../../shared/ingredient/name';
import { readArtifacts } from '../../../shared/model/artifacts';
import { OnnxClassifier } from '../../../shared/model/classifier';
import { Encoder } from '../../../shared/model/encode';
import { createSession, loadRuntime, modelOf } from '../../../shared/model/session';
import { Vocabulary } from '../../../shared/model/wordpiece';
import { readConfig } from '../../../shared/platform/config';
import { createLogger, traceFields } from '../../../shared/platform/logger';
import { serverTiming, stageFields, Stopwatch } from '../../../shared/platform/timing';
import { median } from '../measure';

const WORDS = 'smoked sweet paprika powder from red pepper and salt with oil of olive a little garlic in it'.split(' ');
const LENGTHS = [1, 3, 8, 30];
const BATCHES = [1, 16, 256];
const REPEATS = 20;
/** Of an answer that neither cache has. */
const STAGES = ['store', 'queue', 'encode', 'run', 'decode', 'write', 'total'];
const TIMED = 3_000;
/** What has just been loaded runs slower. */
const TIMED_WARM_UP = 1_000;
const WARM_UP = 3_000;
/** With the special ones. */
const NINE_TOKENS = 'red wine and salt';

const aName = (words: number): string =>
  Array.from({ length: words }, (_, index) => WORDS[index % WORDS.length]!)
    .join(' ')
    .slice(0, 120);

async function main([rounds = '15']: readonly string[]): Promise<void> {
  const folder = readConfig().modelDir;
  const { manifest, modelPath, modelBytes, vocab } = await readArtifacts(folder);
  const controls = TASKS.map((task) => manifest.tasks[task].controlToken);
  const encoder = new Encoder(new Vocabulary(vocab), controls, manifest.maxTokens);
  const { Tensor } = await loadRuntime();
  // One for both: two would take turns in the processor's caches, as no instance has it.
  const session = await createSession(modelPath, modelBytes);
  const classifier = new OnnxClassifier(manifest, vocab, await modelOf(session, modelBytes));

  const whole = (texts: readonly string[]) => async () => {
    await classifier.classify(texts.map((text) => parseName(text).normalName));
  };
  const bare = (text: string) => {
    const { inputIds, attentionMask, rows, width } = encoder.encodeBatch([parseName(text).normalName]);
    const feeds = {
      input_ids: new Tensor('int64', inputIds, [rows, width]),
      attention_mask: new Tensor('int64', attentionMask, [rows, width]),
    };
    return async () => {
      await session.run(feeds);
    };
  };
  const cases = new Map<string, () => Promise<void>>();
  for (const text of [NINE_TOKENS, ...LENGTHS.map(aName)]) {
    cases.set(`${text}|run`, bare(text)).set(`${text}|whole`, whole([text]));
  }
  for (const size of BATCHES) {
    cases.set(`batch ${size}`, whole(Array.from({ length: size }, (_, index) => `smoked paprika ${index}`)));
  }
  for (let count = 0; count < WARM_UP; count += 1) {
    await cases.get(`${NINE_TOKENS}|run`)!();
    await cases.get(`${NINE_TOKENS}|whole`)!();
  }
  const durations = await measured(cases, Number(rounds));
  const tokens = (text: string): number => encoder.ids(parseName(text).normalName).length;
  const result: Record<string, number> = {};
  const add = (key: string, text: string): void => {
    result[`${key}|tokens`] = tokens(text);
    result[`${key}|run`] = durations.get(`${text}|run`)!;
    result[`${key}|whole`] = durations.get(`${text}|whole`)!;
  };
  add('9 tokens', NINE_TOKENS);
  for (const length of LENGTHS) {
    add(`${length} words`, aName(length));
  }
  for (const size of BATCHES) {
    result[`batch of ${size}|whole`] = durations.get(`batch ${size}`)!;
    result[`batch of ${size}|perName`] = durations.get(`batch ${size}`)! / size;
  }
  const reader = spawn('cat', [], { stdio: ['pipe', 'ignore', 'inherit'] });
  result['timing an answer|whole'] = await timingMs(() => undefined);
  result['the same, its line written|whole'] = await timingMs((line) => reader.stdin.write(line));
  reader.stdin.end();
  process.stdout.write(`first\n${JSON.stringify(result)}\n`);
}

/** What it costs to measure the stages of one answer, and to put them into the header and a line of the log. */
async function timingMs(write: (line: string) => void): Promise<number> {
  const logger = createLogger('INFO', write);
  const header = (name: string): string | undefined =>
    name === 'traceparent' ? '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' : undefined;
  const durations: number[] = [];
  for (let count = 0; count < TIMED; count += 1) {
    const began = performance.now();
    const stopwatch = new Stopwatch();
    for (const stage of STAGES) {
      const stageBegan = performance.now();
      stopwatch.longest(stage, performance.now() - stageBegan);
    }
    const stages = stageFields(stopwatch.durations);
    logger.info('request', { timing: serverTiming(stages), stages, ...traceFields(header, 'bench') });
    durations.push(performance.now() - began);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return median(durations.slice(TIMED_WARM_UP));
}

/** The median of each case; the cases take turns, so that what disturbs one disturbs all. */
async function measured(cases: ReadonlyMap<string, () => Promise<void>>, rounds: number): Promise<Map<string, number>> {
  const durations = new Map([...cases.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      // In both directions: what a case leaves in the processor's caches is of use to the next one.
      const turns = repeat % 2 === 0 ? [...cases] : [...cases].reverse();
      for (const [name, work] of turns) {
        // Of the large batches one a round is enough.
        if (repeat === 0 || !/^batch (16|256)$/.test(name)) {
          const began = performance.now();
          await work();
          durations.get(name)!.push(performance.now() - began);
        }
      }
    }
  }
  return new Map([...durations].map(([name, values]) => [name, median(values)]));
}

void main(process.argv.slice(2));
