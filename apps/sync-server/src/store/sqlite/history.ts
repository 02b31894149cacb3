import type { Database } from 'better-sqlite3';
import type { DecisionRecord, DocumentKey } from '../document.ts';
import type { KeptEvent } from '../ended-events.ts';
import type { HistoryKind } from '../history.ts';
import { decisionsOf, type EventRow, eventOf, plainEvent, saysTheSame, stateEvent } from '../work/event-text.ts';
import type { HistoryTable as Writing } from '../work/tables.ts';

/** The chains of events of the documents. */
export type HistoryTable = ReturnType<typeof prepareHistory>;

type Row = [number: number, kind: HistoryKind, at: number, author: string, seq: number | null, detail: string];

/** Adds and reads events. */
export function prepareHistory(database: Database) {
  const add = database.prepare<[string, string, string, HistoryKind, number, string, number | null, 0 | 1, string]>(
    `insert into history (scope, datastore, id, kind, at, author, seq, decided, detail)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const chain = database
    .prepare<[string, string, string], Row>(
      `select number, kind, at, author, seq, detail from history
       where scope = ? and datastore = ? and id = ? order by number`,
    )
    .raw();
  const newest = database.prepare<[string, string, string], Pick<EventRow, 'kind' | 'author' | 'detail'>>(
    `select kind, author, detail from history where scope = ? and datastore = ? and id = ? order by number desc limit 1`,
  );
  const decided = database.prepare<[number], EventRow>(
    `select scope, datastore, id, kind, at, author, seq, decided, detail from history
     where decided = 1 order by number desc limit ?`,
  );
  const put = ({ scope, datastore, id, kind, at, author, seq, decided: flag, detail }: EventRow) =>
    void add.run(scope, datastore, id, kind, at, author, seq, flag, detail);
  const writing: Writing = {
    addState: (after, before, why) => {
      const event = stateEvent(after, before, why);
      if (event !== null) put(event);
    },
    add: (scope, event, at) => {
      const row = plainEvent(scope, event, at);
      if (event.once && saysTheSame(newest.get(scope, event.datastore, event.id) ?? null, row)) return;
      put(row);
    },
  };

  return {
    ...writing,
    /** Notes something that concerns every document. */
    addGlobal: (kind: HistoryKind, by: string, at: number): void =>
      void add.run('', '', '', kind, at, by, null, 0, '{}'),
    /** What is kept of one document, oldest first; without scope and names: what concerns every document. */
    of: (scope: string, { datastore, id }: DocumentKey): KeptEvent[] =>
      chain.all(scope, datastore, id).map(([number, kind, at, author, seq, detail]) => {
        return { number, event: eventOf({ scope, datastore, id, kind, at, author, seq, decided: 0, detail }) };
      }),
    /** Decisions on single fields, newest first. */
    decisions: (limit: number): DecisionRecord[] => decisionsOf(decided.all(limit)).slice(0, limit),
  };
}
