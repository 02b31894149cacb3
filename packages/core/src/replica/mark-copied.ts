import type { RxStorage } from 'rxdb';
import { createJournal } from './journal.ts';
import { type Identity, journalKey } from './journal-entry.ts';

/**
 * Notes in a copy of a replica that it is one: whoever opens it gets a replica with an id of its own. The copy must not be
 * open. Does nothing to the journal of a replica that was never opened, which has no id yet.
 */
export async function markCopied(storage: RxStorage<unknown, unknown>, databaseName: string): Promise<void> {
  const journal = await createJournal({ storage, databaseName, databaseToken: 'copy', multiInstance: false });
  try {
    const key = journalKey({ kind: 'identity', datastore: '', id: 'replica' });
    await journal.update<Identity>([key], (current) => current && { ...current, state: 'copied' });
  } finally {
    await journal.close();
  }
}
