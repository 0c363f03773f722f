/**
 * What the tests of the client ask: a service by a script, one for each test, and replies as the real one gives them.
 */
import type { Answer, Problem } from '../../client';
import { anAnswer } from './builders';
import { type Asked, type Reply, ScriptedService } from './scripted-service';

export const BUSY: Problem = { title: 'Too many names at once', status: 429, code: 'OVERLOADED', detail: 'Try again.' };

export interface ServicePerTest {
  readonly serve: (reply: (asked: Asked, count: number) => Reply) => Promise<ScriptedService>;
  /** The one that the test has started. */
  readonly current: () => ScriptedService | undefined;
}

/** For a file of tests: starts a service, which ends with its test. */
export function servicePerTest(): ServicePerTest {
  let service: ScriptedService | undefined;
  afterEach(async () => {
    await service?.stop();
    service = undefined;
  });
  return { serve: async (reply) => (service = await ScriptedService.start(reply)), current: () => service };
}

export const namesOf = ({ body }: Asked): string[] => (JSON.parse(body) as { names: string[] }).names;

/** As the service would, whatever the name. */
export const answerTo = (name: string): Answer => ({ ...(anAnswer() as Answer), name });

/** Answers one name and batches as the service does. */
export const answering = (asked: Asked): Reply => {
  if (asked.method === 'POST') {
    return { body: { results: namesOf(asked).map((name) => answerTo(name)) } };
  }
  return { body: answerTo(new URL(asked.url, 'http://x').searchParams.get('name')!) };
};
