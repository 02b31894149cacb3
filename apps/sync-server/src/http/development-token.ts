import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatastoreError } from '@datastores/core';
import { SignJWT } from 'jose';
import { type Clock, systemClock } from '../clock.ts';

/** Name of the file in the data folder that holds the secret of development tokens. */
const SECRET_FILE = 'development-secret';

/** The secret of development tokens in a data folder, or null if none was minted yet. */
export function readDevelopmentSecret(dataFolder: string): string | null {
  try {
    return readFileSync(join(dataFolder, SECRET_FILE), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusable(dataFolder, error);
  }
}

/** The secret of development tokens; minted at the first call, readable by this user only. */
export function mintDevelopmentSecret(dataFolder: string): string {
  const known = readDevelopmentSecret(dataFolder);
  if (known !== null && known !== '') return known;
  const path = join(dataFolder, SECRET_FILE);
  const secret = randomBytes(48).toString('base64url');
  try {
    mkdirSync(dataFolder, { recursive: true });
    writeFileSync(path, `${secret}\n`, { mode: 0o600 });
    chmodSync(path, 0o600);
  } catch (error) {
    throw unusable(dataFolder, error);
  }
  return secret;
}

/**
 * A development token of a server with `auth.developmentTokens`, for programs that start their own server: examples and
 * tests. Throws FOLDER_UNUSABLE.
 */
export function developmentToken(
  dataFolder: string,
  options: { readonly subject: string; readonly ttlMs: number; readonly roles?: readonly string[] },
): Promise<string> {
  const claims = { scopes: ['main'], roles: [], issuer: null, audience: null, ...options };
  return signToken(mintDevelopmentSecret(dataFolder), claims, systemClock);
}

/** What a token says. */
export interface TokenClaims {
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly ttlMs: number;
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** Signs a token with a shared secret (HS256). */
export async function signToken(secret: string, claims: TokenClaims, clock: Clock): Promise<string> {
  const now = Math.floor(clock.now() / 1000);
  const token = new SignJWT({ scopes: [...claims.scopes], roles: [...claims.roles] })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(claims.subject)
    .setIssuedAt(now)
    .setExpirationTime(now + Math.ceil(claims.ttlMs / 1000));
  if (claims.issuer !== null) token.setIssuer(claims.issuer);
  if (claims.audience !== null) token.setAudience(claims.audience);
  return token.sign(new TextEncoder().encode(secret));
}

function unusable(dataFolder: string, cause: unknown): DatastoreError {
  return new DatastoreError('FOLDER_UNUSABLE', `${join(dataFolder, SECRET_FILE)} cannot be read or written.`, {
    cause,
  });
}
