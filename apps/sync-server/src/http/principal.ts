import type { Caller } from '@datastores/core/protocol';

/** A caller as the server sees it: what replication needs, and the roles that open its other routes. */
export interface Principal extends Caller {
  readonly roles: readonly string[];
}

/** Proves who sent an `Authorization` header. Throws TOKEN_INVALID or TOKEN_EXPIRED. */
export type Authenticate = (authorization: string | undefined) => Promise<Principal>;
