/**
 * A submission: what the data of a Pub/Sub message says. `unknown` until ajv has checked it.
 */
import Ajv from 'ajv';

import { InvalidMessageError } from '../../shared/platform/errors';
import { decodeJson, isRecord } from '../../shared/platform/json';

const MAX_ID_CHARACTERS = 1500;
// Either alphabet. No group repeats: one would need stack for each of millions of characters.
const BASE64 = /^[\w+/-]*={0,2}$/;
const RFC_3339 = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

// Firestore's timestamps: a time beyond them would fail at each redelivery.
const FIRST_TIME_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** The package compiles the schema with these when it is built: doing so at start takes as long as loading the model. */
export const SUBMISSION_OPTIONS = { allErrors: true, allowUnionTypes: true } as const;

const ajv = new Ajv(SUBMISSION_OPTIONS);
ajv.addFormat('date-time', (text: string) => parseTime(text) !== undefined);
ajv.addFormat('well-formed', (text: string) => text.isWellFormed());

/** Unknown fields are ignored; null counts as left out. */
export const SUBMISSION_SCHEMA = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string' },
    id: { type: ['string', 'null'], minLength: 1, maxLength: MAX_ID_CHARACTERS, format: 'well-formed' },
    submittedAt: { type: ['string', 'null'], format: 'date-time' },
  },
} as const;

interface SubmissionData {
  readonly name: string;
  readonly id?: string | null;
  readonly submittedAt?: string | null;
}

const validate = ajv.compile<SubmissionData>(SUBMISSION_SCHEMA);

/** The attributes that we read; in lower case, since an unwrapped push carries them as headers. */
export const FIRST_PUBLISHED = 'first-published';
export const ATTRIBUTES = ['cause', 'withdrawn-model', FIRST_PUBLISHED] as const;
export type Attributes = Readonly<Partial<Record<(typeof ATTRIBUTES)[number], string>>>;

/** A message as Pub/Sub delivers it, whatever its envelope. */
export interface PubSubMessage {
  /** The bytes of the message; empty where it came without data. */
  readonly data: Buffer;
  /** What they say, where the server has read them already. */
  readonly value?: unknown;
  readonly attributes: Attributes;
  readonly messageId: string | undefined;
  readonly publishTime: string | undefined;
  /** Which delivery this is, from 1, where the transport tells: only a subscription with dead letters counts. */
  readonly attempt: number | undefined;
  /** As W3C Trace Context has it. */
  readonly traceparent: string | undefined;
}

export interface SubmittedName {
  readonly name: string;
  readonly id: string | undefined;
  readonly submittedAt: Date;
}

/**
 * Finds the message in what the Functions Framework hands over: a CloudEvent, or a body that it knows nothing of.
 *
 * @param rawBody the bytes of the request's body, where they are known.
 */
export function readMessage(event: unknown, rawBody?: Buffer): PubSubMessage {
  const traceparent = isRecord(event) ? textOf(event, 'traceparent') : undefined;
  const body = isRecord(event) && isRecord(event['data']) ? event['data'] : event;
  if (!isRecord(body) || !isRecord(body['message'])) {
    // No envelope of Pub/Sub: what came is the data, as an unwrapped push has it, or what somebody has to read in `rejected`. Its bytes
    // as they came: to write deep JSON anew takes more stack than there is.
    const data = rawBody ?? Buffer.from(JSON.stringify(body ?? null));
    return { ...NO_METADATA, data, value: body, traceparent };
  }
  const message = body['message'];
  const data = textOf(message, 'data') ?? '';
  const attempt = body['deliveryAttempt'];
  return {
    // What is not base64 is kept as it came: somebody has to read it in `rejected`.
    data: Buffer.from(data, isBase64(data) ? 'base64' : 'utf8'),
    attributes: readAttributes(message['attributes']),
    messageId: textOf(message, 'messageId') ?? textOf(message, 'message_id'),
    publishTime: textOf(message, 'publishTime') ?? textOf(message, 'publish_time'),
    attempt: typeof attempt === 'number' ? attempt : undefined,
    traceparent,
  };
}

const NO_METADATA = { attributes: {}, messageId: undefined, publishTime: undefined, attempt: undefined } as const;

function textOf(record: Record<string, unknown>, field: string): string | undefined {
  return typeof record[field] === 'string' ? record[field] : undefined;
}

function readAttributes(attributes: unknown): Attributes {
  if (!isRecord(attributes)) {
    return {};
  }
  const read = ATTRIBUTES.map((name) => [name, textOf(attributes, name)]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(read) as Attributes;
}

/**
 * Reads a submission.
 *
 * @throws {InvalidMessageError} that says which part of the data is wrong.
 */
export function parseSubmission(message: PubSubMessage): SubmittedName {
  const data = message.value ?? parseJson(message.data);
  if (!validate(data)) {
    const problems = (validate.errors ?? []).map(
      ({ instancePath, message: rule }) => `${instancePath.slice(1) || 'data'} ${rule ?? ''}`,
    );
    throw new InvalidMessageError(`The message is no submission: ${problems.join('; ')}.`);
  }
  // A replay is published anew. A time that Firestore cannot hold would fail at each redelivery.
  const told = [data.submittedAt, message.attributes[FIRST_PUBLISHED], message.publishTime];
  const submittedAt = told.map((time) => parseTime(time ?? '')).find((time) => time !== undefined);
  return {
    name: data.name,
    id: data.id ?? undefined,
    submittedAt: submittedAt ?? new Date(),
  };
}

function isBase64(text: string): boolean {
  if (!BASE64.test(text)) {
    return false;
  }
  const length = text.endsWith('=') ? text.indexOf('=') : text.length;
  // One left-over character of four is no byte, and whole groups of four need no padding.
  return length % 4 > 1 || (length % 4 === 0 && length === text.length);
}

/**
 * The time that a text of RFC 3339 names, to the millisecond; undefined where it names none, or one that Firestore cannot hold.
 *
 * A leap second is the first second of the next day, as in Unix time.
 */
function parseTime(text: string): Date | undefined {
  const [, date, hour, minute, second, fraction = '', zone] = RFC_3339.exec(text) ?? [];
  // Date.parse takes a 30th of February for the 2nd of March.
  if (date === undefined || !isDate(date)) {
    return undefined;
  }
  const isLeap = second === '60';
  const timeMs = Date.parse(`${date}T${hour}:${minute}:${isLeap ? '59' : second}${fraction}${zone?.toUpperCase()}`);
  if (isLeap && !new Date(timeMs).toISOString().includes('T23:59:59')) {
    return undefined;
  }
  const time = new Date(isLeap ? timeMs + 1000 : timeMs);
  return time.getTime() >= FIRST_TIME_MS && time.getTime() <= LAST_TIME_MS ? time : undefined;
}

function isDate(text: string): boolean {
  const time = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

function parseJson(data: Buffer): unknown {
  if (data.length === 0) {
    throw new InvalidMessageError('The message has no data: publish JSON such as {"name": "smoked paprika"}.');
  }
  try {
    return decodeJson(data);
  } catch (error) {
    throw new InvalidMessageError('The data of the message is not JSON in UTF-8.', { cause: error });
  }
}
