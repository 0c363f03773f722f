/**
 * The events of a soak and what must be there at its end: valid ones, duplicates of them, and poison.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { parseName } from '../../shared/ingredient/name';
import { ROOT } from '../support/fixtures';
import { poison, type Poison, SALT } from './poison';

const DUPLICATES = 0.05;
const POISON = 0.02;
/** Names that look as if they could break something, and are good ones. */
const ODD_NAMES = [
  '50/50 butter',
  '.',
  '..',
  '__x__',
  '__proto__',
  'constructor',
  'null',
  '🧂',
  'a\u0301',
  'ﷺ',
  "Robert'); --",
];

export interface Event {
  readonly data: Buffer;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly pushedAs?: Poison['pushedAs'];
}

export interface Expected {
  readonly normalName: string;
  readonly names: Set<string>;
  readonly ids: Set<string>;
}

export interface Plan {
  readonly events: readonly Event[];
  /** By key. */
  readonly ingredients: ReadonlyMap<string, Expected>;
  /** Code by the SHA-256 of the data. */
  readonly rejected: ReadonlyMap<string, string>;
}

/** Plans `count` events in an order that is the same for the same seed. */
export function planEvents(count: number, seed = 1): Plan {
  const random = generator(seed);
  const poisons = Array.from({ length: Math.round(count * POISON) }, (_, n) => poison(n));
  const duplicates = Math.round(count * DUPLICATES);
  const names = [...ODD_NAMES, ...SALT, ...shuffled(learnedNames(), random)].slice(
    0,
    count - duplicates - poisons.length,
  );
  const valid = names.map((name, index) => toSubmission(name, index));
  const again = Array.from({ length: duplicates }, () => valid[Math.floor(random() * valid.length)]!);
  const rejected = new Map(poisons.map(({ data, code }: Poison) => [sha256(data), code]));
  return {
    events: shuffled([...valid.map(({ event }) => event), ...again.map(({ event }) => event), ...poisons], random),
    ingredients: expectedOf(valid),
    rejected,
  };
}

interface Submitted {
  readonly name: string;
  readonly id: string | undefined;
  readonly event: Event;
}

/** Two of three with an id. */
function toSubmission(name: string, index: number): Submitted {
  const id = index % 3 === 0 ? undefined : `app-${index}`;
  return { name, id, event: { data: Buffer.from(JSON.stringify({ name, id })) } };
}

function expectedOf(valid: readonly Submitted[]): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  for (const { name, id } of valid) {
    const { key, normalName, name: trimmed } = parseName(name);
    const entry = expected.get(key) ?? { normalName, names: new Set(), ids: new Set() };
    expected.set(key, entry);
    entry.names.add(trimmed);
    if (id !== undefined) {
      entry.ids.add(id);
    }
  }
  return expected;
}

/** What the model learned from: some thirty thousand names. */
function learnedNames(): string[] {
  const names = ['ingredients', 'not_ingredients'].flatMap((folder) => {
    const directory = path.join(ROOT, 'training/data', folder);
    return readdirSync(directory).flatMap((file) =>
      readFileSync(path.join(directory, file), 'utf8')
        .split('\n')
        .slice(1)
        .map((line) => line.split('\t', 1)[0]!)
        .filter((name) => name !== ''),
    );
  });
  return [...new Set(names)];
}

export function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Mulberry32 (Tommy Ettinger, public domain): numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fisher and Yates. */
function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const result = [...values];
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
