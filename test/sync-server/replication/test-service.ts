import { join } from 'node:path';
import {
  type Caller,
  type Checkpoint,
  MAX_PAGE_BYTES,
  PROTOCOL_VERSION,
  type PulledRow,
  type PullPage,
  type PushOutcome,
  type PushRow,
  parsePulledRows,
  type ReplicationService,
} from '@datastores/core/protocol';
import type { Datastore, JsonDocument } from '@datastores/core/schema';
import { type Store, systemClock } from '@datastores/sync-server';
import {
  createReplicationService,
  type ReplicationServiceOptions,
} from '../../../apps/sync-server/src/replication/service.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openTestStore } from '../../support/test-store.ts';

/** A replication service on a store of its own. */
export async function openService(
  datastores: readonly Datastore[],
  options: Partial<ReplicationServiceOptions> = {},
): Promise<{ readonly service: ReplicationService & { close: () => void }; readonly store: Store } & AsyncDisposable> {
  const folder = temporaryFolder();
  const store = await openTestStore(join(folder.path, 'store.sqlite'), { datastores, routes: () => [] });
  const service = createReplicationService({ store, datastores, clock: systemClock, ...options });
  return {
    store,
    service,
    [Symbol.asyncDispose]: async () => {
      service.close();
      await store.close();
      folder[Symbol.dispose]();
    },
  };
}

/** A caller with some scopes. */
export function callerOf(subject: string, scopes: readonly string[] = ['main']): Caller {
  return { subject, scopes, expiresAt: null };
}

/** One replica's side of the protocol, with what every call repeats filled in. */
export interface Wire {
  readonly service: ReplicationService;
  readonly caller: Caller;
  readonly datastore: Datastore;
  readonly replica: string;
  readonly schemaVersion?: number;
}

/** Pushes rows; the service must take the checkpoint. */
export async function pushRows(
  wire: Wire,
  rows: readonly (PushRow | Record<string, unknown>)[],
  checkpoint: Checkpoint | null = null,
): Promise<readonly PushOutcome[]> {
  const answer = await wire.service.push(
    { ...headerOf(wire), replica: wire.replica, checkpoint, rows: JSON.stringify(rows) },
    wire.caller,
  );
  if (answer.kind !== 'done') throw new Error(`expected outcomes, got a reset: ${JSON.stringify(answer.scopes)}`);
  return answer.outcomes;
}

/** Pulls one page; the service must take the checkpoint. */
export async function pullPage(
  wire: Wire,
  checkpoint: Checkpoint | null = null,
  limits: { readonly maxRows?: number; readonly maxBytes?: number } = {},
): Promise<PullPage & { readonly rows: readonly PulledRow[] }> {
  const answer = await wire.service.pull(
    { ...headerOf(wire), checkpoint, maxRows: 1000, maxBytes: MAX_PAGE_BYTES, ...limits },
    wire.caller,
  );
  if (answer.kind !== 'page') throw new Error(`expected a page, got a reset: ${JSON.stringify(answer.scopes)}`);
  return { ...answer, rows: parsePulledRows(answer.documents) };
}

/** A row that inserts a document, which its replica has written `edit` times. */
export function insertRow(doc: JsonDocument, edit = 1): PushRow {
  const changed = Object.keys(doc).filter((field) => field !== 'id');
  return { id: doc.id, base: null, edit, changed, was: {}, doc };
}

/** What every request begins with. */
export function headerOf({ datastore, schemaVersion }: Pick<Wire, 'datastore' | 'schemaVersion'>) {
  return { protocol: PROTOCOL_VERSION, datastore: datastore.name, schemaVersion: schemaVersion ?? datastore.version };
}
