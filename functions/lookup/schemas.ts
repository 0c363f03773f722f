/**
 * JSON schemas of requests.
 */
import Ajv from 'ajv';

export const MAX_BATCH = 256;

export interface BatchRequest {
  readonly names: readonly unknown[];
}

/** Each name is checked by itself, so that a bad one does not keep the others from an answer. */
export const BATCH_SCHEMA = {
  type: 'object',
  required: ['names'],
  properties: { names: { type: 'array', minItems: 1, maxItems: MAX_BATCH } },
} as const;

const ajv = new Ajv({ allErrors: true });

export const validateBatch = ajv.compile<BatchRequest>(BATCH_SCHEMA);

/** What a validator found, as a sentence that says what to change. */
export function validationDetail(errors: typeof validateBatch.errors): string {
  const problems = (errors ?? []).map(
    ({ instancePath, message }) => `${instancePath.slice(1) || 'the body'} ${message ?? ''}`,
  );
  return `${problems.join('; ')}: send {"names": ["smoked paprika"]} with 1 to ${MAX_BATCH} names.`;
}
