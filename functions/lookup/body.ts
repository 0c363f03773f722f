/**
 * The JSON body of a request, checked against its schema.
 */
import { decodeStrictJson } from '../../shared/platform/json';
import type { HttpRequest } from './http';
import { type Problem, problem, PROBLEMS } from './problem';
import { check, type Checked } from './schemas';

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

const EXAMPLES = {
  Batch: 'send {"names": ["smoked paprika"]} with 1 to 256 names',
  Review:
    'send {"ingredient": "ingredient", "source": "plant", "categories": ["spice"]}; ' +
    'with "not_ingredient" the source is null and the categories are empty',
} as const;

/** What the body says, or the problem with it. */
export async function readBody<K extends keyof typeof EXAMPLES>(
  name: K,
  request: HttpRequest,
): Promise<{ readonly value: Checked[K] } | { readonly refusal: Problem }> {
  if (!JSON_TYPE.test(request.header('content-type') ?? '')) {
    return { refusal: problem(PROBLEMS.unsupportedType) };
  }
  const json = decodeStrictJson(request.body);
  if ('problem' in json) {
    return { refusal: problem(PROBLEMS.badJson, json.problem) };
  }
  const checked = await check(name, json.value);
  if ('problem' in checked) {
    return { refusal: problem(PROBLEMS.badRequest, `In the body ${checked.problem}: ${EXAMPLES[name]}.`) };
  }
  return checked;
}
