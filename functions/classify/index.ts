/**
 * Registers `classifyIngredient`, the function that a Pub/Sub push subscription calls.
 */
import { cloudEvent, type CloudEvent } from '@google-cloud/functions-framework';

import { getDependencies } from '../dependencies';
import { handleEvent } from './handler';

cloudEvent('classifyIngredient', async (event: CloudEvent<unknown>) => {
  await handleEvent(event, getDependencies());
});
