/**
 * How cost grows with the length of a name, the names that come together and the size of the memory cache: see suites/growth.ts.
 *
 *   node growth.js ROUNDS
 */
import { parseName } from '../../../shared/ingredient/name';
import { Batcher } from '../../../shared/model/batcher';
import { OnnxClassifier } from '../../../shared/model/classifier';
import { readConfig } from '../../../shared/platform/config';
import { MemoryCache } from '../../../shared/store/memory-store';
import { median } from '../measure';

const CHARACTERS = [15, 30, 60, 120];
const LETTERS = [10, 20, 40, 80];
// The queue holds 512.
const TOGETHER = [1, 4, 16, 64, 256];
const ENTRIES = [1_000, 10_000, 100_000, 1_000_000];
const READS = 2_000;

type Case = readonly [key: string, repeats: number, work: () => unknown];

async function main([rounds = '15']: readonly string[]): Promise<void> {
  const classifier = await OnnxClassifier.load(readConfig().modelDir);
  const batcher = new Batcher(() => Promise.resolve(classifier));
  const names = (size: number): string[] => Array.from({ length: size }, (_, index) => `smoked paprika ${index}`);
  const cases: Case[] = [
    ...CHARACTERS.map((length): Case => {
      const name = 'paprika pepper salt and oil '.repeat(5).slice(0, length);
      return [`length|${length}`, 10, () => classifier.classify([parseName(name).normalName])];
    }),
    ...LETTERS.map((length): Case => {
      // Without a space: the tokenizer looks for the longest piece at each letter.
      const name = 'paprikapeppersaltandoilofolivewithgarlic'.repeat(2).slice(0, length);
      return [`word|${length}`, 10, () => classifier.classify([parseName(name).normalName])];
    }),
    ...TOGETHER.map((size): Case => [
      `load|${size}`,
      1,
      () => Promise.all(names(size).map((name) => batcher.classify(name))),
    ]),
    ...ENTRIES.map((size): Case => {
      const cache = new MemoryCache<number>(size, 3_600_000);
      for (let index = 0; index < size; index += 1) {
        cache.set(`key ${index}`, index);
      }
      let next = 0;
      const read = (): void => {
        for (let count = 0; count < READS; count += 1) {
          next = (next + 7919) % size;
          cache.get(`key ${next}`);
        }
      };
      return [`cache|${size}`, 1, read];
    }),
  ];
  const durations = new Map(cases.map(([key]) => [key, [] as number[]]));
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const [key, repeats, work] of cases) {
      for (let repeat = 0; repeat < repeats; repeat += 1) {
        const began = performance.now();
        await work();
        durations.get(key)!.push(performance.now() - began);
      }
    }
  }
  const result = [...durations].map(([key, values]) => [key, median(values) / (key.startsWith('cache') ? READS : 1)]);
  process.stdout.write(`first\n${JSON.stringify(Object.fromEntries(result))}\n`);
}

void main(process.argv.slice(2));
