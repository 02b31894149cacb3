import type { Datastore, Datastores, DatastoresControl } from '@datastores/core';
import type { JsonDocument } from '@datastores/core/schema';
import { openDatastores } from '@datastores/node';
import type { RxCollection } from 'rxdb';
import type { Kind } from '../documents/kinds.ts';

/** A replica with one datastore. */
export interface OpenReplica {
  readonly collection: RxCollection<JsonDocument>;
  readonly stores: Pick<Datastores<readonly Datastore[]>, keyof DatastoresControl | 'search'>;
}

/** Where the server of a replica is. */
export interface ServerAddress {
  readonly url: string;
  readonly token: string;
}

/** Opens one datastore in a folder, as an application does; without a server it stays local. */
export async function openReplica(folder: string, { datastore }: Kind, server?: ServerAddress): Promise<OpenReplica> {
  const stores = await openDatastores({ datastores: [datastore], folder, drainMs: false, ...server });
  const collections = stores as unknown as Readonly<Record<string, RxCollection<JsonDocument>>>;
  return { collection: collections[datastore.name] as RxCollection<JsonDocument>, stores };
}
