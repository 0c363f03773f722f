/**
 * A submission: what the data of a Pub/Sub message says. `unknown` until ajv has checked it.
 */
import Ajv from 'ajv';

import { InvalidMessageError } from '../../shared/platform/errors';

const MAX_ID_CHARACTERS = 1500;
// Either alphabet; one left-over character of four is no byte.
const BASE64 = /^(?:[\w+/-]{4})*(?:[\w+/-]{2,3}={0,2})?$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

// Firestore's timestamps: a time beyond them would fail at each redelivery.
const FIRST_TIME_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
ajv.addFormat('date-time', (text: string) => RFC_3339.test(text) && isStorable(Date.parse(text)));
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

/** A message as Pub/Sub delivers it, whatever its envelope. */
export interface PubSubMessage {
  /** The bytes of the message; empty where it came without data. */
  readonly data: Buffer;
  readonly messageId: string | undefined;
  readonly publishTime: string | undefined;
}

export interface SubmittedName {
  readonly name: string;
  readonly id: string | undefined;
  readonly submittedAt: Date;
}

/**
 * Finds the message in what the Functions Framework hands over: a CloudEvent, or the body of a push without data, which it leaves
 * as it is.
 */
export function readMessage(event: unknown): PubSubMessage {
  const body = isRecord(event) && isRecord(event['data']) ? event['data'] : event;
  const message = isRecord(body) && isRecord(body['message']) ? body['message'] : {};
  const text = (field: string): string | undefined => (typeof message[field] === 'string' ? message[field] : undefined);
  const data = text('data') ?? '';
  return {
    // What is not base64 is kept as it came: somebody has to read it in `rejected`.
    data: Buffer.from(data, BASE64.test(data) ? 'base64' : 'utf8'),
    messageId: text('messageId') ?? text('message_id'),
    publishTime: text('publishTime') ?? text('publish_time'),
  };
}

/**
 * Reads a submission.
 *
 * @throws {InvalidMessageError} that says which part of the data is wrong.
 */
export function parseSubmission(message: PubSubMessage): SubmittedName {
  const data = parseJson(message.data);
  if (!validate(data)) {
    const problems = (validate.errors ?? []).map(
      ({ instancePath, message: rule }) => `${instancePath.slice(1) || 'data'} ${rule ?? ''}`,
    );
    throw new InvalidMessageError(`The message is no submission: ${problems.join('; ')}.`);
  }
  const submittedAt = data.submittedAt ?? message.publishTime;
  const parsed = submittedAt === undefined ? NaN : Date.parse(submittedAt);
  return {
    name: data.name,
    id: data.id ?? undefined,
    submittedAt: Number.isNaN(parsed) ? new Date() : new Date(parsed),
  };
}

/** False also for NaN. */
function isStorable(timeMs: number): boolean {
  return timeMs >= FIRST_TIME_MS && timeMs <= LAST_TIME_MS;
}

function parseJson(data: Buffer): unknown {
  if (data.length === 0) {
    throw new InvalidMessageError('The message has no data: publish JSON such as {"name": "smoked paprika"}.');
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch (error) {
    throw new InvalidMessageError('The data of the message is not JSON in UTF-8.', { cause: error });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
