import type { DatastoresControl } from '@datastores/core';
import { BehaviorSubject, type Observable, Subscription } from 'rxjs';
import type { Mark, Row } from './row.ts';

/** What has happened since the panel was made, newest first. */
export interface EventLog {
  readonly rows$: Observable<readonly Row[]>;
  close(): void;
}

const MOST = 300;

/** Logs writes with their origin, states of replication, and what the server makes of changes. */
export function createEventLog({ database, status$, answered$ }: DatastoresControl): EventLog {
  const rows$ = new BehaviorSubject<readonly Row[]>([]);
  const subscription = new Subscription();
  let number = 0;
  const note = (title: string, { mark, detail }: { readonly mark: Mark; readonly detail: unknown }) => {
    number += 1;
    const row: Row = { key: String(number), title, note: new Date().toLocaleTimeString(), mark, detail };
    rows$.next([row, ...rows$.value.slice(0, MOST - 1)]);
  };
  for (const [name, collection] of Object.entries(database.collections)) {
    subscription.add(
      collection.eventBulks$.subscribe(({ events, context }) => {
        const pulled = context.startsWith('replication-');
        const ids = events.map(({ operation, documentId }) => `${operation} ${documentId}`);
        note(`${name}: ${events.length} ${events.length === 1 ? 'document' : 'documents'}`, {
          mark: pulled ? { text: 'pulled', tone: 'busy' } : { text: 'written', tone: 'good' },
          detail: ids.slice(0, 100),
        });
      }),
    );
  }
  const states = new Map<string, string>();
  subscription.add(
    status$.subscribe(({ datastores }) => {
      for (const [name, { state, error }] of Object.entries(datastores)) {
        if (states.get(name) === state) continue;
        states.set(name, state);
        const bad = state === 'offline' || state === 'stopped' || state === 'needs-sign-in';
        note(`${name}: ${state}`, {
          mark: { text: 'state', tone: bad ? 'alarm' : 'plain' },
          detail: error === null ? { state } : { state, code: error.code, message: error.message },
        });
      }
    }),
  );
  subscription.add(
    answered$.subscribe(({ datastore, id, confirmation }) => {
      const { outcome } = confirmation;
      note(`${datastore}: ${id} ${outcome}`, {
        mark: { text: 'pushed', tone: outcome === 'rejected' ? 'alarm' : 'good' },
        detail: confirmation,
      });
    }),
  );
  return { rows$, close: () => subscription.unsubscribe() };
}
