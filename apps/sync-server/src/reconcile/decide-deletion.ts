import { type Draft, finish, putOff } from './draft.ts';
import { bodyOf } from './merge-record.ts';
import { unsentFields } from './field-rules.ts';

/**
 * Decides what it means that a record is gone for certain. The document goes with it, unless it holds changes that the
 * system was never told: then it stays, and the row that would tell them becomes a dead letter when its turn comes.
 * Creating the record anew would undo a deletion that somebody meant.
 */
export function decideDeletion(draft: Draft, key: string): void {
  const { current, reading, bound, scope } = draft;
  const link = current.linkByKey(key);
  if (link === null || link.gone !== null) return finish(draft, key);
  const document = { datastore: link.datastore, id: link.id };
  const unproven = !reading.settling && (current.inFlight(document) || reading.readAt < link.syncedAt);
  if (link.scope !== scope || unproven || draft.touched.has(link.id)) return putOff(draft, key);
  draft.touched.add(link.id);
  draft.links.push({ ...link, gone: current.now });
  finish(draft, key);
  const stored = current.document(document);
  if (stored === null || stored.deleted) return;
  const unsent = unsentFields(bound.rules, link.base, bodyOf(draft, stored));
  if (unsent.length > 0) {
    const reason = `The record is gone; the document "${link.id}" stays, because ${unsent.join(', ')} changed here.`;
    draft.notes.push({ event: 'deletion-held', key, reason });
    return;
  }
  draft.documents.push({
    ...document,
    body: null,
    schemaVersion: bound.binding.datastore.version,
    author: bound.author,
    base: stored.version,
    from: { system: bound.binding.system, stream: bound.binding.stream },
  });
  draft.counts.deleted += 1;
}
