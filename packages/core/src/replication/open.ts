import type { RxCollection, RxDatabase, RxStorage } from 'rxdb';
import { EMPTY, map, type Observable, of } from 'rxjs';
import { DatastoreError } from '../errors.ts';
import { SERVER_OWNED } from '../protocol/own-scopes.ts';
import { type EditEntry, journalKey, type QuarantinedDocument, type RejectedChange } from '../replica/journal-entry.ts';
import type { ReplicatedStorage } from '../replica/journaled-storage.ts';
import { createReplica } from '../replica/replica.ts';
import type { Datastore, DocumentOf } from '../schema/datastore.ts';
import type { Document } from '../schema/document.ts';
import { systemStates } from '../schema/system-states.ts';
import { writeReceipts } from '../schema/write-receipts.ts';
import type { Strategy } from '../strategy.ts';
import { createAcceptedWrites } from './accepted-writes.ts';
import { type Ages, createAges } from './ages.ts';
import type { CheckReport } from './check-report.ts';
import { type AnsweredChange, type Confirmation, confirmationOf } from './confirm.ts';
import { type ConfirmOptions, confirmWrite } from './confirm-write.ts';
import { type Connection, type ConnectOptions, connect } from './connect.ts';
import { type OverallStatus, overallStatus } from './overall-status.ts';
import { createReceipts, type Receipts } from './receipts.ts';
import { createSearch, type Search } from './search.ts';
import { shareConnection } from './share-connection.ts';
import type { SharedReplica } from './shared-line.ts';
import { loadSystems } from './systems.ts';
import type { Transport } from './transport.ts';
import { quarantined$, rejected$, unpushed$, unpushedEdits$ } from './unpushed.ts';

/** What every platform's `openDatastores` hands on. */
export interface OpenOptions<D extends readonly Datastore[]> {
  readonly datastores: D;
  readonly name: string;
  readonly storage: RxStorage<unknown, unknown>;
  readonly multiInstance: boolean;
  /** How to reach the server; null: stay local. */
  readonly transport: Transport | null;
  readonly strategies?: Readonly<Record<string, Strategy>> | undefined;
  /** Datastores that pull for the first time before all others do, the most urgent one first. Throws OPTION_INVALID for others. */
  readonly first?: readonly string[] | undefined;
  /** When the replica compares itself with the server; false: only when asked. Default: about once a day. */
  readonly selfCheck?: SelfCheckSchedule | false | undefined;
  /** True if the replica may have lost something since it was open the last time: it is compared at once. */
  readonly mayLackWrites?: boolean;
  /** How those that share the database agree on who replicates. Default: this instance does. */
  readonly shared?: SharedReplica;
}

/** How often a replica compares itself with the server while there is nothing else to do. */
export interface SelfCheckSchedule {
  /** Milliseconds, give or take a tenth. */
  readonly everyMs: number;
}

/** The datastores by name, each the RxCollection itself, with what concerns all of them. */
export type Datastores<D extends readonly Datastore[]> = {
  readonly [T in D[number] as T['name']]: RxCollection<DocumentOf<T>>;
} & DatastoresControl & { readonly search: Search<D> };

/** What an open replica offers beside its collections. */
export interface DatastoresControl extends Ages {
  /** State of the replication; everything local works in every state. */
  readonly status$: Observable<OverallStatus>;
  /** How many documents have changes that the server has not acknowledged. */
  readonly unpushed$: Observable<number>;
  /** The unpushed edits that were made first, with their bases, oldest first; at most 200. */
  readonly unpushedEdits$: Observable<readonly EditEntry[]>;
  /** What the server makes of pushed changes, as it answers: accepted, merged with which decisions, or rejected. */
  readonly answered$: Observable<AnsweredChange>;
  /** Changes that ended without effect, with payload and reason. They stay until discarded. */
  readonly rejected$: Observable<readonly RejectedChange[]>;
  /** Documents of the server that do not fit the schema of this replica, with the reason. They go when a version comes that fits. */
  readonly quarantined$: Observable<readonly QuarantinedDocument[]>;
  /** How far local writes have got: at the server, and in the external systems that it tells of them. */
  readonly receipts: Receipts;
  /**
   * Waits until the server has answered the local changes of a document: accepted, merged, or rejected; `queued` if that
   * takes longer than `timeoutMs` (default 10,000), e.g. because there is no network. With `until: 'confirmed'` it waits for
   * the external systems too, see {@link ConfirmOptions}.
   */
  confirm(id: string, options?: ConfirmOptions): Promise<Confirmation>;
  /**
   * Exchanges everything now and resolves after the attempt; also after a new sign-in. In a browser the tab that replicates
   * does it for all others.
   */
  syncNow(): Promise<void>;
  /**
   * Compares every datastore with the server, at one position and over digests, and repairs what differs by exchanging
   * only that; unpushed edits are not touched. Happens by itself where a damaged or older file was opened, after the server
   * was restored, and about once a day; what came of it is also told in `status$`. Empty without a server.
   */
  check(): Promise<readonly CheckReport[]>;
  /** Tries at once what waits for the server to be reached again, e.g. when the device has a network; needs no sign-in. */
  wake(): void;
  /** Takes a change off the rejected list. */
  discard(change: RejectedChange): Promise<void>;
  /** Stops replication and closes the database; with `drainMs`, first tries that long to push what is unpushed. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
  readonly database: RxDatabase;
  /** Stable id of this replica, by which the server knows it. */
  readonly replicaId: string;
}

/** Opens the replica and connects it. The common part of `openDatastores` on all platforms. */
export async function openReplicated<const D extends readonly Datastore[]>(
  options: OpenOptions<D>,
): Promise<Datastores<D>> {
  const { datastores, transport } = options;
  const checkEveryMs = intervalOf(options.selfCheck);
  assertKnown(options.first ?? [], datastores);
  const replica = await createReplica({ ...options, newId: () => globalThis.crypto.randomUUID() });
  const instanceOf = ({ name }: { readonly name: string }) =>
    (replica.storages.get(name) as ReplicatedStorage).instance;
  const accepted = createAcceptedWrites();
  const { journal, storages } = replica;
  const source = { journal, instance: instanceOf(writeReceipts), accepted, storages };
  const systems = await loadSystems(instanceOf(systemStates));
  const names = datastores.map(({ name }) => name);
  const begin = (there: Transport, told: Pick<ConnectOptions, 'accepted' | 'settled'>) =>
    connect({
      replica,
      datastores,
      transport: there,
      ...told,
      checkAtStart: options.mayLackWrites ?? false,
      ...(checkEveryMs === undefined ? {} : { checkEveryMs }),
      ...(options.first === undefined ? {} : { first: options.first }),
      ...(options.strategies === undefined ? {} : { strategies: options.strategies }),
    });
  const { shared } = options;
  const ownNames = SERVER_OWNED.map(({ name }) => name);
  const connection =
    transport === null
      ? null
      : shared === undefined
        ? begin(transport, { accepted })
        : shareConnection({ shared, journal, accepted, names, ownNames, begin: (told) => begin(transport, told) });
  let closing: Promise<void> | undefined;
  const control: DatastoresControl = {
    status$: connection?.status$ ?? of(overallStatus({})),
    unpushed$: unpushed$(replica.journal),
    unpushedEdits$: unpushedEdits$(replica.journal),
    answered$: answered$(connection),
    rejected$: rejected$(replica.journal),
    quarantined$: quarantined$(replica.journal),
    receipts: createReceipts(source),
    ...createAges(systems, connection),
    confirm: async (id, confirmOptions = {}) =>
      connection === null ? { outcome: 'queued' } : confirmWrite({ connection, source, names }, id, confirmOptions),
    syncNow: async () => connection?.syncNow(),
    check: async () => connection?.check() ?? [],
    wake: () => connection?.wake(),
    discard: (change) => replica.journal.remove([journalKey(change)]),
    close: ({ drainMs = 0 } = {}) => {
      closing ??= close({ connection, drainMs, end: () => replica.close() }).finally(() => systems.close());
      return closing;
    },
    database: replica.database,
    replicaId: replica.id,
  };
  const search = createSearch(replica, datastores);
  return { ...(replica.collections as Record<string, RxCollection<Document>>), ...control, search } as Datastores<D>;
}

function answered$(connection: Connection | null): Observable<AnsweredChange> {
  return (connection?.settled$ ?? EMPTY).pipe(
    map(({ datastore, outcome }) => ({ datastore, id: outcome.id, confirmation: confirmationOf(outcome) })),
  );
}

/** Throws OPTION_INVALID. */
function assertKnown(first: readonly string[], datastores: readonly Datastore[]): void {
  const unknown = first.find((name) => !datastores.some((datastore) => datastore.name === name));
  if (unknown === undefined) return;
  throw new DatastoreError('OPTION_INVALID', `"first" names "${unknown}", which is none of the datastores.`);
}

/** Throws OPTION_INVALID. */
function intervalOf(selfCheck: SelfCheckSchedule | false | undefined): number | null | undefined {
  if (selfCheck === undefined) return undefined;
  if (selfCheck === false) return null;
  const { everyMs } = selfCheck;
  if (Number.isFinite(everyMs) && everyMs >= LEAST_INTERVAL_MS) return everyMs;
  throw new DatastoreError('OPTION_INVALID', `"selfCheck.everyMs" is ${everyMs}, not ${LEAST_INTERVAL_MS} or more.`);
}

/** More often is no self-check but a load test of the server. */
const LEAST_INTERVAL_MS = 1_000;

async function close(parts: {
  readonly connection: Connection | null;
  readonly drainMs: number;
  readonly end: () => Promise<void>;
}): Promise<void> {
  const { connection, drainMs } = parts;
  if (connection !== null && drainMs > 0) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([connection.syncNow(), enough]);
    clearTimeout(timer);
  }
  await connection?.close();
  await parts.end();
}
