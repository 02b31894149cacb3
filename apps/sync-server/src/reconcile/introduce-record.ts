import type { StoredDocument } from '../store/document.ts';
import { type Draft, putOff } from './draft.ts';
import type { MappedRecord } from './map-records.ts';
import { makeDocument, mergeRecord, quarantine } from './merge-record.ts';
import { newLink } from './new-link.ts';

/** Links a record nobody knows yet: to the document it is already known as, or to a new one. */
export function introduceRecord(draft: Draft, record: MappedRecord): void {
  // It may be our own create whose answer was lost: linked to a second document it would be there twice for ever.
  if (draft.reading.createsPending) return putOff(draft, record.key);
  const matched = record.match === null ? null : documentOf(draft, record.match);
  if (matched !== null && !matched.deleted) return adopt(draft, record, matched);
  const own = documentOf(draft, record.id);
  if (own === null) return create(draft, record, null);
  if (!own.deleted) return adopt(draft, record, own);
  if (own.author === draft.bound.author) return create(draft, record, own.version);
  quarantine(draft, record, `The record belongs to the document "${own.id}", which was deleted here. Delete it over there too.`);
}

/** Links a record to a document that exists. */
function adopt(draft: Draft, record: MappedRecord, stored: StoredDocument): void {
  const link = draft.current.linkOf(stored);
  if (draft.touched.has(stored.id) || draft.current.inFlight(stored)) return putOff(draft, record.key);
  if (link !== null && link.key !== null && link.gone === null) {
    const reason = `The record belongs to the document "${stored.id}", which is already linked to the record "${link.key}". Make one of the two records go, or correct match or idFor of the binding.`;
    return quarantine(draft, record, reason);
  }
  draft.touched.add(stored.id);
  mergeRecord(draft, record, { link: newLink(draft, { id: stored.id, ref: link?.ref }), stored, first: true });
}

function create(draft: Draft, record: MappedRecord, base: string | null): void {
  if (draft.touched.has(record.id)) return putOff(draft, record.key);
  draft.touched.add(record.id);
  makeDocument(draft, record, { link: newLink(draft, { id: record.id }), base });
}

function documentOf(draft: Draft, id: string): StoredDocument | null {
  return draft.current.document({ datastore: draft.bound.binding.datastore.name, id });
}
