import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/**
 * The public keys of an issuer. Fetched when a token needs one that is not known, at most twice a minute, and again after ten
 * minutes, so that a key which the issuer has withdrawn ends. While the issuer cannot be reached the keys that were fetched last
 * go on holding: its outage must not become everybody's.
 */
export function issuerKeys(url: URL): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url);
  let fetched: unknown = null;
  let last: JWTVerifyGetKey | null = null;
  return async (header, token) => {
    try {
      const key = await remote(header, token);
      const set = remote.jwks();
      if (set !== undefined && set !== fetched) {
        fetched = set;
        last = createLocalJWKSet(set);
      }
      return key;
    } catch (outage) {
      if (last === null || isAnswer(outage)) throw outage;
      try {
        return await last(header, token);
      } catch {
        throw outage;
      }
    }
  };
}

/** The issuer has answered, and what it said is that there is no such key. */
function isAnswer(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
}
