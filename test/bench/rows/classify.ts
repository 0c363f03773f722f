/**
 * Our classifier alone, without a server, as `npm run classify` loads it: the model of MODEL_DIR, one name, then the same again. See suites/stages.ts.
 */
import { loadBulkClassifier } from '../../../local/bulk-classifier';
import { parseName } from '../../../shared/ingredient/name';
import { readConfig } from '../../../shared/platform/config';
import { median, peakMb } from '../measure';

const RUNS = 300;
const WARM_UP = 5;

async function main([text = '']: readonly string[]): Promise<void> {
  const classifier = await loadBulkClassifier(readConfig().modelDir);
  const answer = async () => classifier.classify([parseName(text).normalName]);
  await answer();
  process.stdout.write('first\n');
  for (let run = 0; run < WARM_UP; run += 1) {
    await answer();
  }
  const durations: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const began = performance.now();
    await answer();
    durations.push(performance.now() - began);
  }
  process.stdout.write(`${JSON.stringify({ p50Ms: median(durations), peakMb: peakMb() })}\n`);
}

void main(process.argv.slice(2));
