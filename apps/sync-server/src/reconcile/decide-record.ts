import type { StoredDocument } from '../store/document.ts';
import type { Link } from '../store/link.ts';
import { type Draft, putOff } from './draft.ts';
import { introduceRecord } from './introduce-record.ts';
import type { MappedRecord } from './map-records.ts';
import { makeDocument, mergeRecord, moveLink, quarantine } from './merge-record.ts';

/** Decides what one record means for its document and adds that to the draft. */
export function decideRecord(draft: Draft, record: MappedRecord): void {
  const { current, reading, scope } = draft;
  const link = current.linkByKey(record.key);
  if (link === null) return introduceRecord(draft, record);
  const document = { datastore: link.datastore, id: link.id };
  const unproven = !reading.settling && (current.inFlight(document) || reading.readAt < link.syncedAt);
  if (link.scope !== scope || unproven || draft.touched.has(link.id)) return putOff(draft, record.key);
  const stored = current.document(document);
  if (link.gone !== null) return returnedRecord(draft, record, { link, stored });
  draft.touched.add(link.id);
  // Deleted here: what happens to the record meanwhile does not bring the document back, the deletion is on its way.
  if (stored === null || stored.deleted) return moveLink(draft, record, { link, base: link.base });
  mergeRecord(draft, record, { link, stored });
}

interface Returned {
  readonly link: Link;
  readonly stored: StoredDocument | null;
}

/** A record whose link says that it is gone. Only a point read proves that it is back; a late page proves nothing. */
function returnedRecord(draft: Draft, record: MappedRecord, { link, stored }: Returned): void {
  if (!draft.reading.exact) return putOff(draft, record.key);
  draft.touched.add(link.id);
  if (stored !== null && !stored.deleted) {
    mergeRecord(draft, record, { link: { ...link, gone: null }, stored, first: true });
    return;
  }
  if (stored === null || stored.author !== draft.bound.author) {
    const reason = `The record is there although its document "${link.id}" was deleted here. Delete it over there, or give it a new key.`;
    return quarantine(draft, record, reason);
  }
  makeDocument(draft, record, { link, base: stored.version });
}
