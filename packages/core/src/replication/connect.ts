import { combineLatest, map, type Observable, Subject, type Subscription, shareReplay } from 'rxjs';
import { MAX_PAGE_BYTES, MAX_PUSH_BYTES } from '../protocol/limits.ts';
import type { Journal } from '../replica/journal.ts';
import { journalKey } from '../replica/journal-entry.ts';
import type { ReplicatedStorage } from '../replica/journaled-storage.ts';
import type { Replica } from '../replica/replica.ts';
import type { Datastore } from '../schema/datastore.ts';
import { realTime, type Strategy } from '../strategy.ts';
import type { CheckReport } from './check-report.ts';
import { type Confirmation, confirmChange, type SettledChange } from './confirm.ts';
import { createLive } from './live.ts';
import { type OverallStatus, overallStatus } from './overall-status.ts';
import { createReplication, type Replication } from './replicate.ts';
import { createTransferSize } from './transfer-size.ts';
import type { Transport } from './transport.ts';

/** What connects a replica with its server. */
export interface ConnectOptions {
  readonly replica: Replica;
  readonly datastores: readonly Datastore[];
  readonly transport: Transport;
  /** When each datastore exchanges changes. Default: real-time. */
  readonly strategies?: Readonly<Record<string, Strategy>>;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Time between two comparisons with the server, milliseconds; null: none but those that are asked for. */
  readonly checkEveryMs?: number | null;
  /** True if the replica may have lost something since it was open the last time. */
  readonly checkAtStart?: boolean;
  /** Resolves when this instance is the one that replicates; where several tabs share a database, only one does. */
  readonly elected?: Promise<unknown>;
}

/** A connected replica. */
export interface Connection {
  readonly status$: Observable<OverallStatus>;
  confirm(options: { datastore?: string; id: string; timeoutMs: number }): Promise<Confirmation>;
  /**
   * Exchanges everything now; resolves after the attempt, whether it succeeded is told by `status$`. Where another
   * instance is the elected one nothing is exchanged here: that one pushes by its strategy.
   */
  syncNow(): Promise<void>;
  /** Compares every datastore with the server and repairs what differs. Empty where another instance is the elected one. */
  check(): Promise<readonly CheckReport[]>;
  close(): Promise<void>;
}

/** Starts replicating every datastore of a replica over one transport and one stream. Starts offline just as well. */
export function connect(options: ConnectOptions): Connection {
  const { replica, datastores, transport } = options;
  const random = options.random ?? Math.random;
  const sizes = { pull: createTransferSize(MAX_PAGE_BYTES), push: createTransferSize(MAX_PUSH_BYTES) };
  const settled$ = new Subject<SettledChange>();
  let live: ReturnType<typeof createLive> | undefined;
  let closed = false;

  const replications = new Map<string, Replication>();
  for (const datastore of datastores) {
    const replication = createReplication({
      target: {
        datastore,
        storage: replica.storages.get(datastore.name) as ReplicatedStorage,
        journal: replica.journal,
        now: options.now ?? Date.now,
      },
      transport,
      strategy: options.strategies?.[datastore.name] ?? realTime(),
      replica: replica.id,
      sizes,
      random,
      ...(options.checkEveryMs === undefined ? {} : { checkEveryMs: options.checkEveryMs }),
      checkAtStart: options.checkAtStart ?? false,
      streamConnected: () => live?.connected() ?? false,
      settled: (outcome) => settled$.next({ datastore: datastore.name, outcome }),
    });
    replications.set(datastore.name, replication);
  }
  const edits = pushEdits(replica, replications);
  const start = () => {
    if (closed) return;
    for (const replication of replications.values()) replication.start();
    live = liveOf(replications, options);
  };
  if (options.elected === undefined) start();
  // An election that breaks off (the database was closed meanwhile) elects nobody.
  else options.elected.then(start, () => undefined);

  return {
    status$: statusOf(replications),
    confirm({ datastore, id, timeoutMs }) {
      const names = datastores.map((declared) => declared.name);
      const name = datastore ?? datastoreOf(replica.journal, names, id);
      return confirmChange(replica.journal, settled$, { datastore: name, id, timeoutMs });
    },
    async syncNow() {
      live?.retry();
      await Promise.all([...replications.values()].map((replication) => replication.syncNow()));
    },
    async check() {
      const reports = await Promise.all([...replications.values()].map((replication) => replication.check()));
      return reports.filter((report) => report !== null);
    },
    async close() {
      closed = true;
      edits.unsubscribe();
      live?.close();
      await Promise.all([...replications.values()].map((replication) => replication.close()));
      transport.close?.();
      settled$.complete();
    },
  };
}

/** The datastore in which a document of this id waits for an answer, or else has been refused. */
function datastoreOf({ index }: Journal, names: readonly string[], id: string): string {
  const waiting = names.find((datastore) => index.has(journalKey({ kind: 'edit', datastore, id })));
  if (waiting !== undefined) return waiting;
  const refused = [...index.values()].filter((entry) => entry.kind === 'rejected' && entry.id === id);
  return refused.at(-1)?.datastore ?? '';
}

/** One stream for all datastores that follow pokes; none where there is no such datastore. */
function liveOf(replications: ReadonlyMap<string, Replication>, { transport, datastores, random }: ConnectOptions) {
  const following = datastores.filter(({ name }) => replications.get(name)?.followsPokes);
  if (following.length === 0) return undefined;
  return createLive({
    transport,
    random: random ?? Math.random,
    datastores: Object.fromEntries(following.map(({ name, version }) => [name, version])),
    poked: (poke) => {
      for (const { name } of following) replications.get(name)?.poked(poke);
    },
    changed: () => {
      for (const { name } of following) replications.get(name)?.streamChanged();
    },
  });
}

function pushEdits(replica: Replica, replications: ReadonlyMap<string, Replication>): Subscription {
  return replica.journal.changes$.subscribe((touched) => {
    for (const name of touched) replications.get(name)?.edited(replica.journal.index.edits(name));
  });
}

function statusOf(replications: ReadonlyMap<string, Replication>): Observable<OverallStatus> {
  const states = Object.fromEntries([...replications].map(([name, replication]) => [name, replication.status$]));
  return combineLatest(states).pipe(map(overallStatus), shareReplay({ bufferSize: 1, refCount: true }));
}
