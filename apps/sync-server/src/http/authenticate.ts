import { DatastoreError } from '@datastores/core';
import { type Caller, MAX_SCOPES } from '@datastores/core/protocol';
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Clock } from '../clock.ts';
import { isScopeName } from '../replication/scope-name.ts';
import { issuerKeys } from './issuer-keys.ts';
import type { Authenticate, Principal } from './principal.ts';
import { createPrincipalCache } from './principal-cache.ts';

/** What tokens are checked with: a shared secret, or the public keys of an issuer. */
export interface AuthenticateOptions {
  readonly key: { readonly secret: Uint8Array } | { readonly jwksUrl: string };
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly clock: Clock;
  /** Asked at every request about whoever it belongs to. Default: nobody withdraws a token. */
  readonly isWithdrawn?: (caller: Caller) => Promise<boolean>;
}

/** How far the clocks of issuer and server may differ. */
const TOLERANCE_S = 30;

/** Signatures with public keys that are accepted. A fixed list: the token does not choose how it is checked. */
const PUBLIC_KEY_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
  'Ed25519',
];

/** Checks bearer tokens (JWT) and reads their claims `sub`, `scopes` (default `["main"]`) and `roles`. */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const verify = verifier(options);
  const known = createPrincipalCache(options.clock);
  const { isWithdrawn } = options;
  return async (authorization) => {
    const principal = await proved(bearerToken(authorization));
    if (await isWithdrawn?.(principal)) throw tokenInvalid('The token was withdrawn.');
    return principal;
  };

  async function proved(token: string): Promise<Principal> {
    const before = known.get(token);
    if (before !== null) return before;
    try {
      const principal = principalOf(await verify(token));
      known.put(token, principal);
      return principal;
    } catch (error) {
      throw readable(error);
    }
  }
}

function verifier({ key, issuer, audience, clock }: AuthenticateOptions): (token: string) => Promise<JWTPayload> {
  const expected = (algorithms: string[]): JWTVerifyOptions => ({
    algorithms,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: TOLERANCE_S,
    currentDate: new Date(clock.now()),
    ...(issuer === null ? {} : { issuer }),
    ...(audience === null ? {} : { audience }),
  });
  if ('secret' in key) return async (token) => (await jwtVerify(token, key.secret, expected(['HS256']))).payload;
  const keys = issuerKeys(new URL(key.jwksUrl));
  return async (token) => (await jwtVerify(token, keys, expected(PUBLIC_KEY_ALGORITHMS))).payload;
}

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw tokenInvalid('There is no Authorization header.');
  const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw tokenInvalid('The Authorization header is not "Bearer <token>".');
  return token;
}

function principalOf(claims: JWTPayload): Principal {
  const { sub, exp } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > 200) {
    throw tokenInvalid('The claim "sub" of the token must be a text of 1 to 200 characters.');
  }
  const scopes = claims['scopes'] === undefined ? ['main'] : claims['scopes'];
  if (!isList(scopes, isScopeName) || scopes.length === 0 || scopes.length > MAX_SCOPES) {
    throw tokenInvalid(
      `The claim "scopes" of the token must list 1 to ${MAX_SCOPES} names of letters, digits and ". _ : @ / -".`,
    );
  }
  const roles = claims['roles'] === undefined ? [] : claims['roles'];
  if (!isList(roles, (role) => typeof role === 'string')) {
    throw tokenInvalid('The claim "roles" of the token must be a list of texts.');
  }
  return { subject: sub, scopes, roles, claims, expiresAt: ((exp ?? 0) + TOLERANCE_S) * 1000 };
}

function isList(value: unknown, fits: (entry: unknown) => boolean): value is string[] {
  return Array.isArray(value) && value.every(fits);
}

function readable(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) {
    return new DatastoreError('TOKEN_EXPIRED', 'The token has expired.', { cause: error });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const missing = error.reason === 'missing' ? 'is missing' : 'is not what this server expects';
    return tokenInvalid(`The claim "${error.claim}" of the token ${missing}.`, error);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return tokenInvalid('The token is not signed by a key of this server.', error);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return tokenInvalid('The token is signed in a way that this server does not accept.', error);
  }
  if (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported
  ) {
    return tokenInvalid('The token is malformed.', error);
  }
  if (error instanceof DatastoreError) return error;
  // What is left is the address of the keys: an outage of the issuer is no fault of the token, so it may be repeated.
  return new DatastoreError('SERVER_FAILED', 'The keys of the token issuer cannot be fetched at the moment.', {
    cause: error,
    remedy: 'Check auth.jwksUrl and the issuer; the request is repeated.',
  });
}

function tokenInvalid(message: string, cause?: unknown): DatastoreError {
  return new DatastoreError('TOKEN_INVALID', message, cause === undefined ? {} : { cause });
}
