import { setMaxListeners } from 'node:events';
import {
  type Caller,
  OLDEST_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  type ReplicationService,
  SERVER_OWNED,
} from '@datastores/core/protocol';
import { type Datastore, prepareValidation } from '@datastores/core/schema';
import type { Clock } from '../clock.ts';
import { type Log, silentLog } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { AccessRulesByDatastore } from './access-rules.ts';
import { changes } from './changes.ts';
import { digest } from './digest.ts';
import { createDigestTables } from './digest-tables.ts';
import { createLiveFeed } from './live-feed.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import { createReplicaNotes } from './replica-notes.ts';

/** What replication is served from. */
export interface ReplicationServiceOptions {
  readonly store: Store;
  readonly datastores: readonly Datastore[];
  readonly clock: Clock;
  readonly log?: Log;
  /** Who may see and write what, beyond the scopes of tokens. Default: everybody all that is in theirs. */
  readonly access?: AccessRulesByDatastore;
  /** False for a caller whose access was withdrawn although its token still holds. Default: nobody withdraws any. */
  readonly holds?: (caller: Caller) => Promise<boolean>;
}

/** The serving side of replication. `close` ends the open streams; the store stays the caller's. */
export function createReplicationService(
  options: ReplicationServiceOptions,
): ReplicationService & { readonly close: () => void } {
  const { store, clock, access: rules = {}, holds = null } = options;
  const closing = new AbortController();
  // Every open stream listens.
  setMaxListeners(0, closing.signal);
  const all: readonly Datastore[] = [...options.datastores, ...SERVER_OWNED];
  const datastores = new Map(all.map((datastore) => [datastore.name, datastore]));
  for (const datastore of options.datastores) prepareValidation(datastore);
  const served = { store, datastores, rules, log: options.log ?? silentLog };
  const tables = createDigestTables(store);
  const feed = createLiveFeed(served);
  return {
    info: async () => ({
      protocol: PROTOCOL_VERSION,
      oldestProtocol: OLDEST_PROTOCOL_VERSION,
      datastores: options.datastores.map(({ name, version }) => ({ name, schemaVersion: version })),
      encodings: ['gzip'],
      now: clock.now(),
    }),
    pull: (request, caller) => pull(served, request, caller),
    push: (request, caller) => push(served, request, caller),
    digest: (request, caller) => digest({ ...served, tables }, request, caller),
    note: createReplicaNotes({ store, clock }),
    changes: (request, caller, signal) =>
      changes({ store, rules, holds, feed, clock, closing: closing.signal }, { request, caller, signal }),
    close: () => {
      closing.abort();
      feed.close();
    },
  };
}
