import type { AnsweredChange, DatastoresControl, Receipt, RejectedChange } from '@datastores/core';
import { combineLatest, map, type Observable, scan, shareReplay, startWith } from 'rxjs';
import { documentsView } from './documents-view.ts';
import type { EventLog } from './event-log.ts';
import type { Mark, Row, View } from './row.ts';

/** The parts of the panel, in their order. */
export function viewsOf(stores: DatastoresControl, log: EventLog): readonly View[] {
  return [
    documentsView(stores),
    journalView(stores),
    rejectedView(stores),
    decisionsView(stores),
    receiptsView(stores),
    {
      name: 'Events',
      empty: 'Nothing has happened since the panel was opened.',
      rows$: log.rows$,
      count$: log.rows$.pipe(map(() => null)),
    },
  ];
}

function journalView({ unpushedEdits$, unpushed$ }: DatastoresControl): View {
  return {
    name: 'Journal',
    empty: 'Everything that was written here is with the server.',
    count$: unpushed$,
    rows$: unpushedEdits$.pipe(
      map((edits) =>
        edits.map((edit) => ({
          key: `${edit.datastore}|${edit.id}`,
          title: `${edit.datastore} ${edit.id}`,
          note: edit.base.version === null ? 'new' : `based on ${edit.base.version}`,
          mark: { text: 'unpushed', tone: 'busy' },
          detail: edit,
        })),
      ),
    ),
  };
}

function rejectedView(stores: DatastoresControl): View {
  const rows$ = combineLatest([stores.rejected$, stores.quarantined$]).pipe(
    map(([rejected, quarantined]): readonly Row[] => [
      ...rejected.map((change) => rejectedRow(stores, change)),
      ...quarantined.map((one) => ({
        key: `quarantined ${one.datastore}|${one.id}`,
        title: `${one.datastore} ${one.id}`,
        note: one.reason,
        mark: { text: 'quarantined', tone: 'alarm' as const },
        detail: one,
      })),
    ]),
  );
  return { name: 'Rejected', empty: 'No change was refused.', rows$, count$: rows$.pipe(map(({ length }) => length)) };
}

function rejectedRow(stores: DatastoresControl, change: RejectedChange): Row {
  return {
    key: `${change.datastore}|${change.id}|${change.order}`,
    title: `${change.datastore} ${change.id}`,
    note: `${change.code}: ${change.message}`,
    mark: { text: 'rejected', tone: 'alarm' },
    detail: change,
    action: { label: 'Discard', run: () => stores.discard(change) },
  };
}

const MOST_DECISIONS = 200;

function decisionsView({ answered$ }: DatastoresControl): View {
  const rows$: Observable<readonly Row[]> = answered$.pipe(
    scan((rows: readonly Row[], answered, at) => {
      const row = decisionRow(answered, at);
      return row === null ? rows : [row, ...rows].slice(0, MOST_DECISIONS);
    }, []),
    startWith([]),
    // It remembers what came while another part was shown: the count keeps it subscribed.
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  return {
    name: 'Conflicts',
    empty: 'No change has met another one since the page was loaded. The tab that replicates sees them.',
    rows$,
    count$: rows$.pipe(map(({ length }) => length)),
  };
}

function decisionRow({ datastore, id, confirmation }: AnsweredChange, at: number): Row | null {
  const row = { key: `${at} ${datastore}|${id}`, title: `${datastore} ${id}`, detail: confirmation };
  if (confirmation.outcome === 'rejected') {
    return { ...row, note: confirmation.message, mark: { text: 'rejected', tone: 'alarm' } };
  }
  if (confirmation.outcome !== 'merged') return null;
  const rules = confirmation.decisions.map(({ field, rule }) => `${field}: ${rule}`);
  return { ...row, note: rules.join(', ') || 'different fields', mark: { text: 'merged', tone: 'busy' } };
}

const RECEIPT_TONES: Readonly<Record<Receipt['state'], Mark['tone']>> = {
  saved: 'plain',
  accepted: 'busy',
  sent: 'busy',
  confirmed: 'good',
  rejected: 'alarm',
  held: 'alarm',
};

function receiptsView({ receipts }: DatastoresControl): View {
  return {
    name: 'Receipts',
    empty: 'No write waits for an external system.',
    count$: receipts.pending$.pipe(map(({ length }) => length)),
    rows$: receipts.pending$.pipe(
      map((pending) =>
        pending.map((receipt) => ({
          key: `${receipt.datastore}|${receipt.id}`,
          title: `${receipt.datastore} ${receipt.id}`,
          note: receipt.systems.map(({ system, state, reference }) => `${system} ${reference ?? state}`).join(', '),
          mark: { text: receipt.state, tone: RECEIPT_TONES[receipt.state] },
          detail: receipt,
        })),
      ),
    ),
  };
}
