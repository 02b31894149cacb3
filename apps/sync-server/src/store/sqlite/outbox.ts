import type { Database } from 'better-sqlite3';
import { LONGEST_WAIT_MS } from '../../clock.ts';
import type { DocumentKey } from '../document.ts';
import type { LetterQuery, OutboxRow } from '../outbox.ts';
import { outboxRowOf, type StoredOutboxRow } from '../outbox-row.ts';
import type { Backlog } from '../receipt.ts';
import type { LaneTable } from '../work/lane-table.ts';
import { prepareLanes } from './lanes.ts';

const COLUMNS = `seq, scope, datastore, id, system, stream, state, write_id as writeId, payload, version, attempts,
  not_before as notBefore, error, created_at as createdAt, field, dead_at as deadAt, uncertain, refusal`;

/** Lists outbox rows, beside what transactions change of them. */
export function prepareOutbox(database: Database) {
  const find = database.prepare<[number], StoredOutboxRow>(`select ${COLUMNS} from outbox where seq = ?`);
  const backlog = database.prepare<[string], Backlog>(
    `select stream, count(distinct iif(state = 'dead', null, scope || char(0) || datastore || char(0) || id)) as waiting,
       sum(state = 'dead') as dead, min(iif(state = 'dead', null, created_at)) as oldestAt
     from outbox where system = ? group by stream`,
  );
  const heads = database.prepare<[string, number, number, number], StoredOutboxRow>(
    `select ${COLUMNS} from outbox as head
     where system = ? and state in ('ready', 'unknown') and (not_before <= ? or not_before > ?)
       and not exists (
         select 1 from outbox as older
         where older.system = head.system and older.stream = head.stream and older.scope = head.scope
           and older.datastore = head.datastore and older.id = head.id and older.seq < head.seq)
     order by seq limit ?`,
  );
  const dead = database.prepare<{ system: string | null; writeId: string | null; limit: number }, StoredOutboxRow>(
    `select ${COLUMNS} from outbox where state = 'dead' and (:system is null or system = :system)
       and (:writeId is null or write_id = :writeId) order by seq limit :limit`,
  );
  const ofDocument = database.prepare<[string, string, string], StoredOutboxRow>(
    `select ${COLUMNS} from outbox where scope = ? and datastore = ? and id = ? order by seq`,
  );
  const noteRecovered = database.prepare<{ system: string | null; now: number }>(
    `insert into history (scope, datastore, id, kind, at, author, seq, decided, detail)
       select scope, datastore, id, 'unanswered', :now, '@' || system, null, 0,
         json_object('stream', stream, 'writeId', write_id)
       from outbox where state = 'sent' and (:system is null or system = :system) order by seq`,
  );
  const recover = database.prepare<{ system: string | null }>(
    "update outbox set state = 'unknown' where state = 'sent' and (:system is null or system = :system)",
  );
  const lanes: LaneTable = prepareLanes(database, (seq) => {
    const row = find.get(seq);
    return row === undefined ? null : outboxRowOf(row);
  });

  return {
    lanes,
    backlog: (system: string): Backlog[] => backlog.all(system),
    heads: (system: string, now: number, limit: number): OutboxRow[] =>
      heads.all(system, now, now + LONGEST_WAIT_MS, limit).map(outboxRowOf),
    dead: ({ system, writeId, limit }: LetterQuery): OutboxRow[] =>
      dead.all({ system: system ?? null, writeId: writeId ?? null, limit }).map(outboxRowOf),
    /** All rows of one document, whatever their state. */
    ofDocument: (scope: string, { datastore, id }: DocumentKey): OutboxRow[] =>
      ofDocument.all(scope, datastore, id).map(outboxRowOf),
    noteRecovered: (system: string | null, now: number): void => void noteRecovered.run({ system, now }),
    recover: (system: string | null): number => recover.run({ system }).changes,
  };
}
