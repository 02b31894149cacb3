import type { Clock } from '../clock.ts';
import type { Principal } from './principal.ts';

/** Whom the tokens of the last requests belong to. */
export interface PrincipalCache {
  /** Null: it has to be verified. */
  get(token: string): Principal | null;
  put(token: string, principal: Principal): void;
}

/** After so long a token is verified again, so that one signed by a key which its issuer withdrew ends soon. */
const KNOWN_MS = 60_000;

/** Most tokens that are remembered. */
const MAX_TOKENS = 5_000;

/** A replica sends the same token with every request, and to verify a signature takes longer than to store a small change. */
export function createPrincipalCache(clock: Clock): PrincipalCache {
  const entries = new Map<string, { readonly principal: Principal; readonly until: number }>();
  return {
    get(token) {
      const entry = entries.get(token);
      if (entry === undefined) return null;
      if (clock.now() < entry.until) return entry.principal;
      entries.delete(token);
      return null;
    },
    put(token, principal) {
      const oldest = entries.keys().next();
      if (entries.size >= MAX_TOKENS && !oldest.done) entries.delete(oldest.value);
      const until = Math.min(clock.now() + KNOWN_MS, principal.expiresAt ?? Number.POSITIVE_INFINITY);
      entries.set(token, { principal, until });
    },
  };
}
