import {
  createTrpcTransport,
  type Datastore,
  DatastoreError,
  type Datastores,
  openReplicated,
  type SelfCheckSchedule,
  type Strategy,
  type TokenSource,
} from '@datastores/core';
import { addRxPlugin } from 'rxdb';
import { RxDBLeaderElectionPlugin } from 'rxdb/plugins/leader-election';
import { dexieStorage } from './storage.ts';

/** How to open datastores in a browser. The same names as in Node, where a folder takes the place of a name. */
export interface OpenDatastoresOptions<D extends readonly Datastore[]> {
  readonly datastores: D;
  /** Name of the local database. Default `datastores`. */
  readonly name?: string;
  /** Base of the server's tRPC routes, e.g. `https://sync.example.com/trpc`. Without it everything stays local. */
  readonly url?: string;
  /** Access token, or a function that fetches a fresh one. */
  readonly token?: TokenSource;
  /** When each datastore exchanges changes, by name. Default: real-time. */
  readonly strategies?: { readonly [T in D[number] as T['name']]?: Strategy };
  /** When the replica compares itself with the server; false: only by `check()`. Default: about once a day. */
  readonly selfCheck?: SelfCheckSchedule | false;
}

addRxPlugin(RxDBLeaderElectionPlugin);

/**
 * Opens datastores on IndexedDB, and replicates them with the server if a `url` is given. All tabs of an origin share
 * the database and are live; one of them, elected, talks to the server. Works offline from the first call.
 */
export async function openDatastores<const D extends readonly Datastore[]>(
  options: OpenDatastoresOptions<D>,
): Promise<Datastores<D>> {
  const { url, token } = options;
  if (url !== undefined && token === undefined) {
    throw new DatastoreError('CONFIG_INVALID', 'A url was given but no token.', {
      remedy: 'Pass token: a text, or a function that returns one.',
    });
  }
  return openReplicated({
    datastores: options.datastores,
    name: options.name ?? 'datastores',
    storage: dexieStorage(),
    multiInstance: true,
    transport: url === undefined || token === undefined ? null : createTrpcTransport({ url, token }),
    strategies: options.strategies as Readonly<Record<string, Strategy>> | undefined,
    selfCheck: options.selfCheck,
    elected: (database) => database.waitForLeadership(),
  });
}
