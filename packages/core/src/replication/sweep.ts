import { prepareQuery } from 'rxdb';
import { journalKey, type RejectedChange } from '../replica/journal-entry.ts';
import {
  contentOf,
  REPLICATION_CONTEXT,
  replicationRow,
  type StoredDocument,
  serverMetaOf,
} from '../replica/stored.ts';
import type { ApplyTarget } from './apply-page.ts';

/** Documents looked at in one go. */
const SLICE = 500;

/**
 * Removes what a complete new pull of a scope did not bring: documents of an older generation that have no local edits.
 * They are removed only here, at the end, so a reset never shows an empty datastore and a crash in the middle loses nothing.
 */
export async function removeLeftovers(target: ApplyTarget, scope: string): Promise<void> {
  const generation = target.generations[scope] ?? 0;
  await removeWhere(target, (document) => {
    const meta = serverMetaOf(document);
    return meta.scope === scope && meta.generation !== generation;
  });
}

/**
 * Removes everything of a scope that the user may not see any more. Edits that were not pushed go to the rejected list
 * with their reason: the server would refuse them.
 */
export async function removeScope(target: ApplyTarget, scope: string): Promise<void> {
  const { journal, datastore } = target;
  const inScope = (document: StoredDocument) => serverMetaOf(document).scope === scope;
  await walk(target, async (documents) => {
    const edited = documents.filter((document) => inScope(document) && journal.index.has(editKey(target, document.id)));
    await journal.put(
      edited.map(
        (document): RejectedChange => ({
          kind: 'rejected',
          datastore: datastore.name,
          id: document.id,
          code: 'FORBIDDEN',
          message: `The scope "${scope}" is no longer allowed.`,
          document: document._deleted ? null : contentOf(document),
          at: target.now(),
        }),
      ),
    );
    await journal.remove(edited.map((document) => editKey(target, document.id)));
  });
  await removeWhere(target, inScope);
}

async function removeWhere(target: ApplyTarget, matches: (document: StoredDocument) => boolean): Promise<void> {
  await walk(target, async (documents) => {
    const candidates = documents.filter((document) => !document._deleted && matches(document));
    const edited = await target.journal.held(candidates.map((document) => editKey(target, document.id)));
    const rows = candidates
      .filter((document) => !edited.has(editKey(target, document.id)))
      .map((previous) => replicationRow({ previous, content: contentOf(previous), deleted: true, meta: {} }));
    if (rows.length > 0) await target.storage.instance.bulkWrite(rows, REPLICATION_CONTEXT);
  });
}

async function walk(target: ApplyTarget, visit: (documents: StoredDocument[]) => Promise<void>): Promise<void> {
  const { instance, lock } = target.storage;
  let after = '';
  for (;;) {
    const next = await lock.run(async () => {
      const query = { selector: { id: { $gt: after } }, sort: [{ id: 'asc' as const }], skip: 0, limit: SLICE };
      const { documents } = await instance.query(prepareQuery(instance.schema, query as never));
      await visit(documents);
      return documents.length < SLICE ? null : (documents.at(-1)?.id ?? null);
    });
    if (next === null) return;
    after = next;
  }
}

function editKey(target: ApplyTarget, id: string): string {
  return journalKey({ kind: 'edit', datastore: target.datastore.name, id });
}
