import { distinctUntilChanged, map, type Observable, startWith } from 'rxjs';
import type { Journal } from '../replica/journal.ts';
import { journalKey, type RejectedChange } from '../replica/journal-entry.ts';

/** Number of documents with changes that the server has not acknowledged, now and after every change of it. */
export function unpushed$(journal: Journal): Observable<number> {
  return journal.changes$.pipe(
    startWith(null),
    map(() => journal.index.edits()),
    distinctUntilChanged(),
  );
}

/** All rejected changes with their payloads, oldest first. */
export async function readRejected(journal: Journal): Promise<readonly RejectedChange[]> {
  const keys = [...journal.index.values()].filter((entry) => entry.kind === 'rejected').map(journalKey);
  const entries = await journal.read<RejectedChange>(keys);
  return [...entries.values()].sort((a, b) => a.at - b.at);
}
