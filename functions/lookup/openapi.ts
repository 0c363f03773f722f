/**
 * `GET /openapi.json`: the description of every route, made from the schemas that check requests.
 *
 * A test proves that the routes and the document are the same set.
 */
import type { LookupHandler } from './handlers';
import { cacheControl, conditional } from './http';
import { EXPLAIN, LIST_PARAMETERS, NAME, type Schema, SCHEMAS } from './schemas';

const API_VERSION = '1.0.0';

type Fields = Readonly<Record<string, unknown>>;

const schema = (name: keyof typeof SCHEMAS): Fields => ({ $ref: `#/components/schemas/${name}` });
const json = (content: Fields): Fields => ({ 'application/json': { schema: content } });

const text = (description: string): Fields => ({ description, schema: { type: 'string' } });
const HEADERS: Readonly<Record<string, Fields>> = {
  Allow: { ...text('The methods that the path takes.'), required: true },
  'Cache-Control': { ...text('How long the answer may be kept.'), required: true },
  'Cache-Status': { ...text('Which caches were asked (RFC 9211).'), required: true },
  ETag: { ...text('A strong entity tag.'), required: true },
  RateLimit: text(
    'What is left of the caller’s limit, and in how many seconds it is whole again; on answers that no cache may keep.',
  ),
  'RateLimit-Policy': text('The caller’s limit: names, and in how many seconds.'),
  'Retry-After': {
    description: 'In how many seconds to try again.',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  },
  'Server-Timing': text('How long the stages took, in milliseconds.'),
  'WWW-Authenticate': { ...text('Which scheme to authenticate with.'), required: true },
};

const headers = (...names: (keyof typeof HEADERS)[]): Fields =>
  Object.fromEntries(
    [...names, 'Server-Timing', 'RateLimit', 'RateLimit-Policy'].map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  );

const answer = (description: string, content: Fields, ...names: string[]): Fields => ({
  description,
  headers: headers('Cache-Control', ...names),
  content: json(content),
});

const bare = (description: string, ...names: string[]): Fields => ({
  description,
  headers: headers('Cache-Control', ...names),
});

const failure = (description: string, ...names: string[]): Fields => ({
  description,
  headers: headers('Cache-Control', ...names),
  content: { 'application/problem+json': { schema: schema('Problem') } },
});

const RESPONSES: Readonly<Record<number, readonly [name: string, response: Fields]>> = {
  304: ['NotModified', bare('What the client has is still right.', 'ETag')],
  400: ['BadRequest', failure('Something in the request is malformed; `detail` says what to change.')],
  401: ['Unauthenticated', failure('The request has no good ID token.', 'WWW-Authenticate')],
  403: ['Forbidden', failure('Whoever asks may not do this.')],
  404: ['NotFound', failure('There is nothing here.')],
  405: ['MethodNotAllowed', failure('The path does not take this method.', 'Allow')],
  406: ['NotAcceptable', failure('The header `Accept` rules out what there is.')],
  409: ['Conflict', failure('Somebody else changed it at the same time.')],
  412: ['PreconditionFailed', failure('The review is not the one that the request was made for.')],
  413: ['BodyTooLarge', failure('The body is larger than 512 kB for a batch, or 16 kB elsewhere.')],
  415: ['UnsupportedMediaType', failure('The body is not `application/json` in UTF-8.')],
  429: ['TooManyRequests', failure('Too many names at once, or in a minute.', 'Retry-After')],
  500: ['Internal', failure('A fault of the service.')],
  503: ['Unavailable', failure('Not available now: it is loading, or the store does not answer.', 'Retry-After')],
};

const common = (...statuses: number[]): Fields =>
  Object.fromEntries(
    [...statuses, 400, 405, 406, 413, 415, 500].sort().map((status) => {
      return [status, { $ref: `#/components/responses/${RESPONSES[status]![0]}` }];
    }),
  );

const inQuery = (name: string, content: Schema, description: string, required = false): Fields => ({
  name,
  in: 'query',
  description,
  required,
  schema: content,
});
const nameInQuery = { ...inQuery('name', NAME, 'The name, URL-encoded.', true), example: 'smoked paprika' };
const nameInPath = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'The name, URL-encoded, a slash as %2F. The names `.` and `..` work in the query alone.',
  schema: NAME,
  example: 'smoked paprika',
};
const explain = inQuery('explain', EXPLAIN, 'Whether the answer says which words it rests on, as `why`.');
// Any text is in order: what is no tag is the tag of nothing.
const inHeader = (name: string, description: string, example: string): Fields => ({
  ...{ name, in: 'header', required: false, description, schema: { type: 'string' }, example },
});
const ifNoneMatch = inHeader(
  'If-None-Match',
  'The `ETag` that the client has, with its quotes: 304 where it is still right.',
  '"3q2-7wAAAAAAAAAAAAAAAAAAAAA"',
);
const ifMatch = inHeader(
  'If-Match',
  'The `ETag` of the review that is meant, with its quotes, or `*` for any: 412 where another one stands, or none.',
  '"r1"',
);
const ifNone = inHeader('If-None-Match', '`*` for a review where there is none yet: 412 where there is one.', '*');

const one = (operationId: string, parameter: Fields): Fields => ({
  get: {
    operationId,
    tags: ['lookup'],
    summary: 'The labels of one name',
    parameters: [parameter, explain, ifNoneMatch],
    responses: {
      200: answer('The answer.', schema('ExplainedAnswer'), 'Cache-Status', 'ETag'),
      ...common(304, 404, 429, 503),
    },
  },
});

const review = (suffix: string, parameter: Fields): Fields => {
  const sameName = { name: `$request.${String(parameter['in'])}.name` };
  const links = {
    read: link(`getReview${suffix}`, sameName),
    remove: link(`deleteReview${suffix}`, sameName),
  };
  const operation = (verb: string, summary: string, rest: Fields): Fields => ({
    operationId: `${verb}Review${suffix}`,
    tags: ['review'],
    summary,
    security: [{ idToken: [] }],
    parameters: [parameter, ifMatch, verb === 'get' ? ifNoneMatch : ifNone],
    ...rest,
  });
  return {
    get: operation('get', 'What a person decided of a name', {
      responses: {
        200: answer('The review.', schema('Review'), 'ETag'),
        ...common(304, 401, 403, 404, 412, 429, 503),
      },
    }),
    put: operation('put', 'Decide the labels of a name, in the place of the model', {
      requestBody: { required: true, content: json(schema('Review')) },
      responses: {
        200: { ...answer('The review was changed, or was so already.', schema('Review'), 'ETag'), links },
        201: { ...answer('The review was made.', schema('Review'), 'ETag'), links },
        ...common(401, 403, 404, 409, 412, 429, 503),
      },
    }),
    delete: operation('delete', 'Bring the model’s answer back', {
      responses: {
        204: { ...bare('The review is gone.'), links: { read: links.read } },
        ...common(401, 403, 404, 409, 412, 429, 503),
      },
    }),
  };
};

const OPENAPI_SCHEMA: Schema = {
  type: 'object',
  required: ['openapi', 'paths'],
  properties: { openapi: { type: 'string' }, paths: { type: 'object' } },
};

/** What can be asked next: readers of the document, testers among them, follow it. */
const link = (operationId: string, parameters: Fields): Fields => ({ operationId, parameters });

const PATHS: Readonly<Record<string, Fields>> = {
  '/v1/ingredients': one('lookupByQuery', nameInQuery),
  '/v1/ingredients/{name}': one('lookupByPath', nameInPath),
  '/v1/ingredients:batch': {
    post: {
      operationId: 'lookupBatch',
      tags: ['lookup'],
      summary: 'The labels of up to 256 names, in their order',
      requestBody: { required: true, content: json(schema('Batch')) },
      responses: {
        200: answer('An answer or a problem for each name.', schema('BatchResults')),
        ...common(404, 429, 503),
      },
    },
  },
  '/v1/ingredients:list': {
    get: {
      operationId: 'list',
      tags: ['lookup'],
      summary: 'The ingredients that were submitted or reviewed, in pages',
      parameters: [
        ifNoneMatch,
        inQuery('source', LIST_PARAMETERS.source, 'Only those of this source.'),
        inQuery('category', LIST_PARAMETERS.category, 'Only those in this category.'),
        inQuery('prefix', LIST_PARAMETERS.prefix, 'Only those whose normal form begins so.'),
        inQuery('pageSize', LIST_PARAMETERS.pageSize, 'How many at most.'),
        inQuery('pageToken', LIST_PARAMETERS.pageToken, 'The `nextPageToken` of the page before.'),
      ],
      responses: {
        200: answer('A page.', schema('List'), 'ETag'),
        ...common(304, 404, 429, 503),
      },
    },
  },
  '/v1/ingredients/{name}/review': review('ByPath', nameInPath),
  '/v1/review': review('ByQuery', nameInQuery),
  '/v1/labels': {
    get: {
      operationId: 'labels',
      tags: ['lookup'],
      summary: 'Every label with a sentence, and the model’s version',
      parameters: [ifNoneMatch],
      responses: { 200: answer('The label set.', schema('Labels'), 'ETag'), ...common(304, 404, 503) },
    },
  },
  '/health': {
    get: {
      operationId: 'health',
      tags: ['service'],
      summary: 'Whether this instance can answer',
      responses: { 200: answer('It can.', schema('Health')), ...common(404, 503) },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'openapi',
      tags: ['service'],
      summary: 'This description',
      parameters: [ifNoneMatch],
      responses: {
        200: answer('OpenAPI 3.1.', OPENAPI_SCHEMA, 'ETag'),
        ...common(304, 404),
      },
    },
  },
};

export const OPENAPI = {
  openapi: '3.1.1',
  info: {
    title: 'Ingredient classifier',
    version: API_VERSION,
    description: 'Is a name an ingredient, what does it come from, and which kitchen categories does it belong to?',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'The service that this description came from.' }],
  // Open to whoever the platform lets through; a review asks for a token of its own.
  security: [],
  tags: [
    { name: 'lookup', description: 'Labels of names.' },
    { name: 'review', description: 'A person’s labels, which win over the model’s.' },
    { name: 'service', description: 'The service itself.' },
  ],
  paths: PATHS,
  components: {
    schemas: SCHEMAS,
    headers: HEADERS,
    responses: Object.fromEntries(Object.values(RESPONSES)),
    securitySchemes: {
      idToken: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'An OpenID Connect ID token for this service; for a review, of an account that may review.',
      },
    },
  },
} as const;

/** The description of a service that asks every caller for a token, but for its health. */
export function withIdToken(document: typeof OPENAPI) {
  const refusals = common(401, 503);
  const guarded = (operation: Fields): Fields => ({
    ...operation,
    responses: { ...(operation['responses'] as Fields), 401: refusals['401'], 503: refusals['503'] },
  });
  const paths = Object.entries(document.paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations as Readonly<Record<string, Fields>>).map(([method, operation]) => [
        method,
        path === '/health' ? { ...operation, security: [] } : guarded(operation),
      ]),
    ),
  ]);
  return {
    ...document,
    security: [{ idToken: [] }],
    paths: Object.fromEntries(paths) as Readonly<Record<string, Fields>>,
  };
}

export const getOpenApi: LookupHandler = (request, { config }) => {
  const document = config.requireIdToken ? withIdToken(OPENAPI) : OPENAPI;
  return Promise.resolve(
    conditional(request, JSON.stringify(document), { 'Cache-Control': cacheControl(config) }, 'openapi'),
  );
};
