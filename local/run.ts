/**
 * Runs a command: its result is the exit status, and an error of ours is one line without a stack trace.
 */
import { ServiceError } from '../shared/platform/errors';
import { CommandError, UsageError } from './errors';

export function run(main: (args: readonly string[]) => Promise<number>): void {
  // A reader that has seen enough ("| head") is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  main(process.argv.slice(2)).then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      const expected = error instanceof ServiceError || error instanceof CommandError;
      const message = expected ? `Error: ${error.message}` : String((error as Error).stack);
      const status = error instanceof UsageError ? 2 : 1;
      // Ends what still loads or retries, once both streams have what was written to them.
      process.stdout.write('', () => process.stderr.write(`${message}\n`, () => process.exit(status)));
    },
  );
}
