import { StoreUnavailableError } from '../../../../shared/platform/errors';
import { createLogger, errorFields, traceFields } from '../../../../shared/platform/logger';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('createLogger', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it("writes one JSON line in Cloud Logging's field names", () => {
    const lines: string[] = [];
    const logger = createLogger('INFO', (line) => lines.push(line));

    logger.warning('event', { outcome: 'created', ageMs: 12 });

    expect(lines).toHaveLength(1);
    const entry = JSON.parse(lines[0]!) as Record<string, unknown>;
    expect(entry).toMatchObject({ severity: 'WARNING', message: 'event', outcome: 'created', ageMs: 12 });
    // RFC 3339 in UTC
    expect(entry['time']).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  });

  it('writes the time of each line, whichever way the clock goes', () => {
    const times = ['1970-01-01T00:00:00.007Z', '2026-11-27T09:59:59.999Z', '2026-11-27T10:00:00.000Z'];
    const lines: string[] = [];
    const logger = createLogger('INFO', (line) => lines.push(line));

    jest.useFakeTimers();
    for (const time of [...times, ...times.toReversed(), '2026-11-27T10:00:00.070Z']) {
      jest.setSystemTime(new Date(time));
      logger.info('event', { wanted: time });
    }

    const written = lines.map((line) => JSON.parse(line) as { time: string; wanted: string });
    expect(written.map(({ time }) => time)).toEqual(written.map(({ wanted }) => wanted));
    expect(written).toHaveLength(7);
  });

  it.each([
    ['a line break', 'salt\n{"severity":"ERROR"}'],
    ['a carriage return', 'salt\r\n'],
    ['U+2028', 'salt\u2028{"severity":"ERROR"}'],
    ['U+2029', 'salt\u2029'],
    ['a lone surrogate', 'salt\uD800'],
    ['a quote', 'salt","severity":"ERROR'],
  ])('keeps a name with %s in its line and its field', (_what, name) => {
    const lines: string[] = [];
    const logger = createLogger('INFO', (line) => lines.push(line));

    logger.info('event', { name });

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n\r\u2028\u2029]+\n$/);
    expect(JSON.parse(lines[0]!)).toMatchObject({ severity: 'INFO', name });
  });

  it.each([
    ['DEBUG', ['DEBUG', 'INFO', 'WARNING', 'ERROR']],
    ['INFO', ['INFO', 'WARNING', 'ERROR']],
    ['WARNING', ['WARNING', 'ERROR']],
    ['ERROR', ['ERROR']],
  ] as const)('at %s writes %j', (level, expected) => {
    const lines: string[] = [];
    const logger = createLogger(level, (line) => lines.push(line));

    logger.debug('d');
    logger.info('i');
    logger.warning('w');
    logger.error('e');

    expect(lines.map((line) => (JSON.parse(line) as { severity: string }).severity)).toEqual(expected);
  });
});

describe('errorFields', () => {
  it('has the code, the message, the stack and the cause of an error', () => {
    const error = new StoreUnavailableError('late', { cause: new Error('14 UNAVAILABLE') });

    const { stack, ...fields } = errorFields(error);

    expect(fields).toEqual({ code: 'STORE_UNAVAILABLE', error: 'late', errorCause: '14 UNAVAILABLE' });
    expect(stack).toContain('logger.test.ts');
  });

  it('has no code of what was not raised on purpose', () => {
    expect(errorFields(new TypeError('x'))).not.toHaveProperty('code');
  });

  it.each([
    ['a text', 'broken', 'broken'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
  ])('takes %s that was thrown', (_what, thrown, expected) => {
    expect(errorFields(thrown)).toEqual({ error: expected });
  });
});

describe('traceFields', () => {
  const from =
    (headers: Record<string, string>) =>
    (name: string): string | undefined =>
      headers[name.toLowerCase()];

  it.each([
    ['traceparent', `00-${TRACE}-00f067aa0ba902b7-01`],
    ['x-cloud-trace-context', `${TRACE}/67667974448284343;o=1`],
  ])('reads the header %s', (header, value) => {
    const fields = traceFields(from({ [header]: value }), 'my-project');

    expect(fields).toEqual({ 'logging.googleapis.com/trace': `projects/my-project/traces/${TRACE}` });
  });

  it('gives the bare trace where no project is known', () => {
    const fields = traceFields(from({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }), undefined);

    expect(fields).toEqual({ 'logging.googleapis.com/trace': TRACE });
  });

  it.each(['', 'none', `00-${TRACE.slice(1)}-00f067aa0ba902b7-01`, `${TRACE}"},{`])('has none of %j', (value) => {
    const fields = traceFields(from({ traceparent: value, 'x-cloud-trace-context': value }), 'my-project');

    expect(fields).toEqual({});
  });
});
