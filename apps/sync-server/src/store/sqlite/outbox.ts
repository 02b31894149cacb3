import { DatastoreError } from '@datastores/core';
import type { JsonValue } from '@datastores/core/schema';
import type { Database } from 'better-sqlite3';
import { v7 as uuid } from 'uuid';
import { LONGEST_WAIT_MS } from '../../clock.ts';
import type { DocumentKey } from '../document.ts';
import type { LetterQuery, OutboxRetry, OutboxRow, OutboxSend, OutboxSettle } from '../outbox.ts';
import type { Route } from '../store.ts';
import type { DocumentTable } from './documents.ts';

/** The strictly ordered rows of one document towards one stream. */
export interface Lane extends Route, DocumentKey {
  readonly scope: string;
}

interface Row extends Omit<OutboxRow, 'payload' | 'uncertain'> {
  readonly payload: string | null;
  readonly uncertain: 0 | 1;
}

type LaneKey = [system: string, stream: string, scope: string, datastore: string, id: string];

const COLUMNS = `seq, scope, datastore, id, system, stream, state, write_id as writeId, payload, version, attempts,
  not_before as notBefore, error, created_at as createdAt, field, dead_at as deadAt, uncertain`;
const LANE = 'system = ? and stream = ? and scope = ? and datastore = ? and id = ?';

/** Marks, freezes, settles and lists outbox rows. */
export function prepareOutbox(database: Database, documents: DocumentTable) {
  const addMark = database.prepare<[...LaneKey, string, number]>(
    `insert into outbox (system, stream, scope, datastore, id, state, write_id, created_at)
     values (?, ?, ?, ?, ?, 'ready', ?, ?)`,
  );
  const findMark = database.prepare<LaneKey>(`select 1 from outbox where ${LANE} and state = 'ready' limit 1`);
  const read = database.prepare<[number], Row>(`select ${COLUMNS} from outbox where seq = ?`);
  const pending = database.prepare<LaneKey>(
    `select 1 from outbox where ${LANE} and state in ('sent', 'unknown') limit 1`,
  );
  const heads = database.prepare<[string, number, number, number], Row>(
    `select ${COLUMNS} from outbox as head
     where system = ? and state in ('ready', 'unknown') and (not_before <= ? or not_before > ?)
       and not exists (
         select 1 from outbox as older
         where older.system = head.system and older.stream = head.stream and older.scope = head.scope
           and older.datastore = head.datastore and older.id = head.id and older.seq < head.seq)
     order by seq limit ?`,
  );
  const dead = database.prepare<{ system: string | null; writeId: string | null; limit: number }, Row>(
    `select ${COLUMNS} from outbox where state = 'dead' and (:system is null or system = :system)
       and (:writeId is null or write_id = :writeId) order by seq limit :limit`,
  );
  const ofDocument = database.prepare<[string, string, string], Row>(
    `select ${COLUMNS} from outbox where scope = ? and datastore = ? and id = ? order by seq`,
  );
  const freeze = database.prepare<[string, string | null, number]>(
    "update outbox set state = 'sent', payload = ?, version = ? where seq = ?",
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
  const remove = database.prepare<[number]>('delete from outbox where seq = ?');
  const removeMark = database.prepare<[...LaneKey, number]>(
    `delete from outbox where ${LANE} and state = 'ready' and seq <> ?`,
  );
  const update = database.prepare<Omit<OutboxSettle, 'version' | 'uncertain'> & { now: number; uncertain: 0 | 1 }>(
    `update outbox set state = :state, attempts = :attempts, not_before = :notBefore, error = :error, field = :field,
       uncertain = :uncertain, dead_at = iif(:state = 'dead', :now, null),
       payload = iif(:state = 'ready', null, payload), version = iif(:state = 'ready', null, version)
     where seq = :seq`,
  );

  return {
    mark,
    isInFlight: (lane: Lane): boolean => pending.get(...keyOf(lane)) !== undefined,
    heads: (system: string, now: number, limit: number): OutboxRow[] =>
      heads.all(system, now, now + LONGEST_WAIT_MS, limit).map(rowOf),
    dead: ({ system, writeId, limit }: LetterQuery): OutboxRow[] =>
      dead.all({ system: system ?? null, writeId: writeId ?? null, limit }).map(rowOf),
    /** All rows of one document, whatever their state. */
    ofDocument: (scope: string, { datastore, id }: DocumentKey): OutboxRow[] =>
      ofDocument.all(scope, datastore, id).map(rowOf),
    noteRecovered: (system: string | null, now: number): void => void noteRecovered.run({ system, now }),
    recover: (system: string | null): number => recover.run({ system }).changes,
    /** Takes a dead row up again, with its number and write id. Null if it is not dead any more. */
    retry: ({ seq, state }: OutboxRetry, now: number): OutboxRow | null => {
      const row = read.get(seq);
      if (row?.state !== 'dead') return null;
      if (state === 'ready') removeMark.run(...keyOf(row), seq);
      const { error, field } = row;
      const uncertain = state === 'ready' ? 0 : row.uncertain;
      update.run({ seq, state, attempts: 0, notBefore: now, error, field, uncertain, now });
      return rowOf(row);
    },
    /** Freezes one payload. Returns the lane if it got a row behind, because its document has moved on. */
    send: ({ seq, payload, version }: OutboxSend, now: number): Lane | null => {
      const row = read.get(seq);
      if (row?.state !== 'ready' && row?.state !== 'unknown') throw stale(seq);
      freeze.run(JSON.stringify(payload), version, seq);
      // An edit between the reading of the document and this moment has joined the mark that is frozen now.
      const document = documents.get(row.scope, row);
      return document !== null && document.version !== version && mark(row, now) ? row : null;
    },
    settle: (scope: string, settle: OutboxSettle, now: number): void => {
      const row = read.get(settle.seq);
      if (row === undefined) return;
      if (row.scope !== scope) {
        throw new Error(`Outbox row ${settle.seq} belongs to scope ${row.scope}, not to the write of scope ${scope}.`);
      }
      if (settle.state === 'done') {
        if (row.state !== 'ready' || isAt(row, settle.version)) remove.run(settle.seq);
        return;
      }
      // Two marks in one lane would say the same; the older one keeps its place and its write id.
      if (settle.state === 'ready') removeMark.run(...keyOf(row), settle.seq);
      const { seq, state, attempts, notBefore, error, field = null } = settle;
      update.run({ seq, state, attempts, notBefore, error, field, uncertain: settle.uncertain ? 1 : 0, now });
    },
  };

  /** Notes that a lane has something to send. False if a mark says so already. */
  function mark(lane: Lane, now: number): boolean {
    const key = keyOf(lane);
    if (findMark.get(...key) !== undefined) return false;
    addMark.run(...key, uuid(), now);
    return true;
  }

  function isAt(row: Row, version: string | null | undefined): boolean {
    if (version === undefined) return true;
    return (documents.get(row.scope, row)?.version ?? null) === version;
  }
}

function keyOf({ system, stream, scope, datastore, id }: Lane): LaneKey {
  return [system, stream, scope, datastore, id];
}

function rowOf(row: Row): OutboxRow {
  const payload = row.payload === null ? null : (JSON.parse(row.payload) as JsonValue);
  return { ...row, payload, uncertain: row.uncertain === 1 };
}

function stale(seq: number): DatastoreError {
  return new DatastoreError('OUTBOX_STALE', `Outbox row ${seq} may not be sent now.`);
}
