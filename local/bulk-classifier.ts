/**
 * The model for a program that has the machine to itself: two threads where there are two processors; a function has one.
 */
import { availableParallelism } from 'node:os';

import { OnnxClassifier } from '../shared/model/classifier';

// With two, 20,000 names take 7.7 seconds, before 12.5; more were not measured.
const MOST_THREADS = 2;

/** Loads the model of `folder`. @throws as `OnnxClassifier.load`. */
export async function loadBulkClassifier(folder: string): Promise<OnnxClassifier> {
  return OnnxClassifier.load(folder, { threads: Math.min(MOST_THREADS, availableParallelism()) });
}
