import { join } from 'node:path';
import {
  type Datastore,
  type Datastores,
  type DatastoresControl,
  openReplicated,
  type SharedReplica,
  type Strategy,
} from '@datastores/core';
import type { Caller } from '@datastores/core/protocol';
import type { RxStorage } from 'rxdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { firstValueFrom } from 'rxjs';
import { systemClock } from '../../apps/sync-server/src/clock.ts';
import {
  createReplicationService,
  type ReplicationServiceOptions,
} from '../../apps/sync-server/src/replication/service.ts';
import type { Store } from '../../apps/sync-server/src/store/store.ts';
import { temporaryFolder } from './folder.ts';
import { type Line, lineTo } from './network.ts';
import { openTestStore } from './test-store.ts';

/** A store and the service over it, in this process, without a network. */
export async function startService(
  datastores: readonly Datastore[],
  filename?: string,
  options: Partial<ReplicationServiceOptions> = {},
) {
  const folder = temporaryFolder();
  const store = await openTestStore(filename ?? join(folder.path, 'store.db'), {
    datastores,
    routes: () => [],
  });
  const service = createReplicationService({ store, datastores, clock: systemClock, ...options });
  return {
    store,
    service,
    async [Symbol.asyncDispose]() {
      service.close();
      await store.close();
      folder[Symbol.dispose]();
    },
  };
}

/** A caller of the scope `main`. */
export function callerOf(subject: string, scopes: readonly string[] = ['main']): Caller {
  return { subject, scopes, expiresAt: null };
}

let replicas = 0;

/** A replica in memory, connected to a service over a line that can fail. */
export async function startReplica<const D extends readonly Datastore[]>(
  service: Parameters<typeof lineTo>[0],
  options: {
    readonly datastores: D;
    readonly caller?: Caller;
    readonly strategies?: Record<string, Strategy>;
    /** Default: in memory, gone when the replica is closed. */
    readonly storage?: RxStorage<unknown, unknown>;
    /** Opens the replica of that name again. */
    readonly name?: string;
    readonly multiInstance?: boolean;
    readonly mayLackWrites?: boolean;
    readonly selfCheck?: { readonly everyMs: number } | false;
    readonly shared?: SharedReplica;
    readonly first?: readonly string[];
  },
): Promise<{ readonly stores: Datastores<D>; readonly line: Line } & AsyncDisposable> {
  replicas += 1;
  const { line, transport } = lineTo(service, options.caller ?? callerOf('tester'));
  const stores = await openReplicated({
    datastores: options.datastores,
    name: options.name ?? `replica-${replicas}`,
    storage: options.storage ?? (getRxStorageMemory() as never),
    multiInstance: options.multiInstance ?? false,
    transport,
    strategies: options.strategies,
    first: options.first,
    selfCheck: options.selfCheck,
    mayLackWrites: options.mayLackWrites ?? false,
    ...(options.shared === undefined ? {} : { shared: options.shared }),
  });
  return { stores, line, [Symbol.asyncDispose]: () => stores.close() };
}

/** Resolves when nothing is unpushed and everything was pulled. */
export async function settled(stores: DatastoresControl): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const [unpushed, status] = [await firstValueFrom(stores.unpushed$), await firstValueFrom(stores.status$)];
    if (unpushed === 0 && status.state === 'live') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const status = await firstValueFrom(stores.status$);
  throw new Error(`not settled: ${await firstValueFrom(stores.unpushed$)} unpushed, ${JSON.stringify(status)}`);
}

/** A state that an external system has: a document, or the id of one that is gone. */
type StateThere = { readonly id: string; readonly [field: string]: unknown };

/** Writes documents as if an external system had brought them; `{ id, gone: true }` deletes. */
export async function writeThere(store: Store, datastore: Datastore, documents: readonly StateThere[]): Promise<void> {
  await store.write(
    { scope: 'main', documents: documents.map(({ id }) => ({ datastore: datastore.name, id })) },
    (current) => ({
      documents: documents.map((document) => ({
        datastore: datastore.name,
        id: document.id,
        body: 'gone' in document ? null : JSON.stringify(document),
        schemaVersion: datastore.version,
        author: '@erp',
        base: current.document({ datastore: datastore.name, id: document.id })?.version ?? null,
        from: null,
      })),
      result: null,
    }),
  );
}
