import type { Database } from 'better-sqlite3';
import type { NewNotice, NoticesRequest, NoticesTaken } from '../notice.ts';
import type { StreamTable } from './streams.ts';

/** Ids that are forgotten with each that is remembered: more than one, so that what has outlived its time goes. */
const FORGET_WITH_EACH = 2;

/** Prepares the statements that take notices. */
export function prepareNotices(database: Database, streams: StreamTable) {
  const known = database
    .prepare<[string, string, string, number], number>(
      'select 1 from notice where system = ? and stream = ? and id = ? and at > ?',
    )
    .pluck();
  const remember = database.prepare<[string, string, string, number]>(
    'insert or replace into notice (system, stream, id, at) values (?, ?, ?, ?)',
  );
  const forget = database.prepare<{ system: string; before: number; limit: number }>(
    `delete from notice where (system, stream, id) in
       (select system, stream, id from notice where system = :system and at <= :before order by at limit :limit)`,
  );
  const waits = database
    .prepare<[string, string, string], number>('select 1 from recheck where system = ? and stream = ? and key = ?')
    .pluck();
  const countWaiting = database
    .prepare<[string, string], number>('select count(*) from recheck where system = ? and stream = ?')
    .pluck();

  return {
    take: ({ system, notices, keepIdsMs, maxWaiting }: NoticesRequest, now: number): NoticesTaken => {
      const before = now - keepIdsMs;
      const isNew = ({ id, stream }: NewNotice) => id === null || known.get(system, stream, id, before) === undefined;
      const fresh = notices.filter(isNew);
      const keys = keysByStream(fresh);
      for (const [stream, named] of keys) {
        const further = [...named].filter((key) => waits.get(system, stream, key) === undefined).length;
        // Counted only where it matters: most notices name few keys, and a count takes as long as the queue is.
        const waiting = further === 0 ? 0 : (countWaiting.get(system, stream) ?? 0);
        if (further > 0 && waiting + further > maxWaiting) return { is: 'full', stream, waiting };
      }
      for (const [stream, named] of keys) for (const key of named) streams.addRecheck({ system, stream, key });
      const ids = fresh.flatMap(({ id, stream }) => (id === null ? [] : [{ id, stream }]));
      if (ids.length > 0) forget.run({ system, before, limit: FORGET_WITH_EACH * ids.length });
      for (const { id, stream } of ids) remember.run(system, stream, id, now);
      return { is: 'taken', streams: [...keys.keys()], duplicates: notices.length - fresh.length };
    },
  };
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
