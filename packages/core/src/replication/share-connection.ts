import { BehaviorSubject, ReplaySubject, Subject } from 'rxjs';
import type { Journal } from '../replica/journal.ts';
import { journalKey } from '../replica/journal-entry.ts';
import type { AcceptedWrites } from './accepted-writes.ts';
import { answerAsked, askLeader, type Leader } from './ask-leader.ts';
import { confirmChange, type SettledChange } from './confirm.ts';
import { confirmWhenGone } from './confirm-when-gone.ts';
import { type Connection, datastoreOf } from './connect.ts';
import { type OverallStatus, overallStatus } from './overall-status.ts';
import {
  type SharedMessage,
  type SharedReplica,
  type SharedState,
  type SharedWork,
  sharedState,
  unwired,
  unwiredStatus,
} from './shared-line.ts';
import { INITIAL_STATUS, nextStatus, type Status } from './status.ts';

/** What a connection is shared with. */
export interface ShareOptions {
  readonly shared: SharedReplica;
  readonly journal: Journal;
  readonly accepted: AcceptedWrites;
  /** The datastores of the application. */
  readonly names: readonly string[];
  /** Those of the server. */
  readonly ownNames: readonly string[];
  /** Begins to replicate from this instance. */
  readonly begin: (told: Pick<ShareOptions, 'accepted'> & { settled(change: SettledChange): void }) => Connection;
}

/**
 * A connection that instances share: the one that leads replicates, and tells the others how things are; what they ask for
 * is done by it. Whoever comes to lead begins anew from what is durable, and whoever leads no longer stops. To the
 * application it is all the same: status, confirmations, receipts and ages are those of the one that leads.
 */
export function shareConnection(options: ShareOptions): Connection {
  const { shared, journal, names } = options;
  const { line } = shared;
  const allNames = [...names, ...options.ownNames];
  // Whoever asks after the end is told that it is closed.
  const status$ = new ReplaySubject<OverallStatus>(1);
  let status = overallStatus(Object.fromEntries(names.map((name) => [name, INITIAL_STATUS])));
  const setStatus = (next: OverallStatus) => {
    status = next;
    status$.next(next);
  };
  setStatus(status);
  const settled$ = new Subject<SettledChange>();
  const contact$ = new Subject<unknown>();
  const leader$ = new BehaviorSubject<Leader>({ here: null });
  let known: Pick<SharedState, 'inTouch' | 'clockAheadMs'> = { inTouch: {}, clockAheadMs: 0 };
  let ended: Promise<void> = Promise.resolve();
  let stopTelling = () => {};
  let closed = false;

  function begin(): void {
    const connection = options.begin({
      accepted: {
        ...options.accepted,
        note(datastore, outcomes) {
          options.accepted.note(datastore, outcomes);
          line.tell({ kind: 'answered', datastore, outcomes });
        },
      },
      settled(change) {
        settled$.next(change);
        line.tell({ kind: 'settled', ...change });
      },
    });
    leader$.next({ here: connection });
    let begun = true;
    const tell = () => {
      line.tell({ kind: 'state', begun, state: sharedState(status, connection.contact, allNames) });
      begun = false;
    };
    const statuses = connection.status$.subscribe((next) => {
      setStatus(next);
      tell();
    });
    const contacts = connection.contact$.subscribe((news) => {
      contact$.next(news);
      tell();
    });
    const hellos = line.heard$.subscribe((message) => {
      if (message.kind === 'hello') tell();
      if (message.kind === 'ask') void answerAsked(line, connection, message);
    });
    stopTelling = () => {
      for (const subscription of [statuses, contacts, hellos]) subscription.unsubscribe();
    };
  }

  function end(): void {
    const { here } = leader$.value;
    if (here === null) return;
    stopTelling();
    known = sharedState(status, here.contact, allNames);
    leader$.next({ here: null });
    // The next one here waits until nothing of this one runs any more.
    ended = here.close();
  }

  function hear(message: SharedMessage): void {
    if (message.kind === 'answered') options.accepted.note(message.datastore, message.outcomes);
    if (message.kind === 'settled') void hearSettled(message);
    if (message.kind !== 'state' || leader$.value.here !== null) return;
    known = message.state;
    const datastores = Object.entries(message.state.datastores).map(
      ([name, one]) => [name, unwiredStatus(one)] as const,
    );
    setStatus(overallStatus(Object.fromEntries(datastores)));
    contact$.next(message);
    if (message.begun) leader$.next({ here: null });
  }

  /** The outcome may arrive before the news of what it changed in the journal. */
  async function hearSettled(change: SettledChange): Promise<void> {
    await journal.reload().catch(() => undefined);
    settled$.next({ datastore: change.datastore, outcome: change.outcome });
  }

  const heard = line.heard$.subscribe(hear);
  const led = shared.leads$.subscribe((leads) => {
    if (!leads) {
      end();
      line.tell({ kind: 'hello' });
      return;
    }
    void ended.then(() => {
      if (!closed && leader$.value.here === null) begin();
    });
  });
  const ask = (work: SharedWork) => askLeader(line, leader$, work);

  return {
    status$,
    contact: {
      inTouchAt(name) {
        const { here } = leader$.value;
        if (here !== null) return here.contact.inTouchAt(name);
        const at = known.inTouch[name] ?? null;
        return at === 'current' ? Date.now() : at;
      },
      clockAheadMs: () => leader$.value.here?.contact.clockAheadMs() ?? known.clockAheadMs,
    },
    contact$,
    settled$,
    confirm({ datastore, id, timeoutMs }) {
      const name = datastore ?? datastoreOf(journal, names, id);
      const change = { datastore: name, id, timeoutMs };
      const answered = confirmChange(journal, settled$, change);
      if (!journal.index.has(journalKey({ kind: 'edit', datastore: name, id }))) return answered;
      return Promise.race([answered, confirmWhenGone(journal, change)]);
    },
    async pullOwn(own) {
      const result = await ask({ do: 'pull', own });
      return result?.status === undefined ? { ...INITIAL_STATUS, state: 'offline' } : unwiredStatus(result.status);
    },
    async syncNow() {
      await ask({ do: 'sync' });
      await journal.reload();
    },
    async check() {
      const result = await ask({ do: 'check' });
      return (result?.reports ?? []).map(unwired);
    },
    wake: () => leader$.value.here?.wake(),
    async close() {
      closed = true;
      led.unsubscribe();
      heard.unsubscribe();
      end();
      await ended;
      setStatus(overallStatus(closedStatuses(status)));
      for (const subject of [status$, settled$, contact$, leader$]) subject.complete();
    },
  };
}

function closedStatuses({ datastores }: OverallStatus): Readonly<Record<string, Status>> {
  return Object.fromEntries(
    Object.entries(datastores).map(([name, status]) => [name, nextStatus(status, { type: 'closed' })]),
  );
}
