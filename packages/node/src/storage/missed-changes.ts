import { randomToken } from 'rxdb/plugins/utils';
import { changedSince } from './changes.ts';
import type { Table } from './table.ts';
import type { Changes } from './write.ts';

/** What RxDB keeps of events. If more have come in several bulks since a query ran, it runs it again. */
const RXDB_KEEPS = 100;

const CONTEXT = 'changes of another process that were missed';

/**
 * Tells the latest states of the documents of a table that were written in between, where the events are not to be had: what
 * a document was before is unknown, and given as what it is. RxDB must not work on such events but run its queries again, so
 * where they are few the last one is repeated. Returns a step that tells some and says whether there are more.
 */
export function createMissedChanges(
  table: Table,
  { after, upto }: { readonly after: number; readonly upto: number },
  told: (bulk: Changes<never>) => void,
): () => boolean {
  let from = after;
  let count = 0;
  return () => {
    // Removed meanwhile, which its next read or write tells.
    if (!exists(table)) return false;
    const { documents, checkpoint } = changedSince<never>(table, { limit: RXDB_KEEPS, upto }, { seq: from });
    const events = documents.map((documentData) => eventOf(table, documentData));
    from = checkpoint.seq;
    count += events.length;
    const tellThem = (them: typeof events) => told({ id: randomToken(10), events: them, checkpoint, context: CONTEXT });
    if (events.length > 0) tellThem(events);
    if (events.length === RXDB_KEEPS) return true;
    const [last] = events.slice(-1);
    const missing = RXDB_KEEPS + 1 - count;
    if (last && missing > 0) tellThem(Array.from({ length: missing }, () => ({ ...last })));
    return false;
  };
}

function exists({ statements, docs }: Table): boolean {
  return statements.pluck("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(docs) !== undefined;
}

type Event = Changes<never>['events'][number];

function eventOf({ layout }: Table, documentData: Event['documentData']): Event {
  const documentId = layout.idOf(documentData);
  const operation = operationOf(documentData);
  return {
    operation,
    documentId,
    documentData,
    previousDocumentData: operation === 'INSERT' ? undefined : documentData,
  } as Event;
}

function operationOf({ _deleted, _rev }: Event['documentData']): Event['operation'] {
  if (_deleted) return 'DELETE';
  return Number.parseInt(_rev, 10) === 1 ? 'INSERT' : 'UPDATE';
}
