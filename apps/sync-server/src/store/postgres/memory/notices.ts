import type { NoticeTable } from '../../work/notices.ts';
import type { RecordKey } from '../../write.ts';
import { numbers } from '../columns.ts';
import { statement } from '../session.ts';
import { keyColumns } from './links.ts';
import { createLog } from './log.ts';
import { recordName } from './names.ts';
import { createShelf } from './shelf.ts';
import type { Load, Part, Space } from './space.ts';
import type { StreamPart } from './streams.ts';

/** The ids of notices, and the keys that wait, as a transaction has them in memory. */
export interface NoticePart extends NoticeTable, Part {}

const READ = `select n.system, n.stream, n.id, n.at from unnest($1::text[], $2::text[], $3::text[]) as k (system, stream, id)
  cross join lateral (select * from notice where system = k.system and stream = k.stream and id = k.id offset 0) n`;
const READ_WAITING = `select r.system, r.stream, r.key from unnest($1::text[], $2::text[], $3::text[]) as k (system, stream, key)
  cross join lateral (select * from recheck where system = k.system and stream = k.stream and key = k.key offset 0) r`;
const COUNT_WAITING = `select k.system, k.stream, (
    select count(*) from recheck r where r.system = k.system and r.stream = k.stream)
  from unnest($1::text[], $2::text[], $3::text[]) as k (system, stream, key)`;
const REMEMBER = `insert into notice (system, stream, id, at)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
  on conflict (system, stream, id) do update set at = excluded.at`;
const FORGET = `delete from notice where (system, stream, id) in
  (select system, stream, id from notice where system || '' = $1 and at <= $2 order by at limit $3)`;

/** Ids of notices are told apart like keys of records. */
export function createNoticePart(space: Space, streams: StreamPart): NoticePart {
  const ids = createShelf<RecordKey, number>(space, recordName);
  const waiting = createShelf<RecordKey, true>(space, recordName);
  const counts = createShelf<RecordKey, number>(space, recordName);
  const forgotten = createLog<{ readonly system: string; readonly before: number; readonly limit: number }>(space);
  const takeIds = (rows: readonly [system: string, stream: string, id: string, at: number][]) => {
    for (const [system, stream, key, at] of rows) ids.put({ system, stream, key }, at);
  };
  const takeWaiting = (rows: readonly [system: string, stream: string, key: string][]) => {
    for (const [system, stream, key] of rows) waiting.put({ system, stream, key }, true);
  };
  const takeCounts = (rows: readonly [system: string, stream: string, count: number][]) => {
    for (const [system, stream, count] of rows) counts.put({ system, stream, key: '' }, count);
  };

  return {
    knows: (system, { stream, id }, after) =>
      (ids.get({ system, stream, key: id }) ?? Number.NEGATIVE_INFINITY) > after,
    waits: (key) => waiting.get(key) !== null,
    countWaiting: (system, stream) => counts.get({ system, stream, key: '' }) ?? 0,
    addRecheck: ({ system, stream, key }) => {
      const record = { system, stream, key };
      if (waiting.get(record) === null) {
        const count = { system, stream, key: '' };
        counts.set(count, (counts.get(count) ?? 0) + 1);
      }
      waiting.set(record, true);
      streams.addRecheck(record);
    },
    forget: (system, before, limit) => forgotten.add({ system, before, limit }),
    remember: (system, { stream, id }, now) => ids.set({ system, stream, key: id }, now),
    loads: () => {
      const [wantedIds, wantedKeys, wantedCounts] = [ids.takeWanted(), waiting.takeWanted(), counts.takeWanted()];
      const load = (text: string, keys: readonly RecordKey[], take: Load['take']): Load[] =>
        keys.length === 0 ? [] : [{ statement: statement(text, ...keyColumns(keys)), take }];
      return [
        ...load(READ, wantedIds, takeIds),
        ...load(READ_WAITING, wantedKeys, takeWaiting),
        ...load(COUNT_WAITING, wantedCounts, takeCounts),
      ];
    },
    writes: () => {
      const remembered = ids.changes();
      return [
        ...forgotten.entries.map(({ system, before, limit }) => statement(FORGET, system, before, limit)),
        ...(remembered.length === 0
          ? []
          : [
              statement(
                REMEMBER,
                ...keyColumns(remembered.map(({ key }) => key)),
                numbers(remembered.map(({ value }) => value)),
              ),
            ]),
      ];
    },
  };
}
