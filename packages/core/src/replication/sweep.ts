import { prepareQuery } from 'rxdb';
import {
  type EditEntry,
  editKey,
  type HeldState,
  journalKey,
  type QuarantinedDocument,
  type RejectedChange,
} from '../replica/journal-entry.ts';
import { contentOf, replicationRow, type StoredDocument, serverMetaOf } from '../replica/stored.ts';
import type { JsonDocument } from '../schema/document.ts';
import type { ApplyTarget } from './apply-page.ts';
import { writeRows } from './write-rows.ts';

/** Documents looked at in one go. */
const SLICE = 500;

/**
 * Removes what a complete new pull of a scope did not bring: documents of an older generation that have no local edits.
 * They are removed only here, at the end, so a reset never shows an empty datastore and a crash in the middle loses nothing.
 */
export async function removeLeftovers(target: ApplyTarget, scope: string): Promise<void> {
  const generation = target.generations[scope] ?? 0;
  const gone: HeldState = { version: null, scope, generation, document: null };
  const isLeftOver = (document: StoredDocument) => {
    const meta = serverMetaOf(document);
    return !document._deleted && meta.scope === scope && meta.generation !== generation;
  };
  await removeWhere(target, gone, { matches: isLeftOver, left: contentOf });
  await release(target, (document) => document.scope === scope && document.generation !== generation);
}

/**
 * Removes everything of a scope that the user may not see any more. Edits that were not pushed go to the rejected list
 * with their reason: the server would refuse them.
 */
export async function removeScope(target: ApplyTarget, scope: string): Promise<void> {
  // Also what was deleted here: its deletion is refused now, and it has to be taken for unknown when the scope comes back.
  const inScope = (document: StoredDocument) => serverMetaOf(document).scope === scope;
  await walk(target, (documents) => rejectEdits(target, documents.filter(inScope), scope));
  const gone: HeldState = { version: null, scope, generation: target.generations[scope] ?? 0, document: null };
  // A tombstone stays for a while, and must not tell what the user may not see any more.
  await removeWhere(target, gone, { matches: inScope, left: ({ id }) => ({ id }) });
  await release(target, (document) => document.scope === scope);
}

async function rejectEdits(target: ApplyTarget, documents: readonly StoredDocument[], scope: string): Promise<void> {
  const { journal, datastore } = target;
  const entries = await journal.read<EditEntry>(documents.map(({ id }) => editKey(target.datastore, id)));
  const rejected = documents.flatMap((document): RejectedChange[] => {
    const entry = entries.get(editKey(target.datastore, document.id));
    if (entry === undefined) return [];
    return [
      {
        kind: 'rejected',
        datastore: datastore.name,
        id: document.id,
        order: entry.order,
        code: 'FORBIDDEN',
        message: `The scope "${scope}" is no longer allowed.`,
        document: document._deleted ? null : contentOf(document),
        at: target.now(),
      },
    ];
  });
  await journal.put(rejected);
  await journal.removeSeen([...entries.values()]);
}

interface Removal {
  readonly matches: (document: StoredDocument) => boolean;
  /** What of a document stays in its tombstone. */
  readonly left: (document: StoredDocument) => JsonDocument;
}

/** Removes what matches, but for documents with edits: what happened to those is noted in their entry. */
async function removeWhere(target: ApplyTarget, gone: HeldState, { matches, left }: Removal): Promise<void> {
  await walk(target, async (documents) => {
    let waiting: readonly StoredDocument[] = documents;
    while (waiting.length > 0) {
      const candidates = waiting.filter(matches);
      const setAside = candidates.filter(({ id }) => target.journal.index.has(quarantineKey(target, id)));
      const keys = candidates.map(({ id }) => editKey(target.datastore, id));
      const edited = await target.journal.held(keys);
      await target.journal.update<EditEntry>([...edited], (current) => current && { ...current, held: gone });
      const rows = candidates
        .filter((document) => !edited.has(editKey(target.datastore, document.id)) && !setAside.includes(document))
        .map((previous) => replicationRow({ previous, content: left(previous), deleted: true, meta: {} }));
      const lost = await writeRows(target.storage.instance, rows);
      waiting = lost.size === 0 ? [] : await target.storage.instance.findDocumentsById([...lost], false);
    }
  });
}

/** Takes documents off the quarantine that the server does not have any more, or does not show. */
async function release(target: ApplyTarget, matches: (document: QuarantinedDocument) => boolean): Promise<void> {
  const { journal, datastore } = target;
  const keys = [...journal.index.values()]
    .filter((entry) => entry.kind === 'quarantined' && entry.datastore === datastore.name)
    .map(journalKey);
  const documents = [...(await journal.read<QuarantinedDocument>(keys)).values()];
  await journal.remove(documents.filter(matches).map(journalKey));
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

function quarantineKey(target: ApplyTarget, id: string): string {
  return journalKey({ kind: 'quarantined', datastore: target.datastore.name, id });
}
