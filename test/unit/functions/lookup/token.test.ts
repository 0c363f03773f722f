import { createHmac } from 'node:crypto';

import { generateKeyPair } from 'jose';

import { tokenAuthorizer } from '../../../../functions/lookup/token';
import { AUDIENCE, REVIEWER, TestIssuer, withClaims, withHeader } from '../../../support/issuer';

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await TestIssuer.start();
});

afterAll(() => issuer.stop());

function arrange(overrides: Partial<Parameters<typeof tokenAuthorizer>[0]> = {}) {
  const authorize = tokenAuthorizer({
    reviewers: [REVIEWER, 'subject-7'],
    authAudience: [AUDIENCE],
    authIssuers: [issuer.url],
    ...overrides,
  });
  return (authorization: string | undefined) =>
    authorize({ header: (name) => (name === 'authorization' ? authorization : undefined) });
}

const past = () => Math.floor(Date.now() / 1000) - 60;

describe('tokenAuthorizer', () => {
  it('names the reviewer of a good token, by verified email or by subject', async () => {
    const authorize = arrange();

    const names = [
      await authorize(`Bearer ${await issuer.token()}`),
      await authorize(`bearer ${await issuer.token({ email: 'ANA@Example.com' })}`),
      await authorize(`Bearer ${await issuer.token({ sub: 'subject-7', email: null })}`),
      await authorize(`Bearer ${await issuer.token({ aud: ['other', AUDIENCE] })}`),
    ];

    expect(names).toEqual([REVIEWER, 'ANA@Example.com', 'subject-7', REVIEWER]);
  });

  it('fetches the keys once, and again for a token of a new key', async () => {
    const authorize = arrange();
    const before = issuer.keyRequests;

    await authorize(`Bearer ${await issuer.token()}`);
    await authorize(`Bearer ${await issuer.token()}`);

    expect(issuer.keyRequests - before).toBe(1);
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ['no token', () => Promise.resolve(undefined)],
    ['another scheme', () => Promise.resolve('Basic YTpi')],
    ['a word', () => Promise.resolve('Bearer salt')],
    ['three empty parts', () => Promise.resolve('Bearer ..')],
    ['three parts of nothing', () => Promise.resolve('Bearer a.b.c')],
    ['an expired token', async () => `Bearer ${await issuer.token({ exp: past() })}`],
    ['a token that never expires', async () => `Bearer ${await issuer.token({ exp: null })}`],
    ['a token that is not valid yet', async () => `Bearer ${await issuer.token({ nbf: past() + 600 })}`],
    ['a token for another audience', async () => `Bearer ${await issuer.token({ aud: 'https://other.example.com' })}`],
    ['a token for no audience', async () => `Bearer ${await issuer.token({ aud: null })}`],
    ['a token of another issuer', async () => `Bearer ${await issuer.token({ iss: 'https://accounts.google.com' })}`],
    ['a token without a subject', async () => `Bearer ${await issuer.token({ sub: null })}`],
    ['a token without its signature', async () => `Bearer ${(await issuer.token()).replace(/[^.]*$/, '')}`],
    [
      'the signature that the platform leaves',
      async () => `Bearer ${(await issuer.token()).replace(/[^.]*$/, 'SIGNATURE_REMOVED_BY_GOOGLE')}`,
    ],
    ['alg: none', async () => `Bearer ${withHeader(await issuer.token(), { alg: 'none' }).replace(/[^.]*$/, '')}`],
    ['alg: none beside a signature', async () => `Bearer ${withHeader(await issuer.token(), { alg: 'none' })}`],
    [
      'claims changed after signing',
      async () => `Bearer ${withClaims(await issuer.token(), { email: 'b@example.com' })}`,
    ],
    [
      'a key of somebody else under the name of the issuer’s',
      async () => `Bearer ${await issuer.token({}, { keys: await generateKeyPair('RS256') })}`,
    ],
    ['a key that the issuer does not have', async () => `Bearer ${await issuer.token({}, { header: { kid: 'x' } })}`],
    [
      'a shared secret made of the public key',
      async () => {
        const [, payload] = (await issuer.token()).split('.');
        const head = Buffer.from('{"alg":"HS256"}').toString('base64url');
        const secret = JSON.stringify(await issuer.publicKey());
        return `Bearer ${head}.${payload}.${createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url')}`;
      },
    ],
    ['a token of 10,000 characters', async () => `Bearer ${await issuer.token({ padding: 'a'.repeat(10_000) })}`],
  ])('refuses %s', async (_what, authorization) => {
    await expect(arrange()(await authorization())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('says what is wrong with a token where its owner can mend it', async () => {
    const authorize = arrange();

    await expect(authorize(`Bearer ${await issuer.token({ exp: past() })}`)).rejects.toThrow('has expired');
    await expect(authorize(`Bearer ${await issuer.token({ aud: 'x' })}`)).rejects.toThrow('another audience');
  });

  it('names the reviewer of a subject that is bound to its issuer', async () => {
    const listed = `${issuer.url}#eve@corp`;
    const authorize = arrange({ reviewers: [listed] });

    expect(await authorize(`Bearer ${await issuer.token({ sub: 'eve@corp', email: null })}`)).toBe(listed);
  });

  it('does not take a subject for the same one of another issuer', async () => {
    const other = await TestIssuer.start();
    const authorize = arrange({ reviewers: [`${issuer.url}#7`], authIssuers: [issuer.url, other.url] });
    const token = await other.token({ sub: '7', email: null });

    await expect(authorize(`Bearer ${token}`)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await other.stop();
  });

  it.each([
    ['is not listed', { email: 'eve@example.com' }],
    ['has an email that nobody verified', { email_verified: false }],
    ['has an email whose verification is a text', { email_verified: 'true' }],
    ['has a listed email for a subject', { sub: REVIEWER, email: null }],
    ['has a listed email for a subject, and another for an email', { sub: REVIEWER, email: 'eve@example.com' }],
    ['has a listed subject for an email', { email: 'subject-7' }],
  ])('forbids whoever %s', async (_what, claims) => {
    await expect(arrange()(`Bearer ${await issuer.token(claims)}`)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('forbids all where nobody is listed, with and without a token', async () => {
    const authorize = arrange({ reviewers: [] });

    await expect(authorize(`Bearer ${await issuer.token()}`)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(authorize(undefined)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('does not blame the token where the issuer is down, and tries again', async () => {
    const authorize = arrange();
    const authorization = `Bearer ${await issuer.token()}`;
    issuer.isDown = true;

    const refused = await authorize(authorization).catch((error: unknown) => error);
    issuer.isDown = false;

    expect(refused).toMatchObject({ code: 'ISSUER_UNAVAILABLE', retryable: true });
    expect(await authorize(authorization)).toBe(REVIEWER);
  });

  it('does not take the configuration of one issuer for another', async () => {
    const other = await TestIssuer.start();
    const alias = other.url.replace('127.0.0.1', 'localhost');

    const authorize = arrange({ authIssuers: [alias] });

    await expect(authorize(`Bearer ${await other.token({ iss: alias })}`)).rejects.toMatchObject({
      code: 'ISSUER_UNAVAILABLE',
    });
    await other.stop();
  });
});
