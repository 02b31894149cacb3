import type { Database } from 'better-sqlite3';
import type { DocumentKey } from '../document.ts';
import { endedEvents } from '../ended-events.ts';
import type { HistoryLimits } from '../history.ts';
import type { HistoryTable } from './history.ts';

interface Place extends DocumentKey {
  readonly scope: string;
}

/** Up to which number events were looked at: as new ones, which may be too many, and as old ones, which may be too old. */
type Mark = 'history counted' | 'history aged';

/** Ends events that are too many or too old, a piece at a time. What the value of a field rests on stays. */
export function prepareForgetting(database: Database, history: HistoryTable) {
  const readMark = database.prepare<[Mark], string>('select value from meta where key = ?').pluck();
  const writeMark = database.prepare<[Mark, string]>('insert or replace into meta (key, value) values (?, ?)');
  const after = database.prepare<[number, number], Place & { number: number; at: number }>(
    'select number, at, scope, datastore, id from history where number > ? order by number limit ?',
  );
  const last = database.prepare<[], number>('select ifnull(max(number), 0) from history').pluck();
  const lives = database
    .prepare<[string, string, string], number>(
      'select 1 from document where scope = ? and datastore = ? and id = ? and deleted = 0',
    )
    .pluck();
  const remove = database.prepare<[number]>('delete from history where number = ?');

  return {
    /** Looks at up to so many events that came since it last did. False if none is left to look at. */
    forgetMany: (limits: HistoryLimits, limit: number): boolean => look('history counted', limits, limit),
    /** Looks at up to so many events that have become too old. False if none is left to look at. */
    forgetOld: (limits: HistoryLimits, limit: number): boolean => look('history aged', limits, limit),
  };

  function look(mark: Mark, limits: HistoryLimits, limit: number): boolean {
    // Numbers begin again after the newest event went, so a mark may be ahead of all of them.
    const from = Math.min(Number(readMark.get(mark) ?? 0), last.get() ?? 0);
    const rows = after.all(from, limit);
    const young = mark === 'history aged' ? rows.findIndex(({ at }) => at >= limits.before) : -1;
    const due = young < 0 ? rows : rows.slice(0, young);
    for (const place of new Map(due.map((row) => [JSON.stringify([row.scope, row.datastore, row.id]), row])).values()) {
      forget(place, limits);
    }
    writeMark.run(mark, String(due.at(-1)?.number ?? from));
    return due.length === limit;
  }

  function forget(place: Place, limits: HistoryLimits): void {
    const events = history.of(place.scope, place);
    const living = () => lives.get(place.scope, place.datastore, place.id) !== undefined;
    for (const number of endedEvents(events, limits, living)) remove.run(number);
  }
}
