/**
 * Checks an answer against openapi.json: its status, type, headers and body must be as they are described.
 */
import { Ajv2020 } from 'ajv/dist/2020';

import { OPENAPI } from '../../functions/lookup/openapi';

interface Described {
  readonly $ref?: string;
  readonly headers?: Record<string, { $ref?: string; required?: boolean }>;
  readonly content?: Record<string, { schema: object }>;
}

const ajv = new Ajv2020({ strict: false });
ajv.addSchema(OPENAPI, 'openapi.json');

type Document = Pick<typeof OPENAPI, 'paths' | 'components'>;

/** What a reference within the document leads to. */
function resolve<T extends { $ref?: string }>(value: T, document: Document): T {
  if (value.$ref === undefined) {
    return value;
  }
  const parts = value.$ref.split('/').slice(1);
  return parts.reduce<unknown>((found, part) => (found as Record<string, unknown>)[part], document) as T;
}

/** The differences between an answer and its description; empty where there are none. */
export async function undescribed(
  response: Response,
  method: string,
  path: string,
  document: Document = OPENAPI,
): Promise<string[]> {
  const operation = (document.paths[path] as Record<string, { responses: Record<string, Described> }> | undefined)?.[
    method.toLowerCase()
  ];
  const entry = operation?.responses[response.status];
  if (entry === undefined) {
    return [`${method} ${path} has no answer ${response.status}`];
  }
  const described = resolve(entry, document);
  const missing = Object.entries(described.headers ?? {})
    .filter(([name, header]) => resolve(header, document).required === true && !response.headers.has(name))
    .map(([name]) => `the header ${name} is missing`);
  return [...missing, ...bodyProblems(described, response.headers.get('content-type'), await response.clone().text())];
}

function bodyProblems({ content }: Described, type: string | null, body: string): string[] {
  if (content === undefined) {
    return body === '' ? [] : ['there is a body'];
  }
  const schema = content[type ?? '']?.schema;
  if (schema === undefined) {
    return [`the type ${type} is not described`];
  }
  const validate = ajv.compile(absolute(schema) as object);
  return validate(JSON.parse(body)) ? [] : [ajv.errorsText(validate.errors)];
}

/** References of the document are relative to it. */
function absolute(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi.json#/'));
}
