/**
 * Query parameters: from text to the values that their schemas speak of, each given once.
 */
import { InvalidRequestError } from '../../shared/platform/errors';
import { check, type Checked, EXPLAIN, LIST_PARAMETERS, type Schema } from './schemas';

const SCHEMAS: Readonly<Record<string, Schema>> = { ...LIST_PARAMETERS, explain: EXPLAIN };

/**
 * The filters and the page of a list.
 *
 * @throws {InvalidRequestError} also for a parameter that is not known: a filter that is spelt wrong must not be left out silently.
 */
export async function listParameters(query: URLSearchParams): Promise<Checked['ListParameters']> {
  const known = Object.keys(LIST_PARAMETERS);
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InvalidRequestError(
      `The query parameter ${JSON.stringify(unknown.slice(0, 50))} is not known: use ${known.join(', ')}.`,
    );
  }
  return checked('ListParameters', query, known);
}

/** Whether an explanation is asked for. @throws {InvalidRequestError} where `explain` is neither true nor false. */
export async function wantsExplanation(query: URLSearchParams): Promise<boolean> {
  return query.has('explain') && (await checked('LookupParameters', query, ['explain'])).explain === true;
}

/** The value of a parameter that stands in the query once. @throws {InvalidRequestError} */
export function onlyValue(query: URLSearchParams, name: string, example: string): string {
  const values = query.getAll(name);
  if (values.length !== 1) {
    throw new InvalidRequestError(`Give the query parameter "${name}" once: ${example}.`);
  }
  return values[0]!;
}

async function checked<K extends 'ListParameters' | 'LookupParameters'>(
  name: K,
  query: URLSearchParams,
  parameters: readonly string[],
): Promise<Checked[K]> {
  const given = parameters.filter((parameter) => query.has(parameter));
  const values = given.map((parameter) => [
    parameter,
    valueOf(parameter, onlyValue(query, parameter, `?${parameter}=…`)),
  ]);
  const result = await check(name, Object.fromEntries(values));
  if ('problem' in result) {
    throw new InvalidRequestError(`In the query ${result.problem}.`);
  }
  return result.value;
}

/** The text as a value of its schema's type; left as it is where it is none, which the check then says. */
function valueOf(parameter: string, text: string): unknown {
  switch (SCHEMAS[parameter]?.['type']) {
    case 'integer':
      return /^\d{1,9}$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : text);
    default:
      return text;
  }
}
