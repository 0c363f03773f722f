import { accepts, entityTag, jsonAnswer, matchesTag, problemAnswer } from '../../../../functions/lookup/http';

describe('accepts', () => {
  // RFC 9110, section 12.5.1: the most specific range decides, a quality of 0 is a refusal
  it.each([
    [undefined],
    [''],
    ['*/*'],
    ['application/*'],
    ['application/json'],
    ['APPLICATION/JSON'],
    ['application/problem+json'],
    ['application/json; charset=utf-8'],
    ['text/html, application/json;q=0.1'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['application/json, */*;q=0'],
    ['application/json;q=0.001'],
  ])('is true of %p', (header) => {
    expect(accepts(header, 'application/json')).toBe(true);
  });

  it.each([
    ['text/html'],
    ['text/*'],
    ['application/xml, text/plain;q=0.5'],
    ['application/json;q=0'],
    ['application/json; q=0.000'],
    ['*/*;q=0'],
    ['application/json;q=0, */*'],
    ['application/*;q=0, */*;q=0.5'],
    ['application/jsonp'],
  ])('is false of %p', (header) => {
    expect(accepts(header, 'application/json')).toBe(false);
  });
});

describe('entityTag', () => {
  it('is a strong tag of the SHA-256 of the body', () => {
    // printf abc | openssl dgst -sha256 -binary | base64, its first 27 characters in the URL alphabet
    expect(entityTag('abc')).toBe('"ungWv48Bz-pBQUDeXa4iI7ADYaO"');
  });

  it('differs where one character does', () => {
    expect(entityTag('abd')).not.toBe(entityTag('abc'));
  });
});

describe('matchesTag', () => {
  it.each([
    ['"a"', true],
    ['*', true],
    [' * ', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['"b",W/"a" , "c"', true],
    [undefined, false],
    ['', false],
    ['a', false],
    ['"b"', false],
    ['"aa"', false],
    ['w/"a"', false],
  ])('of If-None-Match: %s is %p for "a"', (header, expected) => {
    expect(matchesTag(header, '"a"')).toBe(expected);
  });
});

describe('jsonAnswer', () => {
  it('is JSON with the headers of the case', () => {
    const answer = jsonAnswer(200, { a: 1 }, { 'Cache-Control': 'no-store' }, 'labels');

    expect(answer).toEqual({
      status: 200,
      headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
      body: '{"a":1}',
      note: 'labels',
    });
  });
});

describe('problemAnswer', () => {
  const refusal = { title: 'T', status: 404, code: 'C', detail: 'D' };

  it('is problem+json that nobody keeps', () => {
    const answer = problemAnswer(refusal);

    expect(answer).toEqual({
      status: 404,
      headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
      body: '{"title":"T","status":404,"code":"C","detail":"D"}',
      note: 'C',
    });
  });

  it.each([429, 503])('says when to come again with %d', (status) => {
    expect(problemAnswer({ ...refusal, status }).headers['Retry-After']).toBe('1');
  });
});
