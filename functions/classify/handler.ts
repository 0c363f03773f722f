/**
 * One event: message → labels → store. Returning acknowledges the message, throwing asks for its redelivery.
 */
import { parseName } from '../../shared/ingredient/name';
import type { Labeller } from '../../shared/labeller';
import { InvalidInputError } from '../../shared/platform/errors';
import { errorFields, type Fields, type Logger, traceFields } from '../../shared/platform/logger';
import { rounded, stageFields, Stopwatch } from '../../shared/platform/timing';
import type { AnswerStore } from '../../shared/store/answer-store';
import { currentDelivery, Delivery } from './delivery';
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
export async function handleEvent(
  event: unknown,
  dependencies: ClassifyDependencies,
  delivery = currentDelivery() ?? new Delivery(dependencies.logger),
): Promise<void> {
  const { logger, projectId } = dependencies;
  const began = performance.now();
  const stopwatch = new Stopwatch();
  try {
    const message = readMessage(event, delivery.rawBody);
    delivery.about = () => ({
      ...describe(message, projectId),
      durationMs: rounded(performance.now() - began),
      stages: stageFields(stopwatch.durations),
    });
    const { messageId, data } = message;
    logger.debug('event data', { messageId, data: data.subarray(0, MAX_LOGGED_BYTES).toString() });
    delivery.log('info', await classifyOrReject(message, dependencies, stopwatch));
  } catch (error) {
    delivery.log('error', { outcome: 'failed', code: 'INTERNAL', ...errorFields(error) });
    throw error;
  }
}

/** What a line says of a message. */
function describe(message: PubSubMessage, projectId: string | undefined): Fields {
  const { messageId, publishTime, attempt, traceparent } = message;
  return {
    cause: causeOf(message),
    messageId,
    attempt,
    ageMs: publishTime === undefined ? undefined : Date.now() - Date.parse(publishTime),
    ...traceFields((name) => (name === 'traceparent' ? traceparent : undefined), projectId),
  };
}

function causeOf({ attributes }: PubSubMessage): 'submit' | 'reclassify' {
  return attributes.cause === 'reclassify' ? 'reclassify' : 'submit';
}

/** What the log says of an event that is done with. */
async function classifyOrReject(
  message: PubSubMessage,
  { labeller, store }: ClassifyDependencies,
  stopwatch: Stopwatch,
): Promise<Fields> {
  try {
    const { name: text, id, submittedAt } = parseSubmission(message);
    const name = parseName(text);
    const { outcome, answer } =
      causeOf(message) === 'submit'
        ? await labeller.submit(name, { id, submittedAt }, stopwatch)
        : await labeller.reclassify(name, message.attributes['withdrawn-model'], stopwatch);
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
