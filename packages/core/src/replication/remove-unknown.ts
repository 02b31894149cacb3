import { now } from 'rxdb';
import { type EditEntry, editKey, type HeldState } from '../replica/journal-entry.ts';
import { contentOf, REPLICATION_CONTEXT, replicationRow, type StoredDocument } from '../replica/stored.ts';
import type { ApplyTarget } from './apply-page.ts';
import type { CheckFinding } from './check-report.ts';
import { writeRows } from './write-rows.ts';

/**
 * Removes documents that the server does not have, readable or not. One with unpushed edits stays; that there is nothing
 * below them is noted in their entry, for the case that nothing comes of them.
 */
export function removeUnknown(target: ApplyTarget, ids: readonly string[]): Promise<readonly CheckFinding[]> {
  const { storage, journal, datastore } = target;
  return storage.lock.run(async () => {
    const edited = await journal.held(ids.map((id) => editKey(datastore, id)));
    const free = ids.filter((id) => !edited.has(editKey(datastore, id)));
    await journal.update<EditEntry>([...edited], (current) => current && { ...current, held: GONE });
    const left = await remove(target, free);
    return ids.map((id) => {
      const isEdited = edited.has(editKey(datastore, id));
      return { kind: isEdited ? 'base' : 'extra', id, repaired: isEdited || !left.has(id) };
    });
  });
}

/** Of what the server does not have, nobody can say in which scope it was. */
const GONE: HeldState = { version: null, scope: '', generation: 0, document: null };

/** Returns the ids of documents that another tab was faster with. */
async function remove({ storage: { instance } }: ApplyTarget, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { direct } = instance;
  if (direct === undefined) {
    const stored = await instance.findDocumentsById([...ids], false);
    const rows = stored.map((previous) =>
      replicationRow({ previous, content: contentOf(previous), deleted: true, meta: {} }),
    );
    return writeRows(instance, rows);
  }
  const rows = ids.map((id) => ({ document: goneDocument(id), revision: null }));
  return direct.transactions.now(() => direct.purge(rows, REPLICATION_CONTEXT));
}

/** What listeners are told: what was there may not be readable. */
function goneDocument(id: string): StoredDocument {
  return { id, _deleted: true, _attachments: {}, _meta: { lwt: now() }, _rev: '1-replication' };
}
