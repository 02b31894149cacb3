import type { PulledRow } from '../protocol/pulled-rows.ts';
import { type Base, type EditEntry, type HeldState, journalKey } from '../replica/journal-entry.ts';
import { contentOf, replicationRow, type StoredDocument, serverMetaOf } from '../replica/stored.ts';
import { sameJson } from '../schema/canonical.ts';
import type { JsonDocument } from '../schema/document.ts';
import { diffDocument, mergeChange } from '../schema/merge.ts';
import type { ApplyTarget } from './apply-page.ts';
import { isNewer } from './newer.ts';
import { writeRows } from './write-rows.ts';

/** A pulled row of a document with local changes, and that document. */
export interface BlockedRow {
  readonly row: PulledRow;
  readonly stored: StoredDocument | undefined;
}

/**
 * Keeps pulled rows of documents with local changes in the journal, for the case that nothing comes of those changes.
 * Returns the ids of documents whose changes are settled meanwhile: their rows can be applied now.
 */
export async function holdRows(target: ApplyTarget, blocked: readonly BlockedRow[]): Promise<ReadonlySet<string>> {
  const byKey = new Map(blocked.map((item) => [keyOf(target, item.row), item]));
  const entries = await target.journal.update<EditEntry>([...byKey.keys()], (current, key) => {
    const { row, stored } = byKey.get(key) as BlockedRow;
    if (current === null || !isNewer(row.v, serverMetaOf(stored).version)) return current;
    const held = heldOf(target, row);
    const known = current.held?.version === held.version && current.held.generation === held.generation;
    return known ? current : { ...current, held };
  });
  for (const [key, entry] of entries) {
    if (entry !== null) await renewBase(target, entry, byKey.get(key) as BlockedRow);
  }
  return new Set([...entries].filter(([, entry]) => entry === null).map(([key]) => idOf(byKey.get(key)?.row)));
}

/**
 * The base itself, in a newer schema: what the older one did not show of it comes into the base and, where the user has
 * not changed it, into the document. The document goes first: a crash in between leaves a difference that the server has
 * as well.
 */
async function renewBase(target: ApplyTarget, entry: EditEntry, { row, stored }: BlockedRow): Promise<void> {
  if (stored === undefined || stored._deleted || 'del' in row) return;
  const holding = [entry.base, entry.next].find((base) => base?.version === row.v);
  if (serverMetaOf(stored).version !== row.v || !isStale(holding, row.doc)) return;
  const change = diffDocument(holding.document, contentOf(stored));
  const content = mergeChange(target.datastore, row.doc, change).document;
  const { version, scope, generation } = heldOf(target, row);
  const meta = { ...(version === null ? {} : { version }), scope, generation };
  const lost = await writeRows(target.storage.instance, [
    replicationRow({ previous: stored, content, deleted: false, meta }),
  ]);
  if (lost.size > 0) return;
  await target.journal.update<EditEntry>([keyOf(target, row)], (current) => {
    if (current === null || current.base.version !== row.v) return current;
    return { ...renewedOrigin(target, current, row.doc), base: { ...current.base, document: row.doc } };
  });
}

/** Of an edit that is to be pushed as another replica made it the newer schema shows no more than of the document. */
function renewedOrigin({ datastore }: ApplyTarget, entry: EditEntry, pulled: JsonDocument): EditEntry {
  const { origin, base } = entry;
  if (origin?.frozen === undefined || origin.frozen.document === null) return entry;
  const change = diffDocument(base.document, origin.frozen.document);
  const { document } = mergeChange(datastore, pulled, change);
  return { ...entry, origin: { ...origin, frozen: { ...origin.frozen, document } } };
}

function isStale(
  base: Base | undefined,
  pulled: JsonDocument,
): base is { readonly version: string; readonly document: JsonDocument } {
  return base !== undefined && base.document !== null && !sameJson(base.document, pulled);
}

function heldOf(target: ApplyTarget, row: PulledRow): HeldState {
  const document = 'del' in row ? null : row.doc;
  return { version: row.v, scope: row.s, generation: target.generations[row.s] ?? 0, document };
}

function keyOf({ datastore }: ApplyTarget, row: PulledRow): string {
  return journalKey({ kind: 'edit', datastore: datastore.name, id: idOf(row) });
}

function idOf(row: PulledRow | undefined): string {
  if (row === undefined) return '';
  return 'del' in row ? row.del : row.doc.id;
}
