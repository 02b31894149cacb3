import type { Database } from 'better-sqlite3';
import type { NoticeTable } from '../work/notices.ts';
import type { StreamTable } from './streams.ts';

/** Prepares the statements that take notices. */
export function prepareNotices(database: Database, streams: StreamTable): NoticeTable {
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
    knows: (system, { stream, id }, after) => known.get(system, stream, id, after) !== undefined,
    waits: ({ system, stream, key }) => waits.get(system, stream, key) !== undefined,
    countWaiting: (system, stream) => countWaiting.get(system, stream) ?? 0,
    addRecheck: streams.addRecheck,
    forget: (system, before, limit) => void forget.run({ system, before, limit }),
    remember: (system, { stream, id }, now) => void remember.run(system, stream, id, now),
  };
}
