import { combineLatest, filter, map, merge, type Observable, Subject, type Subscription, shareReplay } from 'rxjs';
import { MAX_PAGE_BYTES, MAX_PUSH_BYTES } from '../protocol/limits.ts';
import { SERVER_OWNED } from '../protocol/own-scopes.ts';
import type { Journal } from '../replica/journal.ts';
import { journalKey } from '../replica/journal-entry.ts';
import type { ReplicatedStorage } from '../replica/journaled-storage.ts';
import type { Replica } from '../replica/replica.ts';
import type { Datastore } from '../schema/datastore.ts';
import { eventDriven, realTime, type Strategy } from '../strategy.ts';
import type { AcceptedWrites } from './accepted-writes.ts';
import type { CheckReport } from './check-report.ts';
import { type Confirmation, confirmChange, type SettledChange } from './confirm.ts';
import { type Contact, createContact } from './contact.ts';
import { createLive, type Live } from './live.ts';
import { type OverallStatus, overallStatus } from './overall-status.ts';
import { createOwnReplications, type OwnReplications, stepsFor } from './own-replications.ts';
import { createReplication, type Replication } from './replicate.ts';
import type { Status } from './status.ts';
import { createTransferSize } from './transfer-size.ts';
import type { Transport } from './transport.ts';
import { createTurns } from './turns.ts';

/** What connects a replica with its server. */
export interface ConnectOptions {
  readonly replica: Replica;
  readonly datastores: readonly Datastore[];
  readonly transport: Transport;
  /** Datastores that pull for the first time before all others do, the most urgent one first. */
  readonly first?: readonly string[];
  /** When each datastore exchanges changes. Default: real-time. */
  readonly strategies?: Readonly<Record<string, Strategy>>;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Time between two comparisons with the server, milliseconds; null: none but those that are asked for. */
  readonly checkEveryMs?: number | null;
  /** True if the replica may have lost something since it was open the last time. */
  readonly checkAtStart?: boolean;
  /** Where it is noted what the server has just taken. */
  readonly accepted?: AcceptedWrites;
  /** Told of every outcome, after it was taken in. */
  readonly settled?: (change: SettledChange) => void;
}

/** A connected replica. */
export interface Connection {
  readonly status$: Observable<OverallStatus>;
  readonly contact: Contact;
  /** Emits when contact with the server began or ended. */
  readonly contact$: Observable<unknown>;
  /** What the server has made of pushed changes, as it answers. */
  readonly settled$: Observable<SettledChange>;
  confirm(options: { datastore?: string; id: string; timeoutMs: number }): Promise<Confirmation>;
  /** Brings one of the datastores that the server owns up to date. Resolves after the attempt, with what came of it. */
  pullOwn(datastore: string): Promise<Status>;
  /** Exchanges everything now; resolves after the attempt, whether it succeeded is told by `status$`. */
  syncNow(): Promise<void>;
  /** Compares every datastore with the server and repairs what differs. */
  check(): Promise<readonly CheckReport[]>;
  /** Tries at once what waits for the server to be reached again; what waits for a person goes on waiting. */
  wake(): void;
  close(): Promise<void>;
}

/** How long the stream has to come up before receipts are asked for without it, milliseconds. */
const STREAM_PATIENCE_MS = 10_000;

/** Starts replicating every datastore of a replica over one transport and one stream. Starts offline just as well. */
export function connect(options: ConnectOptions): Connection {
  const { replica, datastores, transport } = options;
  const { now = Date.now, random = Math.random } = options;
  const sizes = { pull: createTransferSize(MAX_PAGE_BYTES), push: createTransferSize(MAX_PUSH_BYTES) };
  const settled$ = new Subject<SettledChange>();
  const streamChanged$ = new Subject<null>();
  const abort = new AbortController();
  let live: Live | undefined;
  let closed = false;
  let patience: ReturnType<typeof setTimeout> | undefined;

  const streamConnected = () => live?.connected() ?? false;
  const replicate = (datastore: Datastore, strategy: Strategy) =>
    createReplication({
      target: {
        datastore,
        storage: replica.storages.get(datastore.name) as ReplicatedStorage,
        journal: replica.journal,
        now,
      },
      transport,
      strategy,
      replica: replica.id,
      sizes,
      random,
      ...(options.checkEveryMs === undefined ? {} : { checkEveryMs: options.checkEveryMs }),
      checkAtStart: options.checkAtStart ?? false,
      streamConnected,
      turn: (signal) => turns.turnOf(datastore.name, signal),
      answered: (outcomes) => options.accepted?.note(datastore.name, outcomes),
      settled: (outcome) => {
        settled$.next({ datastore: datastore.name, outcome });
        options.settled?.({ datastore: datastore.name, outcome });
      },
    });
  const replications = new Map(
    datastores.map((datastore) => [
      datastore.name,
      replicate(datastore, options.strategies?.[datastore.name] ?? realTime()),
    ]),
  );
  const turns = createTurns(options.first ?? [], replications);
  const hasStream = [...replications.values()].some(({ followsPokes }) => followsPokes);
  const ownStrategy = hasStream ? realTime() : eventDriven();
  const ownParts = new Map<string, Replication>();
  for (const datastore of SERVER_OWNED) ownParts.set(datastore.name, replicate(datastore, ownStrategy));
  const contact = createContact({
    now,
    streamConnected,
    status: (name) => (replications.get(name) ?? ownParts.get(name))?.status() ?? null,
  });
  const askForTime = async () => {
    const asked = now();
    // Without an answer the clocks count as equal, or as different as they were.
    await transport.info(abort.signal).then(
      (info) => contact.told(info.now, asked),
      () => undefined,
    );
  };
  const own = createOwnReplications({
    replications: ownParts,
    began: () => void askForTime(),
    mayBegin: () => !closed,
  });
  const edits = pushEdits(replica, replications);
  // Without a stream nothing says that there is something new: then it is asked for whenever the rest was.
  const along = hasStream ? undefined : synced$(replications).subscribe(() => void own.refresh());
  for (const replication of replications.values()) replication.start();
  if (hasStream) {
    live = liveOf(replications, options, {
      own,
      changed: () => {
        contact.streamChanged();
        streamChanged$.next(null);
      },
    });
    patience = setTimeout(() => {
      if (!streamConnected()) void own.refresh();
    }, STREAM_PATIENCE_MS);
  }

  return {
    status$: statusOf(replications),
    contact,
    contact$: merge(streamChanged$, synced$(ownParts)),
    settled$: settled$.asObservable(),
    confirm({ datastore, id, timeoutMs }) {
      const names = datastores.map((declared) => declared.name);
      const name = datastore ?? datastoreOf(replica.journal, names, id);
      return confirmChange(replica.journal, settled$, { datastore: name, id, timeoutMs });
    },
    pullOwn: (datastore) => own.pullNow(datastore),
    async syncNow() {
      live?.retry();
      await Promise.all([...replications.values()].map((replication) => replication.syncNow()));
    },
    async check() {
      const reports = await Promise.all([...replications.values()].map((replication) => replication.check()));
      return reports.filter((report) => report !== null);
    },
    wake() {
      live?.retry();
      for (const replication of replications.values()) replication.wake();
    },
    async close() {
      closed = true;
      abort.abort();
      clearTimeout(patience);
      edits.unsubscribe();
      along?.unsubscribe();
      live?.close();
      await Promise.all([...[...replications.values()].map((replication) => replication.close()), own.close()]);
      transport.close?.();
      settled$.complete();
      streamChanged$.complete();
    },
  };
}

/** The datastore in which a document of this id waits for an answer, or else has been refused. */
export function datastoreOf({ index }: Journal, names: readonly string[], id: string): string {
  const waiting = names.find((datastore) => index.has(journalKey({ kind: 'edit', datastore, id })));
  if (waiting !== undefined) return waiting;
  const refused = [...index.values()].filter((entry) => entry.kind === 'rejected' && entry.id === id);
  return refused.at(-1)?.datastore ?? '';
}

/** Emits whenever one of them has come to have what the server has. */
function synced$(replications: ReadonlyMap<string, Replication>): Observable<unknown> {
  const each = [...replications.values()].map(({ status$ }) => {
    let before: number | null = null;
    return status$.pipe(
      filter(({ syncedAt }) => {
        const isNew = syncedAt !== before;
        before = syncedAt;
        return isNew && syncedAt !== null;
      }),
    );
  });
  return merge(...each);
}

/** What else listens to the stream. */
interface Listeners {
  readonly own: OwnReplications;
  readonly changed: () => void;
}

/** One stream for all datastores that follow pokes. */
function liveOf(
  replications: ReadonlyMap<string, Replication>,
  { transport, datastores, random, replica }: ConnectOptions,
  { own, changed }: Listeners,
): Live {
  const following = datastores.filter(({ name }) => replications.get(name)?.followsPokes);
  const wanted: readonly Datastore[] = [...following, ...SERVER_OWNED];
  return createLive({
    transport,
    random: random ?? Math.random,
    datastores: Object.fromEntries(wanted.map(({ name, version }) => [name, version])),
    replica: replica.id,
    poked: (poke) => {
      for (const { name } of following) {
        const steps = stepsFor(name, poke);
        if (poke.all || steps.steps.length > 0) replications.get(name)?.poked(steps);
      }
      own.poked(poke);
    },
    changed: () => {
      changed();
      for (const { name } of following) replications.get(name)?.streamChanged();
      own.streamChanged();
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
