import { DatastoreError } from '../errors.ts';
import type { Datastore } from '../schema/datastore.ts';
import type { Journal } from './journal.ts';
import { type EditEntry, journalKey, type PullState } from './journal-entry.ts';

/** The keys of the entries of a journal that tell the schema version of their datastore. */
export function versionedKeys({ index }: Journal): readonly string[] {
  return [...index.values()].filter(({ kind }) => kind === 'edit' || kind === 'state').map(journalKey);
}

/**
 * Throws UPGRADE_REQUIRED if a newer version of the application has migrated this replica. Opened in the older schema it
 * would be empty, and its edits would seem to have no documents.
 */
export async function assertNotNewer(journal: Journal, datastores: ReadonlyMap<string, Datastore>): Promise<void> {
  const entries = await journal.read<EditEntry | PullState>(versionedKeys(journal));
  for (const { schemaVersion, datastore: name } of entries.values()) {
    const declared = datastores.get(name)?.version;
    if (declared === undefined || schemaVersion <= declared) continue;
    throw new DatastoreError(
      'UPGRADE_REQUIRED',
      `This replica has version ${schemaVersion} of "${name}", the application declares ${declared}.`,
      { remedy: 'Start the newer version of the application again; documents and unpushed changes are kept.' },
    );
  }
}
