import type { PoolClient } from 'pg';
import type { DocumentKey, StoredDocument } from '../document.ts';
import type { KeptEvent } from '../ended-events.ts';
import type { HistoryEvent } from '../history.ts';
import { historyOf } from '../history-of.ts';
import { type EventRow, eventOf } from '../work/event-text.ts';
import { DOCUMENT_ROW } from './reads.ts';
import { rowsOf, statement } from './session.ts';
import type { Reader } from './snapshot.ts';

const EVENTS = `select number, scope, datastore, id, kind, at, author, seq, decided, detail from history
  where id = $3 and scope = $1 and datastore = $2 order by number`;

/** What happened to a document and to the store as a whole, from one snapshot. */
export function readHistory(reader: Reader, scope: string, key: DocumentKey): Promise<readonly HistoryEvent[]> {
  return reader.snapshot(async (client) => {
    const events = await eventsOf(client, scope, key);
    const ofAll = await eventsOf(client, '', { datastore: '', id: '' });
    const [stored] = await rowsOf<StoredDocument>(client, statement(DOCUMENT_ROW, scope, key.datastore, key.id));
    const told = (kept: readonly KeptEvent[]) => kept.map(({ event }) => event);
    return historyOf({ events: told(events), ofAll: told(ofAll), stored: stored ?? null });
  });
}

/** What is kept of one document, oldest first; without scope and names: what concerns every document. */
export async function eventsOf(client: PoolClient, scope: string, key: DocumentKey): Promise<readonly KeptEvent[]> {
  const rows = await rowsOf<EventRow & { number: number }>(client, statement(EVENTS, scope, key.datastore, key.id));
  return rows.map((row) => ({ number: row.number, event: eventOf(row) }));
}
