/**
 * One event: message → labels → store. Returning acknowledges the message, throwing asks for its redelivery.
 */
import { parseName } from '../../shared/ingredient/name';
import type { Labeller } from '../../shared/labeller';
import { InvalidInputError } from '../../shared/platform/errors';
import { errorFields, type Fields, type Logger } from '../../shared/platform/logger';
import type { AnswerStore } from '../../shared/store/answer-store';
import { parseSubmission, readMessage } from './message';

export interface ClassifyDependencies {
  readonly labeller: Labeller;
  readonly store: () => Promise<AnswerStore>;
  readonly logger: Logger;
}

/**
 * Handles one delivery; equal deliveries leave the store as the first one did.
 *
 * @throws whatever may pass, so that Pub/Sub sends the message again.
 */
export async function handleEvent(event: unknown, { labeller, store, logger }: ClassifyDependencies): Promise<void> {
  const began = performance.now();
  const message = readMessage(event);
  const log = (outcome: string, fields: Fields = {}): void => {
    const durationMs = Number((performance.now() - began).toFixed(2));
    const ageMs = message.publishTime === undefined ? undefined : Date.now() - Date.parse(message.publishTime);
    logger.info('event', { outcome, messageId: message.messageId, ageMs, durationMs, ...fields });
  };
  try {
    try {
      const { name: text, id, submittedAt } = parseSubmission(message);
      const name = parseName(text);
      const outcome = await labeller.submit(name, { id, submittedAt });
      log(outcome, { key: name.key });
    } catch (error) {
      if (!(error instanceof InvalidInputError)) {
        throw error;
      }
      await (await store()).saveRejection({ data: message.data, reason: error });
      log('rejected', { code: error.code, reason: error.message });
    }
  } catch (error) {
    logger.error('event failed', { messageId: message.messageId, code: 'INTERNAL', ...errorFields(error) });
    throw error;
  }
}
