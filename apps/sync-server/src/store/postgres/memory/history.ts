import { type EventRow, plainEvent, saysTheSame, stateEvent } from '../../work/event-text.ts';
import type { ScopedKey } from '../../work/receipt-table.ts';
import type { HistoryTable } from '../../work/tables.ts';
import { numbers, texts } from '../columns.ts';
import { type Statement, statement } from '../session.ts';
import { keyColumns } from './documents.ts';
import { createLog } from './log.ts';
import { documentName } from './names.ts';
import { createShelf } from './shelf.ts';
import type { Part, Space } from './space.ts';

type Newest = Pick<EventRow, 'kind' | 'author' | 'detail'>;

/** The events that a transaction adds. */
export interface HistoryPart extends HistoryTable, Part {}

const READ_NEWEST = `select k.scope, k.datastore, k.id, h.kind, h.author, h.detail
  from unnest($1::text[], $2::text[], $3::text[]) as k (scope, datastore, id)
  join lateral (
    select kind, author, detail from history
    where history.id = k.id and history.scope = k.scope and history.datastore = k.datastore
    order by number desc limit 1) h on true`;
/** Adds events in the order in which they come. */
const ADD = `insert into history (scope, datastore, id, kind, at, author, seq, decided, detail)
  select scope, datastore, id, kind, at, author, seq, decided, detail
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[],
    $9::text[]) with ordinality as n (scope, datastore, id, kind, at, author, seq, decided, detail, position)
  order by position`;

type NewestRow = [scope: string, datastore: string, id: string, kind: Newest['kind'], author: string, detail: string];

/** Events in memory. */
export function createHistoryPart(space: Space): HistoryPart {
  const newest = createShelf<ScopedKey, Newest>(space, documentName);
  const events = createLog<EventRow>(space);
  const put = (event: EventRow) => {
    events.add(event);
    newest.set(event, event);
  };
  const take = (rows: readonly NewestRow[]) => {
    for (const [scope, datastore, id, kind, author, detail] of rows) {
      newest.put({ scope, datastore, id }, { kind, author, detail });
    }
  };

  return {
    addState: (after, before, why) => {
      const event = stateEvent(after, before, why);
      if (event !== null) put(event);
    },
    add: (scope, event, at) => {
      const row = plainEvent(scope, event, at);
      if (!event.once || !saysTheSame(newest.get(row), row)) put(row);
    },
    loads: () => {
      const keys = newest.takeWanted();
      return keys.length === 0 ? [] : [{ statement: statement(READ_NEWEST, ...keyColumns(keys)), take }];
    },
    writes: () => (events.entries.length === 0 ? [] : [addEvents(events.entries)]),
  };
}

/** Adds events to the history. */
export function addEvents(events: readonly EventRow[]): Statement {
  return statement(
    ADD,
    ...keyColumns(events),
    texts(events.map(({ kind }) => kind)),
    numbers(events.map(({ at }) => at)),
    texts(events.map(({ author }) => author)),
    numbers(events.map(({ seq }) => seq)),
    numbers(events.map(({ decided }) => decided)),
    texts(events.map(({ detail }) => detail)),
  );
}
