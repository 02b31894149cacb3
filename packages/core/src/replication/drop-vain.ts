import type { EditEntry } from '../replica/journal-entry.ts';
import { contentOf, replicationRow, type StoredDocument, serverMetaOf } from '../replica/stored.ts';
import type { ApplyTarget } from './apply-page.ts';
import { isNewer } from './newer.ts';
import { writeRows } from './write-rows.ts';

/**
 * Drops entries that turned out to change nothing. What a pull brought while they stood in its way is stored first, or
 * it would never arrive: its place in the feed is past. To be called under the lock of the datastore.
 */
export async function dropVain(target: ApplyTarget, entries: readonly EditEntry[]): Promise<void> {
  const { instance } = target.storage;
  const holding = entries.filter((entry) => entry.held !== undefined);
  const found =
    holding.length === 0
      ? []
      : await instance.findDocumentsById(
          holding.map(({ id }) => id),
          true,
        );
  const stored = new Map(found.map((document) => [document.id, document]));
  const lost = await writeRows(
    instance,
    holding.flatMap((entry) => heldRow(entry, stored.get(entry.id)) ?? []),
  );
  // Written by another tab in between: then it is an edit after all.
  const dropped = entries.filter(({ id }) => !lost.has(id));
  await target.journal.removeSeen(dropped);
}

function heldRow({ held }: EditEntry, stored: StoredDocument | undefined) {
  if (held === undefined || (held.document === null && stored === undefined)) return null;
  const { version, scope, generation, document } = held;
  if (version !== null && !isNewer(version, serverMetaOf(stored).version)) return null;
  const meta = { ...(version === null ? {} : { version }), scope, generation };
  const content = document ?? contentOf(stored as StoredDocument);
  return replicationRow({ previous: stored, content, deleted: document === null, meta });
}
