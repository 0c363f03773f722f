/**
 * One event: message → labels → store. Returning acknowledges the message, throwing asks for its redelivery.
 */
import { parseName } from '../../shared/ingredient/name';
import type { Labeller } from '../../shared/labeller';
import { InvalidInputError } from '../../shared/platform/errors';
import { errorFields, type Fields, type Logger, traceFields } from '../../shared/platform/logger';
import type { AnswerStore } from '../../shared/store/answer-store';
import { parseSubmission, type PubSubMessage, readMessage } from './message';

const MAX_LOGGED_BYTES = 1_000;

export interface ClassifyDependencies {
  readonly labeller: Labeller;
  readonly store: () => Promise<AnswerStore>;
  readonly logger: Logger;
  readonly projectId: string | undefined;
}

/**
 * Handles one delivery; equal deliveries leave the store as the first one did.
 *
 * @throws whatever may pass, so that Pub/Sub sends the message again.
 */
export async function handleEvent(event: unknown, dependencies: ClassifyDependencies): Promise<void> {
  const { logger, projectId } = dependencies;
  const began = performance.now();
  const message = readMessage(event);
  const { messageId, publishTime, attempt, attributes, traceparent } = message;
  const cause = attributes.cause === 'reclassify' ? 'reclassify' : 'submit';
  const common = (): Fields => ({
    cause,
    messageId,
    attempt,
    ageMs: publishTime === undefined ? undefined : Date.now() - Date.parse(publishTime),
    durationMs: Number((performance.now() - began).toFixed(2)),
    ...traceFields((name) => (name === 'traceparent' ? traceparent : undefined), projectId),
  });
  logger.debug('event data', { messageId, data: message.data.subarray(0, MAX_LOGGED_BYTES).toString() });
  try {
    const fields = await classifyOrReject(message, cause, dependencies);
    logger.info('event', { ...common(), ...fields });
  } catch (error) {
    logger.error('event', { outcome: 'failed', ...common(), code: 'INTERNAL', ...errorFields(error) });
    throw error;
  }
}

/** What the log says of an event that is done with. */
async function classifyOrReject(
  message: PubSubMessage,
  cause: 'submit' | 'reclassify',
  { labeller, store }: ClassifyDependencies,
): Promise<Fields> {
  try {
    const { name: text, id, submittedAt } = parseSubmission(message);
    const name = parseName(text);
    const { outcome, answer } =
      cause === 'submit'
        ? await labeller.submit(name, { id, submittedAt })
        : await labeller.reclassify(name, message.attributes['withdrawn-model']);
    const { key, ingredient, source, needsReview } = answer;
    return { outcome, key, ingredient: ingredient.label, source: source?.label ?? null, needsReview };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) {
      throw error;
    }
    await (await store()).saveRejection({ data: message.data, reason: error });
    return { outcome: 'rejected', code: error.code, reason: error.message };
  }
}
