import type { Caller } from '@datastores/core/protocol';

/** A caller as its token has proved it. The roles open routes of the server too. */
export interface Principal extends Caller {
  readonly roles: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Proves who sent an `Authorization` header. Throws TOKEN_INVALID or TOKEN_EXPIRED. */
export type Authenticate = (authorization: string | undefined) => Promise<Principal>;
