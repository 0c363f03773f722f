import { corsHeaders, preflight } from '../../../../functions/lookup/cors';
import type { HttpRequest } from '../../../../functions/lookup/http';

const APP = 'https://app.example.com';

const request = (method: string, headers: Record<string, string>): HttpRequest => ({
  method,
  path: '/v1/labels',
  query: new URLSearchParams(),
  header: (name) => headers[name],
  body: Buffer.alloc(0),
  caller: '',
});

describe('corsHeaders', () => {
  it('is nothing unless origins are configured', () => {
    expect(corsHeaders(APP, [])).toEqual({});
  });

  it.each([
    ['one that is listed', APP, [APP], APP],
    ['any, where all are allowed', 'https://other.example.com', ['*'], 'https://other.example.com'],
    ['one that is not listed', 'https://other.example.com', [APP], undefined],
    ['one that begins like it', `${APP}.evil.example`, [APP], undefined],
    ['one that ends like it', 'https://evil-app.example.com', [APP], undefined],
    ['another scheme', 'http://app.example.com', [APP], undefined],
    ['a file', 'null', [APP], undefined],
  ])('lets read %s', (_what, origin, origins, allowed) => {
    const headers = corsHeaders(origin, origins);

    expect(headers['Access-Control-Allow-Origin']).toBe(allowed);
    expect(headers['Access-Control-Allow-Credentials']).toBeUndefined();
    expect(headers['Vary']).toBe('Origin');
  });
});

describe('preflight', () => {
  const headers = { origin: APP, 'access-control-request-method': 'PUT' };

  it('allows the methods of the path and the headers of reviews', () => {
    const answer = preflight(request('OPTIONS', headers), [APP], ['GET', 'HEAD', 'PUT']);

    expect(answer).toMatchObject({ status: 204, body: '' });
    expect(answer?.headers).toMatchObject({
      'Access-Control-Allow-Methods': 'GET, HEAD, PUT',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, If-Match, If-None-Match',
    });
  });

  it.each([
    ['where no origin is configured', headers, []],
    ['for another origin', { ...headers, origin: 'https://other.example.com' }, [APP]],
    ['that asks for no method', { origin: APP }, [APP]],
  ])('is none %s', (_what, given, origins) => {
    expect(preflight(request('OPTIONS', given), origins, ['GET'])).toBeUndefined();
  });
});
