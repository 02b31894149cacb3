import type { RxStorageChangeEvent } from 'rxdb';
import { randomToken } from 'rxdb/plugins/utils';
import type { AnyStored, Collection } from './collection.ts';

/** One changed document. */
export interface Event {
  readonly id: string;
  readonly document: AnyStored;
  /** What it was before; undefined: it was not there; null: nobody knows any more. */
  readonly previous: AnyStored | undefined | null;
}

type StorageEvent = RxStorageChangeEvent<AnyStored>;

/** What RxDB keeps of events. If more have come in several bulks since a query ran, it runs the query again. */
const RXDB_KEEPS = 100;

/**
 * Tells the events of a commit of another tab. Where it is not known what a document was before, RxDB must not work on the
 * events but run its queries again: they are told in bulks of what it keeps, and the last is repeated until they are more.
 */
export function tell(
  collection: Pick<Collection, 'changes$'>,
  { events: all, seq, context }: { readonly events: readonly Event[]; readonly seq: number; readonly context: string },
): void {
  const bulk = (events: StorageEvent[]) => {
    collection.changes$.next({ id: randomToken(10), events, checkpoint: { seq }, context });
  };
  const events = all.flatMap((event) => storageEvent(event) ?? []);
  const last = events.at(-1);
  if (last === undefined) return;
  if (all.every(({ previous }) => previous !== null)) {
    bulk(events);
    return;
  }
  for (let start = 0; start < events.length; start += RXDB_KEEPS) bulk(events.slice(start, start + RXDB_KEEPS));
  const missing = RXDB_KEEPS + 1 - events.length;
  if (missing > 0) bulk(Array.from({ length: missing }, () => ({ ...last })));
}

function storageEvent({ id, document, previous }: Event): StorageEvent | null {
  const operation = operationOf(document, previous);
  if (operation === null) return null;
  const before = operation === 'INSERT' ? undefined : (previous ?? document);
  return { operation, documentId: id, documentData: document, previousDocumentData: before } as StorageEvent;
}

/** As RxDB itself names it: a tombstone that was never a document here tells nobody anything. */
function operationOf(document: AnyStored, previous: Event['previous']): StorageEvent['operation'] | null {
  if (previous === undefined) return document._deleted ? null : 'INSERT';
  if (document._deleted) return 'DELETE';
  return previous?._deleted ? 'INSERT' : 'UPDATE';
}
