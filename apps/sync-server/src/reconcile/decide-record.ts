import type { StoredDocument } from '../store/document.ts';
import type { Link } from '../store/link.ts';
import { type Draft, isStale, putOff } from './draft.ts';
import { introduceRecord } from './introduce-record.ts';
import type { MappedRecord } from './map-records.ts';
import { makeDocument, mergeRecord, moveLink, quarantine } from './merge-record.ts';

/** Decides what one record means for its document and adds that to the draft. */
export function decideRecord(draft: Draft, record: MappedRecord): void {
  const link = draft.current.linkByKey(record.key);
  if (link === null) introduceRecord(draft, record);
  else if (isUndecided(draft, link)) putOff(draft, record.key);
  else {
    const stored = draft.current.document(link);
    if (link.gone !== null) returnedRecord(draft, record, { link, stored });
    // Deleted here: what happens to the record meanwhile does not bring the document back, the deletion is on its way.
    else if (stored === null || stored.deleted) moveLink(draft, record, { link, base: link.base, behind: true });
    else mergeRecord(draft, record, { link, stored });
    draft.touched.add(link.id);
  }
}

/** True if a reading proves nothing about a linked record: a write of ours is or was under way meanwhile. */
function isUndecided(draft: Draft, link: Link): boolean {
  const { current, reading, scope, touched } = draft;
  if (link.scope !== scope || touched.has(link.id)) return true;
  return !reading.settling && (current.inFlight(link) || isStale(draft, link));
}

interface Returned {
  readonly link: Link;
  readonly stored: StoredDocument | null;
}

/** A record whose link says that it is gone. Only a point read proves that it is back; a late page proves nothing. */
function returnedRecord(draft: Draft, record: MappedRecord, { link, stored }: Returned): void {
  if (!draft.reading.exact) putOff(draft, record.key);
  else if (stored !== null && !stored.deleted) {
    mergeRecord(draft, record, { link: { ...link, gone: null }, stored, first: true });
  } else if (stored !== null && stored.author === draft.bound.author) {
    makeDocument(draft, record, { link, base: stored.version });
  } else {
    const reason = `The record is there although its document "${link.id}" was deleted here. Delete it over there, or give it a new key.`;
    quarantine(draft, record, reason);
  }
}
