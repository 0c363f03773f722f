/**
 * JSON from outside: bytes to values, and the first question to ask of one.
 */

/**
 * Reads JSON in UTF-8.
 *
 * @throws {TypeError} if the bytes are not UTF-8.
 * @throws {SyntaxError} if they are not JSON.
 */
export function decodeJson(bytes: Buffer): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

/** As `decodeJson`, but undefined, which no JSON is, where the bytes are none. */
export function decodeJsonIfAny(bytes: Buffer): unknown {
  try {
    return decodeJson(bytes);
  } catch {
    return undefined;
  }
}

const MAX_DEPTH = 16;
/**
 * Reads JSON that nobody can read in two ways: no name twice in an object, none that JavaScript takes for something else, no number
 * beyond a double, no deep nesting.
 *
 * @returns the value, or the sentence that says what is wrong.
 * @see https://datatracker.ietf.org/doc/html/rfc8259 sections 4, 6 and 9; RFC 7493 (I-JSON)
 */
export function decodeStrictJson(bytes: Buffer): { readonly value: unknown } | { readonly problem: string } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problem: 'The body is not in UTF-8: encode it again.' };
  }
  const problem = problemOfTokens(text);
  if (problem !== undefined) {
    return { problem };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { problem: 'The body is not JSON: check its brackets, quotes and commas.' };
  }
}

/** What is wrong with a text that may be JSON otherwise; found before it is parsed, so that nesting cannot cost a stack. */
function problemOfTokens(text: string): string | undefined {
  const objects: (Set<string> | undefined)[] = [];
  let previous = '';
  for (const token of tokensOf(text)) {
    if (token === '{' || token === '[') {
      objects.push(token === '{' ? new Set() : undefined);
      if (objects.length > MAX_DEPTH) {
        return `The body nests deeper than ${MAX_DEPTH} levels: send a flat one.`;
      }
    } else if (token === '}' || token === ']') {
      objects.pop();
    } else if (token === ':') {
      const problem = problemOfKey(previous, objects.at(-1));
      if (problem !== undefined) {
        return problem;
      }
    } else if (/^-?\d/.test(token) && !Number.isFinite(Number(token))) {
      return 'The body holds a number that is too large: send a smaller one.';
    }
    previous = token;
  }
  return undefined;
}

const PUNCTUATION = new Set('{}[],:');
const BREAKS = new Set('{}[],:" \t\r\n');

/** Strings with their quotes, punctuation, and what stands between; ends at a string that does not. Each character is seen once. */
function* tokensOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const first = text[start]!;
    let end = start + 1;
    if (first === '"') {
      while (end < text.length && text[end] !== '"') {
        end += text[end] === '\\' ? 2 : 1;
      }
      if (end >= text.length) {
        return;
      }
      end += 1;
    } else if (!BREAKS.has(first)) {
      while (end < text.length && !BREAKS.has(text[end]!)) {
        end += 1;
      }
    }
    if (first === '"' || PUNCTUATION.has(first) || !BREAKS.has(first)) {
      yield text.slice(start, end);
    }
    start = end;
  }
}

function problemOfKey(token: string, keys: Set<string> | undefined): string | undefined {
  if (!token.startsWith('"')) {
    return undefined; // no JSON either; and half a million exceptions would take seconds
  }
  let key: unknown;
  try {
    key = JSON.parse(token);
  } catch {
    return undefined; // no JSON, which the parser says
  }
  if (typeof key !== 'string' || keys === undefined) {
    return undefined;
  }
  if (key === '__proto__') {
    return 'The body has the field "__proto__": leave it out.';
  }
  if (keys.has(key)) {
    return 'The body has one field twice: send each once.';
  }
  keys.add(key);
  return undefined;
}

/** True for an object of JSON, not for null or an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
