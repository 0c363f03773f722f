/**
 * What a command ends with where its user can help: the message is one line that says what to change.
 */

/** The command cannot do its work as things are; its exit status is 1. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly code: string = 'COMMAND_FAILED';
  /** Nothing sends a command again but its user. */
  readonly retryable = false;
}

/** The command was called with options that it does not take; its exit status is 2. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
  override readonly code = 'WRONG_USAGE';
}

/** The first line of what went wrong: libraries of others go on with advice and lists. */
export function firstLine(error: unknown): string {
  return (error as Error).message.split('\n', 1)[0]!.trim();
}
