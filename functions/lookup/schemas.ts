/**
 * JSON schemas (2020-12) of requests and answers: the validators and openapi.json are made from them alone.
 */
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020';

import { TASKS } from '../../shared/ingredient/answer';
import { CATEGORY_LABELS, INGREDIENT_LABELS, type ReviewLabels, SOURCE_LABELS } from '../../shared/ingredient/labels';
import { MAX_NAME_CODE_POINTS } from '../../shared/ingredient/name';

export const MAX_BATCH = 256;
export const MAX_PAGE_SIZE = 256;
export const DEFAULT_PAGE_SIZE = 50;

export type Schema = Readonly<Record<string, unknown>>;

const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const confidence: Schema = {
  type: 'number',
  minimum: 0,
  maximum: 1,
  description: 'Calibrated: of all answers with 0.9, nine in ten are right. 1 is a person’s.',
};

const labelOf = (labels: readonly string[]): Schema => ({
  type: 'object',
  required: ['label', 'confidence'],
  properties: { label: { type: 'string', enum: labels }, confidence },
  additionalProperties: false,
});

const describedLabels: Schema = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['label', 'description'],
    properties: { label: { type: 'string' }, description: { type: 'string' } },
    additionalProperties: false,
  },
};

// No control character. By ranges, since not every reader of the document knows \p; a URL cannot hold a lone surrogate.
const UNSEEN = '\\u0000-\\u001f\\u007f-\\u009f';
const WHITE_SPACE = ' \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';

/** A name in a URL. White space around it is cut off before it is counted; something must be left. */
export const NAME: Schema = {
  type: 'string',
  description:
    'White space around it does not count. Its characters are counted as code points of its form NFC, which is longer for a few of them: ' +
    'such a name may be too long with fewer, and has 400.',
  minLength: 1,
  maxLength: MAX_NAME_CODE_POINTS,
  pattern: `^[^${UNSEEN}]*[^${UNSEEN}${WHITE_SPACE}][^${UNSEEN}]*$`,
};

export const PREFIX: Schema = {
  type: 'string',
  maxLength: MAX_NAME_CODE_POINTS,
  pattern: `^[^${UNSEEN}]*$`,
};

const answerProperties: Schema = {
  name: { type: 'string', description: 'As it was asked for, without white space around it.' },
  key: {
    type: 'string',
    pattern: '^n1-[0-9a-f]{32}$',
    description: 'The id of the name’s normal form: equal keys have equal answers.',
  },
  ingredient: labelOf(INGREDIENT_LABELS),
  source: {
    description: 'Null for what is no ingredient.',
    anyOf: [labelOf(SOURCE_LABELS), { type: 'null' }],
  },
  categories: {
    type: 'array',
    items: labelOf(CATEGORY_LABELS),
    description: 'The surest first; at least one for an ingredient, none for what is no ingredient.',
  },
  needsReview: {
    type: 'array',
    items: { type: 'string', enum: TASKS },
    uniqueItems: true,
    description: 'The tasks whose confidence is too low to act on by itself.',
  },
  model: { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)*$' },
  origin: { type: 'string', enum: ['model', 'review'], description: '`review` where a person’s labels stand.' },
};
const ANSWER_FIELDS = Object.keys(answerProperties);

const part: Schema = {
  type: 'number',
  minimum: -1,
  maximum: 1,
  description: 'How much the confidence in the answer’s labels falls when the word is left out.',
};

/** Every schema that has a name in openapi.json. */
export const SCHEMAS = {
  Answer: {
    type: 'object',
    required: ANSWER_FIELDS,
    properties: answerProperties,
    additionalProperties: false,
  },
  ExplainedAnswer: {
    type: 'object',
    required: ANSWER_FIELDS,
    properties: { ...answerProperties, why: reference('Explanation') },
    additionalProperties: false,
  },
  Explanation: {
    type: 'object',
    description: 'With `explain=true`. Where a person’s labels stand, no word has a part in them and `words` is empty.',
    required: ['words'],
    properties: {
      words: {
        type: 'array',
        items: {
          type: 'object',
          required: ['word', ...TASKS],
          properties: {
            word: { type: 'string', description: 'A word of the normal form, in its order.' },
            ingredient: part,
            source: part,
            categories: part,
          },
          additionalProperties: false,
        },
      },
      nearest: {
        type: 'array',
        items: { type: 'string' },
        description:
          'The names that the model was taught and that are nearest to this one, where the release carries them.',
      },
    },
    additionalProperties: false,
  },
  Batch: {
    type: 'object',
    required: ['names'],
    properties: {
      names: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_BATCH,
        // Each name is checked by itself, so that a bad one does not keep the others from an answer.
        items: { description: 'A name. What is none has an entry with `error` in the results.' },
        examples: [['honey', 'smoked paprika']],
      },
    },
    additionalProperties: false,
  },
  BatchResults: {
    type: 'object',
    required: ['results'],
    properties: {
      results: {
        type: 'array',
        description: 'In the order of the names.',
        items: {
          anyOf: [
            reference('Answer'),
            {
              type: 'object',
              required: ['error'],
              properties: { error: reference('Problem') },
              additionalProperties: false,
            },
          ],
        },
      },
    },
    additionalProperties: false,
  },
  List: {
    type: 'object',
    required: ['results'],
    properties: {
      results: { type: 'array', items: reference('Answer'), description: 'In the order of their normal forms.' },
      nextPageToken: {
        type: 'string',
        description: 'What `pageToken` takes for the next page; left out on the last one.',
      },
    },
    additionalProperties: false,
  },
  Review: {
    description: 'A person’s labels, all three.',
    type: 'object',
    required: ['ingredient', 'source', 'categories'],
    properties: {
      ingredient: { type: 'string', enum: INGREDIENT_LABELS },
      source: { type: ['string', 'null'], enum: [...SOURCE_LABELS, null] },
      categories: {
        type: 'array',
        items: { type: 'string', enum: CATEGORY_LABELS },
        uniqueItems: true,
        description: 'The most fitting first.',
      },
    },
    additionalProperties: false,
    oneOf: [
      {
        required: ['ingredient', 'source'],
        properties: {
          ingredient: { const: 'ingredient' },
          source: { type: 'string' },
          categories: { type: 'array', minItems: 1 },
        },
      },
      {
        required: ['ingredient', 'source'],
        properties: {
          ingredient: { const: 'not_ingredient' },
          source: { type: 'null' },
          categories: { type: 'array', maxItems: 0 },
        },
      },
    ],
  },
  Labels: {
    type: 'object',
    required: ['model', ...TASKS],
    properties: {
      model: { type: 'string', description: 'The version of the model.' },
      ...Object.fromEntries(TASKS.map((task) => [task, describedLabels])),
    },
    additionalProperties: false,
  },
  Health: {
    type: 'object',
    required: ['status'],
    properties: { status: { const: 'ok' } },
    additionalProperties: false,
  },
  Problem: {
    type: 'object',
    description: 'RFC 9457. `code` is what programs match; `detail` says what to change.',
    required: ['title', 'status', 'code', 'detail'],
    properties: {
      title: { type: 'string' },
      status: { type: 'integer', minimum: 400, maximum: 599 },
      code: { type: 'string', pattern: '^[A-Z_]+$' },
      detail: { type: 'string' },
    },
    additionalProperties: false,
  },
} as const satisfies Record<string, Schema>;

/** Query parameters of a list, beside its page. */
export const LIST_PARAMETERS = {
  source: { type: 'string', enum: SOURCE_LABELS },
  category: { type: 'string', enum: CATEGORY_LABELS },
  prefix: PREFIX,
  pageSize: { type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: DEFAULT_PAGE_SIZE },
  // The code points of a normal name, six hex digits each: every token of this shape is a place in the list.
  pageToken: {
    type: 'string',
    pattern: '^(00([0-9a-cef][0-9a-f]|d[0-7])[0-9a-f]{2}|0[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})+$',
    maxLength: 14_000,
  },
} as const satisfies Record<string, Schema>;

export const EXPLAIN: Schema = { type: 'boolean', default: false };

/** What a request may hold, by the name of its check. */
export interface Checked {
  readonly Batch: { readonly names: readonly unknown[] };
  readonly Review: ReviewLabels;
  readonly ListParameters: {
    readonly source?: string;
    readonly category?: string;
    readonly prefix?: string;
    readonly pageSize?: number;
    readonly pageToken?: string;
  };
  readonly LookupParameters: { readonly explain?: boolean };
}

const CHECKS: Readonly<Record<keyof Checked, Schema>> = {
  Batch: SCHEMAS.Batch,
  Review: SCHEMAS.Review,
  ListParameters: { type: 'object', properties: LIST_PARAMETERS, additionalProperties: false },
  LookupParameters: { type: 'object', properties: { explain: EXPLAIN } },
};

const validators = new Map<keyof Checked, ValidateFunction>();

/**
 * Checks a value from outside.
 *
 * Validators are compiled when they are first needed: a lookup of one name, and so a cold start, needs none.
 */
export async function check<K extends keyof Checked>(
  name: K,
  value: unknown,
): Promise<{ readonly value: Checked[K] } | { readonly problem: string }> {
  let validate = validators.get(name);
  if (validate === undefined) {
    const { Ajv2020 } = await import('ajv/dist/2020.js');
    validate = new Ajv2020({ allErrors: false, strictTypes: false, strictRequired: false }).compile(CHECKS[name]);
    validators.set(name, validate);
  }
  return validate(value) ? { value: value as Checked[K] } : { problem: detailOf(validate.errors ?? []) };
}

/** What a validator found, as a sentence that says what to change. */
function detailOf(errors: readonly ErrorObject[]): string {
  const sentences = errors.map(({ instancePath, message, params }) => {
    const where = instancePath === '' ? 'it' : instancePath.slice(1).replaceAll('/', '.');
    const { allowedValues, additionalProperty } = params as { allowedValues?: unknown[]; additionalProperty?: string };
    const what =
      additionalProperty === undefined
        ? `${message ?? ''}${allowedValues === undefined ? '' : ` (${allowedValues.join(', ')})`}`
        : `must not have ${JSON.stringify(additionalProperty.slice(0, 50))}`;
    return `${where} ${what}`;
  });
  return [...new Set(sentences)].join('; ');
}
