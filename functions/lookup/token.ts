/**
 * The door to jose: who sent a request, by an ID token that this function verifies itself, whatever stands in front of it.
 *
 * Keys come from the issuer by OpenID Connect discovery and are kept; jose fetches them again where a token names a new one.
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html section 3.1.3.7
 */
import type { JWTPayload, JWTVerifyGetKey } from 'jose';

import {
  ForbiddenError,
  IssuerUnavailableError,
  ServiceError,
  UnauthenticatedError,
} from '../../shared/platform/errors';
import { isRecord } from '../../shared/platform/json';
import { once } from '../../shared/platform/once';
import type { HttpRequest } from './http';

export interface TokenSettings {
  readonly reviewers: readonly string[];
  readonly authAudience: readonly string[];
  readonly authIssuers: readonly string[];
}

/** Says who asks, as the history of reviews names them; rejects whoever may not review. */
export type Authorize = (request: Pick<HttpRequest, 'header'>) => Promise<string>;

/** The claims of a request's good token; rejects with UnauthenticatedError or IssuerUnavailableError. */
export type VerifyToken = (request: Pick<HttpRequest, 'header'>) => Promise<JWTPayload>;

// Signatures with a public key alone: with a shared secret, or with none, anybody who knows the public key could sign.
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_S = 5;
const FETCH_TIMEOUT_MS = 3_000;
const MAX_TOKEN_CHARACTERS = 8_192;
const BEARER = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

/**
 * Makes the check of tokens.
 *
 * It rejects with UnauthenticatedError where there is no good token, and with IssuerUnavailableError where the issuer's keys could not be had.
 */
export function tokenVerifier({ authIssuers, authAudience }: Omit<TokenSettings, 'reviewers'>): VerifyToken {
  const keySets = new Map(authIssuers.map((issuer) => [issuer, once(() => discoverKeys(issuer))]));
  return async (request) => verify(bearerToken(request.header('authorization')), keySets, authAudience);
}

/**
 * Makes the check of reviewers.
 *
 * It rejects as `verifyToken` does, and with ForbiddenError where nobody may review or the person may not.
 */
export function tokenAuthorizer(settings: TokenSettings, verifyToken = tokenVerifier(settings)): Authorize {
  const listed = new Set(settings.reviewers.map((entry) => (kindOf(entry) === 'email' ? entry.toLowerCase() : entry)));
  return async (request) => {
    if (listed.size === 0) {
      throw new ForbiddenError('Nobody may review here: REVIEWERS lists no one.');
    }
    const reviewer = identitiesOf(await verifyToken(request)).find(({ entry }) => listed.has(entry));
    if (reviewer === undefined) {
      throw new ForbiddenError('This account may not review: ask to be listed in REVIEWERS.');
    }
    return reviewer.name;
  };
}

function bearerToken(header: string | undefined): string {
  const token = (header ?? '').length > MAX_TOKEN_CHARACTERS ? undefined : BEARER.exec(header ?? '')?.[1];
  if (token === undefined) {
    throw new UnauthenticatedError('Send an ID token in the header Authorization: Bearer.');
  }
  return token;
}

async function verify(
  token: string,
  keySets: ReadonlyMap<string, () => Promise<JWTVerifyGetKey>>,
  audience: readonly string[],
): Promise<JWTPayload> {
  const { decodeJwt, jwtVerify } = await import('jose');
  try {
    const issuer = decodeJwt(token).iss ?? '';
    const keys = keySets.get(issuer);
    if (keys === undefined) {
      throw new UnauthenticatedError('The token is from an issuer that is not trusted here: see AUTH_ISSUERS.');
    }
    const { payload } = await jwtVerify(token, await keys(), {
      algorithms: ALGORITHMS,
      audience: [...audience],
      clockTolerance: CLOCK_TOLERANCE_S,
      issuer,
      requiredClaims: ['exp', 'sub'],
    });
    return payload;
  } catch (error) {
    if (error instanceof ServiceError) {
      throw error;
    }
    throw new UnauthenticatedError(reasonOf(error), { cause: error });
  }
}

/** What to change; which check failed in detail is for the log alone. */
function reasonOf(error: unknown): string {
  const { code, claim } = error as { readonly code?: string; readonly claim?: string };
  if (code === 'ERR_JWT_EXPIRED') {
    return 'The token has expired: get a new one.';
  }
  if (claim === 'aud') {
    return 'The token is for another audience: ask for one for this service.';
  }
  return 'The token is not an ID token that its issuer signed: get a new one.';
}

/** Where the issuer has its keys, as its own configuration says. */
async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet, errors } = await import('jose');
  try {
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    const configuration: unknown = await response.json();
    if (!isRecord(configuration) || configuration['issuer'] !== issuer) {
      throw new Error(`${address} is the configuration of another issuer.`);
    }
    const keys = new URL(String(configuration['jwks_uri']));
    if (keys.protocol !== 'https:' && keys.hostname !== new URL(issuer).hostname) {
      throw new Error(`${address} names keys without encryption.`);
    }
    const fetchKeys = createRemoteJWKSet(keys, { timeoutDuration: FETCH_TIMEOUT_MS });
    return async (header, token) =>
      fetchKeys(header, token).catch((error: unknown) => {
        // A key that the issuer does not have is a fault of the token; all else is one of the way to the issuer.
        const isOfToken = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported].some(
          (kind) => error instanceof kind,
        );
        throw isOfToken ? error : unavailable(error);
      });
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(cause: unknown): IssuerUnavailableError {
  return new IssuerUnavailableError(
    'The keys of the issuer of the token could not be fetched: try again in a second.',
    {
      cause,
    },
  );
}

type IdentityKind = 'bound subject' | 'email' | 'subject';

/** What an entry of REVIEWERS speaks of: the subject of one issuer, an email, or a subject of any issuer. */
function kindOf(entry: string): IdentityKind {
  if (/^https?:\/\/[^#]+#/.test(entry)) {
    return 'bound subject';
  }
  return entry.includes('@') ? 'email' : 'subject';
}

/** The entries that a token may stand under, and the name in the history of reviews; each only where it is of the kind that it reads as. */
function identitiesOf(claims: JWTPayload): { readonly entry: string; readonly name: string }[] {
  const { iss = '', sub = '', email, email_verified: isVerified } = claims;
  const bound = `${iss}#${sub}`;
  const candidates: { kind: IdentityKind; entry: string; name: string }[] = [
    { kind: 'bound subject', entry: bound, name: bound },
    // Some issuers let people choose a subject: one that looks like an address proves nothing of the address.
    { kind: 'subject', entry: sub, name: sub },
  ];
  // An address counts only where its issuer checked that the account owns it.
  if (typeof email === 'string' && isVerified === true) {
    candidates.push({ kind: 'email', entry: email.toLowerCase(), name: email });
  }
  return candidates.filter(({ kind, entry }) => kindOf(entry) === kind);
}
