/**
 * Registers `classifyIngredient`, the function that a Pub/Sub push subscription calls.
 */
import { cloudEvent, type CloudEvent } from '@google-cloud/functions-framework';

import { ServiceError } from '../../shared/platform/errors';
import { getDependencies } from '../dependencies';
import { handleEvent } from './handler';

cloudEvent('classifyIngredient', async (event: CloudEvent<unknown>) => {
  const { config, ...dependencies } = getDependencies();
  try {
    await handleEvent(event, { ...dependencies, projectId: config.projectId });
  } catch (error) {
    throw new HandedBack(error instanceof ServiceError ? error.code : 'INTERNAL');
  }
});

/** What the framework prints of a failure: one line, since the log has the error with its stack already. */
class HandedBack extends ServiceError {
  readonly retryable = true;

  constructor(readonly code: string) {
    super(`handed back to Pub/Sub: ${code}`);
    this.stack = this.message;
  }
}
