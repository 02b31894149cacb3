import type { StoredDocument } from '../store/document.ts';
import { lookalike } from './creates.ts';
import { type Draft, putOff } from './draft.ts';
import type { MappedRecord } from './map-records.ts';
import { makeDocument, mergeRecord, quarantine } from './merge-record.ts';
import { newLink } from './new-link.ts';

/** Links a record nobody knows yet: to the document it is already known as, or to a new one. */
export function introduceRecord(draft: Draft, record: MappedRecord): void {
  const matched = record.match === null ? null : documentOf(draft, record.match);
  const stored = matched !== null && !matched.deleted ? matched : documentOf(draft, record.id);
  const id = stored?.id ?? record.id;
  const uncertain = draft.touched.has(id) || (stored !== null && draft.current.inFlight(stored));
  if (draft.reading.creates.pending.size > 0 || uncertain) putOff(draft, record.key);
  else if (stored === null) makeNew(draft, record);
  else if (!stored.deleted) adopt(draft, record, stored);
  else if (stored.author === draft.bound.author) {
    makeDocument(draft, record, { link: newLink(draft, { id }), base: stored.version });
  } else {
    const reason = `The record belongs to the document "${id}", which was deleted here. Delete it over there too.`;
    quarantine(draft, record, reason);
  }
  draft.touched.add(id);
}

function makeNew(draft: Draft, record: MappedRecord): void {
  const create = lookalike(draft.reading.creates, record.fields);
  if (create === null) {
    makeDocument(draft, record, { link: newLink(draft, { id: record.id }), base: null });
    return;
  }
  const reason = `The record may be what came of the write "${create.writeId}", which was to create it for the document "${create.id}" and was given up without an answer. If it is, run \`datastores found ${create.writeId} ${record.key}\`; if it is not, retry that write with --not-applied, or drop it.`;
  quarantine(draft, record, reason);
}

/** Links a record to a document that exists. */
function adopt(draft: Draft, record: MappedRecord, stored: StoredDocument): void {
  const link = draft.current.linkOf(stored);
  if (link === null || link.key === null || link.gone !== null) {
    mergeRecord(draft, record, { link: newLink(draft, { id: stored.id, ref: link?.ref }), stored, first: true });
    return;
  }
  const reason = `The record belongs to the document "${stored.id}", which is already linked to the record "${link.key}". Make one of the two records go, or correct match or idFor of the binding.`;
  quarantine(draft, record, reason);
}

function documentOf(draft: Draft, id: string): StoredDocument | null {
  return draft.current.document({ datastore: draft.bound.binding.datastore.name, id });
}
