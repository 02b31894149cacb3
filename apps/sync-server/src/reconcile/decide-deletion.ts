import type { StoredDocument } from '../store/document.ts';
import type { Link } from '../store/link.ts';
import { untoldFields } from './asked-fields.ts';
import { type Draft, finish, isStale, noteRecord, putOff } from './draft.ts';
import { bodyOf } from './merge-record.ts';

/**
 * Decides what it means that a record is gone for certain. The document goes with it, unless it holds changes that the
 * system was never told: then it stays, and the row that would tell them becomes a dead letter when its turn comes.
 * Creating the record anew would undo a deletion that somebody meant.
 */
export function decideDeletion(draft: Draft, key: string): void {
  const { current, reading, scope } = draft;
  const link = current.linkByKey(key);
  if (link === null || link.gone !== null) {
    finish(draft, key);
    return;
  }
  const unproven = !reading.settling && (current.inFlight(link) || isStale(draft, link));
  if (link.scope !== scope || unproven || draft.touched.has(link.id)) {
    putOff(draft, key);
    return;
  }
  draft.touched.add(link.id);
  draft.links.push({ ...link, gone: current.now });
  finish(draft, key);
  const stored = current.document(link);
  if (stored !== null && !stored.deleted) deleteDocument(draft, link, stored);
}

function deleteDocument(draft: Draft, link: Link, stored: StoredDocument): void {
  const { binding, rules, author } = draft.bound;
  const unsent = untoldFields(rules, link, bodyOf(draft, stored));
  if (unsent.length > 0) {
    const reason = `The record is gone; the document "${link.id}" stays, because ${unsent.join(', ')} changed here.`;
    draft.notes.push({ event: 'deletion-held', key: link.key ?? '', reason });
    noteRecord(draft, link.key ?? '', { kind: 'deletion-held', detail: { reason } });
    return;
  }
  draft.documents.push({
    datastore: link.datastore,
    id: link.id,
    body: null,
    schemaVersion: binding.datastore.version,
    author,
    base: stored.version,
    from: { system: binding.system, stream: binding.stream },
    why: {
      kind: 'deleted',
      stream: binding.stream,
      key: link.key ?? '',
      proof: draft.reading.exact ? 'point-read' : 'feed',
    },
  });
  draft.counts.deleted += 1;
}
