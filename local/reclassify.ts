/**
 * `npm run reclassify`: an event for each submitted ingredient whose answer another model gave, so that the functions label it anew.
 *
 * Ranges of keys are walked side by side. What was published is written down after each page: a run that ended goes on from there, and a
 * page that was published twice changes nothing.
 */
import { parseArgs } from 'node:util';

import { compareModelVersions } from '../shared/ingredient/answer';
import { readManifest } from '../shared/model/artifacts';
import { type Config, readConfig } from '../shared/platform/config';
import { ServiceError } from '../shared/platform/errors';
import { type KeyRange, keyRanges, KeyWalk, type Walked } from '../shared/store/firestore-walk';
import { CommandError, firstLine, UsageError } from './errors';
import { lookForNoMetadataServer } from './metadata-server';
import { openPublisher, type Publisher } from './pubsub';
import { Rate } from './rate';
import { type Counts, WalkState } from './walk-state';

const USAGE = `Usage: npm run reclassify -- [--older-than-model V | --from-model V] [--dry-run] [--rate N] [--part I/N] [--state FILE]

Publishes an event with cause=reclassify to the topic TOPIC for each submitted ingredient that another model labelled, of the
emulators where both are set, else of the project GOOGLE_CLOUD_PROJECT. A person's labels, and what only lookups brought, stay.
  --older-than-model V  those that a model before V labelled; without either option, before the model in MODEL_DIR
  --from-model V        those that the model V labelled, also where it is newer and beside reviews: V is withdrawn. Roll the
                        functions back to another model first
  --dry-run             counts them and publishes nothing
  --rate N              events a second at most (500): Firestore takes 500 writes a second at first, and half as many again
                        every five minutes
  --part I/N            the Ith of N parts of the ingredients, such as 2/4: for several machines at once, each with its part of
                        the rate
  --state FILE          where its progress is written (.data/reclassify.json); a run that was ended goes on from there
Exit status: 0, or 1 if it could not be done to its end, or 2 for a wrong option.
`;
const RANGES = 256;
const SIDE_BY_SIDE = 16;
const PAGE = 300;
const TELL_EVERY_MS = 2_000;
const DEFAULT_RATE = 500;
const VERSION = /^\d+(\.\d+)*$/;

/** Every `of`th range, from the number `index` on. */
interface Part {
  readonly index: number;
  readonly of: number;
}

interface Options {
  readonly olderThan: string | undefined;
  readonly from: string | undefined;
  readonly isDryRun: boolean;
  readonly rate: number;
  readonly part: Part;
  readonly stateFile: string;
}

export async function main(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (options === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  const config = readConfig();
  checkTarget(config);
  const olderThan =
    options.from === undefined ? (options.olderThan ?? (await readManifest(config.modelDir)).version) : undefined;
  const what = olderThan === undefined ? `from the model ${options.from}` : `by a model before ${olderThan}`;
  const state = await WalkState.open(options.isDryRun ? undefined : options.stateFile, {
    project: config.projectId ?? '',
    database: config.firestoreDatabase,
    topic: config.topic,
    what,
    ...(options.part.of === 1 ? {} : { part: `part ${options.part.index + 1} of ${options.part.of}` }),
  });
  process.stderr.write(`${state.isResumed ? 'Goes on with' : 'Looks for'} submitted ingredients labelled ${what}.\n`);
  const walk = await KeyWalk.open({
    projectId: config.projectId,
    database: config.firestoreDatabase,
    emulatorHost: config.firestoreEmulatorHost,
  });
  const publisher = options.isDryRun ? undefined : await openPublisher(config);
  const ranges = rangesOf(options.part);
  const telling = setInterval(() => {
    process.stderr.write(`${progressOf(state, ranges.length)}\n`);
  }, TELL_EVERY_MS);
  try {
    await walkAll(ranges, { walk, publisher, state, olderThan, from: options.from, rate: new Rate(options.rate) });
  } catch (error) {
    const expected = error instanceof ServiceError || error instanceof CommandError;
    throw expected ? new CommandError(`${error.message} Run it again: it goes on from here.`, { cause: error }) : error;
  } finally {
    clearInterval(telling);
    await Promise.all([walk.close(), publisher?.close()]);
  }
  await state.finish();
  process.stdout.write(`${summaryOf(state.counts, options.isDryRun)}\n`);
  return 0;
}

function parse(args: readonly string[]): Options | undefined {
  const options = {
    'older-than-model': { type: 'string' },
    'from-model': { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    rate: { type: 'string', default: String(DEFAULT_RATE) },
    part: { type: 'string', default: '1/1' },
    state: { type: 'string', default: '.data/reclassify.json' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    throw new UsageError(`${firstLine(error)} (--help shows all)`, { cause: error });
  }
  const { 'older-than-model': olderThan, 'from-model': from } = values;
  if (values.help) {
    return undefined;
  }
  if (olderThan !== undefined && from !== undefined) {
    throw new UsageError('--older-than-model and --from-model exclude each other: leave one of them out');
  }
  const version = olderThan ?? from;
  if (version !== undefined && !VERSION.test(version)) {
    throw new UsageError(`a model's version is numbers and dots, such as 2026.12.1, not ${JSON.stringify(version)}`);
  }
  if (!/^[1-9]\d{0,5}$/.test(values.rate)) {
    throw new UsageError(`--rate must be a whole number from 1 to 999999, not ${JSON.stringify(values.rate)}`);
  }
  const rest = { isDryRun: values['dry-run'], rate: Number(values.rate), stateFile: values.state };
  return { olderThan, from, part: parsePart(values.part), ...rest };
}

function parsePart(text: string): Part {
  const [, number, of] = /^([1-9]\d{0,2})\/([1-9]\d{0,2})$/.exec(text)?.map(Number) ?? [];
  if (number === undefined || of === undefined || number > of || of > RANGES) {
    throw new UsageError(`--part must be one of at most ${RANGES} parts, such as 2/4, not ${JSON.stringify(text)}`);
  }
  return { index: number - 1, of };
}

function rangesOf({ index, of }: Part): NumberedRange[] {
  return [...keyRanges(RANGES).entries()].filter(([range]) => range % of === index);
}

/** Never the names of an emulator into a topic of the cloud, or the other way. */
function checkTarget({ firestoreEmulatorHost, pubsubEmulatorHost }: Config): void {
  if ((firestoreEmulatorHost === undefined) !== (pubsubEmulatorHost === undefined)) {
    throw new CommandError('set both FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST, or neither');
  }
  if (firestoreEmulatorHost !== undefined) {
    lookForNoMetadataServer();
  }
}

type NumberedRange = readonly [index: number, range: KeyRange];

interface Work {
  readonly walk: KeyWalk;
  /** None in a dry run. */
  readonly publisher: Publisher | undefined;
  readonly state: WalkState;
  readonly olderThan: string | undefined;
  readonly from: string | undefined;
  readonly rate: Rate;
}

/** Walks what is left of every range, some side by side; the first failure ends all of them at their next page. */
async function walkAll(all: readonly NumberedRange[], work: Work): Promise<void> {
  const ranges = all.filter(([index]) => !work.state.isDone(index));
  const failure = new AbortController();
  const workers = Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (let next = ranges.shift(); next !== undefined && !failure.signal.aborted; next = ranges.shift()) {
      await walkRange(next, work, failure.signal);
    }
  });
  const ended = workers.map((worker) =>
    worker.catch((error: unknown) => {
      failure.abort(error);
    }),
  );
  await Promise.all(ended);
  failure.signal.throwIfAborted();
}

async function walkRange([index, range]: NumberedRange, work: Work, failed: AbortSignal): Promise<void> {
  const { walk, state, from } = work;
  for (;;) {
    const page = await walk.page(range, state.after(index), PAGE, from);
    if (failed.aborted) {
      return;
    }
    const meant = page.filter((one) => isMeant(one, work));
    await Promise.all(meant.map((one) => publish(one, work)));
    const counts = { read: page.length, published: meant.length };
    await state.advance(index, page.length < PAGE ? null : page.at(-1)!.key, counts);
    if (page.length < PAGE) {
      return;
    }
  }
}

function isMeant({ model, besideReview, isReviewed, isSubmitted }: Walked, { olderThan, from }: Work): boolean {
  if (olderThan === undefined) {
    return isSubmitted && [model, besideReview].includes(from);
  }
  return isSubmitted && !isReviewed && compareModelVersions(model, olderThan) < 0;
}

async function publish({ name }: Walked, { publisher, rate, from }: Work): Promise<void> {
  if (publisher === undefined) {
    return;
  }
  await rate.turn();
  const withdrawn = from === undefined ? {} : { 'withdrawn-model': from };
  await publisher.publish(Buffer.from(JSON.stringify({ name })), { cause: 'reclassify', ...withdrawn });
}

function progressOf({ counts, done }: WalkState, ranges: number): string {
  return `${Math.floor((100 * done) / ranges)} %: ${counts.read} read, ${counts.published} published`;
}

function summaryOf({ read, published }: Counts, isDryRun: boolean): string {
  return isDryRun ? `${published} of ${read} read would be published` : `published ${published} of ${read} read`;
}
