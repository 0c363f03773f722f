/**
 * One JSON line an event on standard output, in Cloud Logging's field names.
 *
 * Values are encoded as JSON, so a name in a log cannot forge a line.
 *
 * @see https://cloud.google.com/logging/docs/structured-logging
 */
import { LOG_LEVELS, type LogLevel } from './config';
import { ServiceError } from './errors';

export type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warning(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** A logger that drops what is below `level`. */
export function createLogger(level: LogLevel, write: (line: string) => void = writeToStdout): Logger {
  const least = LOG_LEVELS.indexOf(level);
  const at =
    (severity: LogLevel) =>
    (message: string, fields: Fields = {}): void => {
      if (LOG_LEVELS.indexOf(severity) >= least) {
        // U+2028 and U+2029 end a line for some readers, and JSON leaves them as they are.
        const line = JSON.stringify({ severity, time: timeOf(Date.now()), message, ...fields });
        write(`${line.replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)}\n`);
      }
    };
  return { debug: at('DEBUG'), info: at('INFO'), warning: at('WARNING'), error: at('ERROR') };
}

// A line of a request takes longer for its time than for its fields: the second is written once, and kept.
let second = NaN;
let secondText = '';

/** RFC 3339 in UTC, to the millisecond. */
function timeOf(nowMs: number): string {
  const ms = nowMs % 1000;
  if (nowMs - ms !== second) {
    second = nowMs - ms;
    secondText = new Date(second).toISOString().slice(0, -'000Z'.length);
  }
  return `${secondText}${String(ms).padStart(3, '0')}Z`;
}

/** An error as log fields: its code, message and stack, and its cause's message. `cause` is a field of `event` lines, so it is not that. */
export function errorFields(error: unknown): Fields {
  if (!(error instanceof Error)) {
    return { error: String(error) };
  }
  const code = error instanceof ServiceError ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { errorCause: errorFields(error.cause)['error'] };
  return { ...code, error: error.message, stack: error.stack, ...cause };
}

/** The trace of a request, as Cloud Logging links it, from the header `traceparent` or `X-Cloud-Trace-Context`. */
export function traceFields(header: (name: string) => string | undefined, projectId: string | undefined): Fields {
  const trace =
    /^[\da-f]{2}-([\da-f]{32})-/.exec(header('traceparent') ?? '')?.[1] ??
    /^([\da-f]{32})\//.exec(header('x-cloud-trace-context') ?? '')?.[1];
  if (trace === undefined) {
    return {};
  }
  return { 'logging.googleapis.com/trace': projectId === undefined ? trace : `projects/${projectId}/traces/${trace}` };
}

// A write to a pipe is a system call that waits: under load it costs as much as the answer, so the lines of a turn go out together.
let waiting = '';

function writeToStdout(line: string): void {
  if (waiting === '') {
    setImmediate(flush);
  }
  waiting += line;
}

function flush(): void {
  const lines = waiting;
  waiting = '';
  if (lines !== '') {
    process.stdout.write(lines);
  }
}

// What was logged in the turn that ends the process.
process.on('exit', flush);
