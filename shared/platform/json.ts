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

/** True for an object of JSON, not for null or an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
