import { delay, filter, firstValueFrom, Subject, startWith } from 'rxjs';
import type { Journal } from '../replica/journal.ts';
import { journalKey } from '../replica/journal-entry.ts';
import { type Confirmation, type ConfirmOptions, confirmChange, type SettledChange } from './confirm.ts';

/** How long the outcome itself may take to arrive after its effect, milliseconds. */
const GRACE_MS = 1_000;

/**
 * Says what became of a change from what it has left in the journal, once it waits no more. Needed where another instance
 * heard the answer of the server, and ended before it could tell. Never settles where it goes on waiting.
 */
export async function confirmWhenGone(journal: Journal, options: ConfirmOptions): Promise<Confirmation> {
  const key = journalKey({ kind: 'edit', datastore: options.datastore, id: options.id });
  const isGone = () => !journal.index.has(key);
  const gone$ = journal.changes$.pipe(startWith(null), filter(isGone), delay(GRACE_MS), filter(isGone));
  await firstValueFrom(gone$, { defaultValue: null });
  return isGone() ? confirmChange(journal, new Subject<SettledChange>(), options) : new Promise(() => {});
}
