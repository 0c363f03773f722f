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

// Signatures with a public key alone: with a shared secret, or with none, anybody who knows the public key could sign.
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_S = 5;
const FETCH_TIMEOUT_MS = 3_000;
const MAX_TOKEN_CHARACTERS = 8_192;
const BEARER = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

/**
 * Makes the check of tokens.
 *
 * The check rejects with ForbiddenError where nobody may review or the person may not, with UnauthenticatedError where there is no good
 * token, and with IssuerUnavailableError where the issuer's keys could not be had.
 */
export function tokenAuthorizer(settings: TokenSettings): Authorize {
  const reviewers = new Set(settings.reviewers.map(foldEmail));
  const keySets = new Map(settings.authIssuers.map((issuer) => [issuer, once(() => discoverKeys(issuer))]));
  return async (request) => {
    if (reviewers.size === 0) {
      throw new ForbiddenError('Nobody may review here: REVIEWERS lists no one.');
    }
    const claims = await verify(bearerToken(request.header('authorization')), keySets, settings.authAudience);
    const identities = [claims.sub, verifiedEmail(claims)].filter((identity) => identity !== undefined);
    const reviewer = identities.find((identity) => reviewers.has(foldEmail(identity)));
    if (reviewer === undefined) {
      throw new ForbiddenError('This account may not review: ask to be listed in REVIEWERS.');
    }
    return reviewer;
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

/** An address counts only where its issuer checked that the account owns it. */
function verifiedEmail({ email, email_verified: isVerified }: JWTPayload): string | undefined {
  return typeof email === 'string' && isVerified === true ? email : undefined;
}

function foldEmail(identity: string): string {
  return identity.includes('@') ? identity.toLowerCase() : identity;
}
