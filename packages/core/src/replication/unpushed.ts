import { distinctUntilChanged, map, type Observable, shareReplay, startWith, switchMap, throttleTime } from 'rxjs';
import type { Journal } from '../replica/journal.ts';
import { type EditEntry, journalKey, type QuarantinedDocument, type RejectedChange } from '../replica/journal-entry.ts';

/** Number of documents with changes that the server has not acknowledged, now and after every change of it. */
export function unpushed$(journal: Journal): Observable<number> {
  return journal.changes$.pipe(
    startWith(null),
    map(() => journal.index.edits()),
    distinctUntilChanged(),
  );
}

/** Most unpushed edits that are listed. */
const MOST_EDITS = 200;

/** The unpushed edits that were made first, with their bases, oldest first, now and after every change of the journal. */
export function unpushedEdits$(journal: Journal): Observable<readonly EditEntry[]> {
  return journal.changes$.pipe(
    startWith(null),
    throttleTime(100, undefined, { leading: true, trailing: true }),
    map(() => [...journal.index.values()].filter((entry) => entry.kind === 'edit')),
    switchMap(async (edits) => {
      const first = edits.sort((a, b) => a.order - b.order).slice(0, MOST_EDITS);
      const entries = await journal.read<EditEntry>(first.map((edit) => journalKey(edit as EditEntry)));
      return [...entries.values()].sort((a, b) => a.order - b.order);
    }),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
}

/** All rejected changes with their payloads, oldest first, now and after every change of the list. */
export function rejected$(journal: Journal): Observable<readonly RejectedChange[]> {
  return listOf<RejectedChange>(journal, 'rejected');
}

/** All pulled documents that this replica cannot store, oldest first, now and after every change of the list. */
export function quarantined$(journal: Journal): Observable<readonly QuarantinedDocument[]> {
  return listOf<QuarantinedDocument>(journal, 'quarantined');
}

function listOf<T extends RejectedChange | QuarantinedDocument>(journal: Journal, kind: T['kind']) {
  return journal.changes$.pipe(
    startWith(null),
    map(() => [...journal.index.values()].filter((entry) => entry.kind === kind).map(journalKey)),
    // Most changes of the journal are edits, which concern neither list.
    distinctUntilChanged((a, b) => a.length === 0 && b.length === 0),
    switchMap(async (keys): Promise<readonly T[]> => {
      const entries = await journal.read<T>(keys);
      return [...entries.values()].sort((a, b) => a.at - b.at);
    }),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
}
