/**
 * Inference with the model of MODEL_DIR, by the length of a name and by the size of a batch: see suites/inference.ts.
 *
 *   node inference.js ROUNDS
 */
import { TASKS } from '../../../shared/ingredient/answer';
import { parseName } from '../../../shared/ingredient/name';
import { readArtifacts } from '../../../shared/model/artifacts';
import { OnnxClassifier } from '../../../shared/model/classifier';
import { Encoder } from '../../../shared/model/encode';
import { createModel } from '../../../shared/model/session';
import { Vocabulary } from '../../../shared/model/wordpiece';
import { readConfig } from '../../../shared/platform/config';
import { serverTiming, stageFields, Stopwatch } from '../../../shared/platform/timing';
import { median } from '../measure';

const WORDS = 'smoked sweet paprika powder from red pepper and salt with oil of olive a little garlic in it'.split(' ');
const LENGTHS = [1, 3, 8, 30];
const BATCHES = [1, 16, 256];
const REPEATS = 20;
/** Of an answer that neither cache has. */
const STAGES = ['store', 'queue', 'encode', 'run', 'decode', 'write', 'total'];
const TIMED = 1_000;
const TIMED_ROUNDS = 21;
/** With the special ones. */
const NINE_TOKENS = 'red wine and salt';

const aName = (words: number): string =>
  Array.from({ length: words }, (_, index) => WORDS[index % WORDS.length]!)
    .join(' ')
    .slice(0, 120);

async function main([rounds = '15']: readonly string[]): Promise<void> {
  const folder = readConfig().modelDir;
  const classifier = await OnnxClassifier.load(folder);
  const { manifest, modelPath, modelBytes, vocab } = await readArtifacts(folder);
  const controls = TASKS.map((task) => manifest.tasks[task].controlToken);
  const encoder = new Encoder(new Vocabulary(vocab), controls, manifest.maxTokens);
  const model = await createModel(modelPath, modelBytes);

  const whole = (texts: readonly string[]) => async () => {
    await classifier.classify(texts.map((text) => parseName(text).normalName));
  };
  const bare = (text: string) => {
    const encoded = encoder.encodeBatch([parseName(text).normalName]);
    return async () => {
      await model.run(encoded);
    };
  };
  const cases = new Map<string, () => Promise<void>>();
  for (const text of [NINE_TOKENS, ...LENGTHS.map(aName)]) {
    cases.set(`${text}|run`, bare(text)).set(`${text}|whole`, whole([text]));
  }
  for (const size of BATCHES) {
    cases.set(`batch ${size}`, whole(Array.from({ length: size }, (_, index) => `smoked paprika ${index}`)));
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
  result['timing an answer|whole'] = timingMs();
  process.stdout.write(`first\n${JSON.stringify(result)}\n`);
}

/** What the stages of one answer cost to measure, and to write for the header and the log. */
function timingMs(): number {
  let written = 0;
  const one = (): void => {
    const stopwatch = new Stopwatch();
    for (const stage of STAGES) {
      const began = performance.now();
      stopwatch.longest(stage, performance.now() - began);
    }
    written += serverTiming(stopwatch.durations).length + Object.keys(stageFields(stopwatch.durations)).length;
  };
  const rounds = Array.from({ length: TIMED_ROUNDS }, () => {
    const began = performance.now();
    for (let count = 0; count < TIMED; count += 1) {
      one();
    }
    return (performance.now() - began) / TIMED;
  });
  // Read, so that nothing of it can be left out.
  return written > 0 ? median(rounds) : NaN;
}

/** The median of each case; the cases take turns, so that what disturbs one disturbs all. */
async function measured(cases: ReadonlyMap<string, () => Promise<void>>, rounds: number): Promise<Map<string, number>> {
  const durations = new Map([...cases.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      for (const [name, work] of cases) {
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
