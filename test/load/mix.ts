/**
 * What the load asks, and what each answer must be: hits, misses, batches, conditional and bad requests.
 */
import { createHash } from 'node:crypto';

import type { Answer } from '../../shared/ingredient/answer';
import { readFixture } from '../support/fixtures';

export const KINDS = ['hit', 'conditional', 'miss', 'batch', 'bad'] as const;
export type Kind = (typeof KINDS)[number];

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Load {
  readonly kind: Kind;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What is wrong with the answer, or undefined. */
  readonly check: (reply: Reply) => string | undefined;
}

interface Known {
  readonly name: string;
  readonly body: string;
  readonly tag: string;
}

const KNOWN = 200;
const BATCH = 32;
/** Of a hundred requests, by kind; the rest are hits. */
const SHARES: readonly [Kind, number][] = [
  ['miss', 10],
  ['batch', 10],
  ['bad', 10],
  ['conditional', 10],
];

const BAD: readonly Omit<Load, 'kind' | 'check'>[] = [
  { method: 'GET', target: '/v1/ingredients/%07', headers: {} },
  { method: 'GET', target: '/v1/ingredients/%E0%A4%A', headers: {} },
  {
    method: 'POST',
    target: '/v1/ingredients:batch',
    headers: { 'Content-Type': 'application/json' },
    body: '{"names":',
  },
  { method: 'POST', target: '/v1/ingredients:batch', headers: { 'Content-Type': 'text/plain' }, body: '{}' },
  { method: 'DELETE', target: '/v1/labels', headers: {} },
  { method: 'PUT', target: '/v1/ingredients/salt/review', headers: {}, body: '{}' },
  { method: 'GET', target: '/wp-admin', headers: {} },
];
const BAD_STATUSES = [400, 400, 400, 415, 405, 403, 404];

export class Mix {
  #known: readonly Known[] = [];
  #asked = 0;
  #misses = 0;

  /** Asks for each known name once, and holds the labels against those that Python gave. */
  async learn(send: (load: Load) => Promise<Reply>): Promise<void> {
    const known: Known[] = [];
    for (const expected of readFixture<Answer>('answers.jsonl').slice(0, KNOWN)) {
      const { body, headers } = await send(get('hit', expected.name, () => undefined));
      const answer = JSON.parse(body) as Answer;
      if (answer.key !== expected.key || answer.ingredient.label !== expected.ingredient.label) {
        throw new Error(`${expected.name} is answered with ${body}`);
      }
      known.push({ name: expected.name, body, tag: String(headers['etag']) });
    }
    this.#known = known;
  }

  next(): Load {
    this.#asked += 1;
    let draw = Math.random() * 100;
    for (const [kind, share] of SHARES) {
      if (draw < share) {
        return this.make(kind);
      }
      draw -= share;
    }
    return this.make('hit');
  }

  make(kind: Kind): Load {
    const { name, body, tag } = this.#any();
    switch (kind) {
      case 'hit':
        return get('hit', name, (reply) => differs(reply, 200, body));
      case 'conditional':
        return { ...get('conditional', name, (reply) => differs(reply, 304, '')), headers: { 'If-None-Match': tag } };
      case 'miss':
        return this.#miss();
      case 'batch':
        return this.#batch();
      case 'bad':
        return this.#bad();
    }
  }

  #miss(): Load {
    this.#misses += 1;
    // Of one word that nobody has asked for: "salt x1a" has the key of its own text.
    const name = `salt x${this.#misses.toString(36)}`;
    const key = `n1-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
    return get('miss', name, ({ status, body }) => {
      const answer = status === 200 ? (JSON.parse(body) as Answer) : undefined;
      return answer?.key === key && answer.name === name && answer.origin === 'model' ? undefined : 'another answer';
    });
  }

  #batch(): Load {
    const known = Array.from({ length: BATCH }, () => this.#any());
    const expected = `{"results":[${known.map(({ body }) => body).join(',')}]}`;
    return {
      kind: 'batch',
      method: 'POST',
      target: '/v1/ingredients:batch',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ names: known.map(({ name }) => name) }),
      check: (reply) => differs(reply, 200, expected),
    };
  }

  #bad(): Load {
    const index = this.#asked % BAD.length;
    const isProblem = (type: unknown): boolean => type === 'application/problem+json';
    return {
      ...BAD[index]!,
      kind: 'bad',
      check: ({ status, headers }) =>
        status === BAD_STATUSES[index] && isProblem(headers['content-type']) ? undefined : 'another refusal',
    };
  }

  #any(): Known {
    return this.#known[Math.floor(Math.random() * this.#known.length)]!;
  }
}

function get(kind: Kind, name: string, check: Load['check']): Load {
  return { kind, method: 'GET', target: `/v1/ingredients?name=${encodeURIComponent(name)}`, headers: {}, check };
}

function differs({ status, body }: Reply, expectedStatus: number, expectedBody: string): string | undefined {
  if (status !== expectedStatus) {
    return `not ${expectedStatus}`;
  }
  return body === expectedBody ? undefined : 'another body';
}
