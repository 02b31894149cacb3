import type { StoredDocument } from '../store/document.ts';
import { type Reading, readAtOf } from './draft.ts';
import type { MappedRecord } from './map-records.ts';

/** When the two sides of a link changed, milliseconds since 1970; null: not known. */
export interface ChangeTimes {
  readonly here: number | null;
  readonly there: number | null;
}

/** How far ahead the clock of a system may be before it is not believed. */
const AHEAD_MS = 60_000;

/**
 * When document and record changed, each by its own clock: ours is when the server accepted the newest state of the document,
 * theirs what the record says. A time that lies in the future counts as the time of the reading, so that a clock that is
 * wrong by a year does not win for a year.
 */
export function changeTimes(
  stored: Pick<StoredDocument, 'at'>,
  { key, changedAt }: Pick<MappedRecord, 'key' | 'changedAt'>,
  reading: Pick<Reading, 'readAt' | 'readTimes'>,
): ChangeTimes {
  const readAt = readAtOf(reading, key);
  const there = changedAt !== null && changedAt > readAt + AHEAD_MS ? readAt : changedAt;
  return { here: stored.at, there };
}

/** True if the change here came later. Of two at the same time, or where a time is missing, that over there goes before. */
export function isLaterHere(times: ChangeTimes | undefined): boolean {
  if (times === undefined || times.here === null || times.there === null) return false;
  return times.here > times.there;
}
