import type { NewNotice, NoticesRequest, NoticesTaken } from '../notice.ts';
import type { RecordKey } from '../write.ts';

/** Ids of notices, and the keys that wait because of them. */
export interface NoticeTable {
  /** True if the notice was taken after a time. */
  knows(system: string, notice: { readonly stream: string; readonly id: string }, after: number): boolean;
  waits(key: RecordKey): boolean;
  countWaiting(system: string, stream: string): number;
  addRecheck(key: RecordKey): void;
  /** Forgets up to so many ids that were taken at a time or before. */
  forget(system: string, before: number, limit: number): void;
  remember(system: string, notice: { readonly stream: string; readonly id: string }, now: number): void;
}

/** Ids that are forgotten with each that is remembered: more than one, so that what has outlived its time goes. */
const FORGET_WITH_EACH = 2;

/** Takes notices that were not taken before: all of a request, or none where more keys would wait than may. */
export function takeNotices(table: NoticeTable, request: NoticesRequest, now: number): NoticesTaken {
  const { system, notices, keepIdsMs, maxWaiting } = request;
  const before = now - keepIdsMs;
  const isNew = ({ id, stream }: NewNotice) => id === null || !table.knows(system, { stream, id }, before);
  const fresh = notices.filter(isNew);
  const keys = keysByStream(fresh);
  for (const [stream, named] of keys) {
    const further = [...named].filter((key) => !table.waits({ system, stream, key })).length;
    // Counted only where it matters: most notices name few keys, and a count takes as long as the queue is.
    const waiting = further === 0 ? 0 : table.countWaiting(system, stream);
    if (further > 0 && waiting + further > maxWaiting) return { is: 'full', stream, waiting };
  }
  for (const [stream, named] of keys) for (const key of named) table.addRecheck({ system, stream, key });
  const ids = fresh.flatMap(({ id, stream }) => (id === null ? [] : [{ id, stream }]));
  if (ids.length > 0) table.forget(system, before, FORGET_WITH_EACH * ids.length);
  for (const notice of ids) table.remember(system, notice, now);
  return { is: 'taken', streams: [...keys.keys()], duplicates: notices.length - fresh.length };
}

function keysByStream(notices: readonly NewNotice[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byStream = new Map<string, Set<string>>();
  for (const { stream, keys } of notices) {
    const named = byStream.get(stream) ?? new Set();
    for (const key of keys) named.add(key);
    if (named.size > 0) byStream.set(stream, named);
  }
  return byStream;
}
