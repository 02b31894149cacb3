import { DatastoreError } from '@datastores/core';
import { parseVersion } from '@datastores/core/protocol';
import type { JsonValue } from '@datastores/core/schema';
import type { Database } from 'better-sqlite3';
import { v7 as uuid } from 'uuid';
import { LONGEST_WAIT_MS } from '../../clock.ts';
import type { DocumentKey } from '../document.ts';
import type { LetterQuery, OutboxRetry, OutboxRow, OutboxSend, OutboxSettle, Refusal } from '../outbox.ts';
import type { Backlog } from '../receipt.ts';
import type { Route } from '../store.ts';
import type { DocumentTable } from './documents.ts';
import type { LaneRow } from './receipt-entries.ts';

/** The strictly ordered rows of one document towards one stream. */
export interface Lane extends Route, DocumentKey {
  readonly scope: string;
}

interface Row extends Omit<OutboxRow, 'payload' | 'uncertain' | 'refusal'> {
  readonly payload: string | null;
  readonly uncertain: 0 | 1;
  readonly refusal: string | null;
}

/** Marks, freezes, settles and lists outbox rows. */
export type OutboxTable = ReturnType<typeof prepareOutbox>;

interface Settling extends Omit<OutboxSettle, 'version' | 'uncertain' | 'refusal'> {
  readonly uncertain: 0 | 1;
  readonly refusal: string | null;
  readonly now: number;
}

type LaneKey = [system: string, stream: string, scope: string, datastore: string, id: string];

const COLUMNS = `seq, scope, datastore, id, system, stream, state, write_id as writeId, payload, version, attempts,
  not_before as notBefore, error, created_at as createdAt, field, dead_at as deadAt, uncertain, refusal`;
const LANE = 'system = ? and stream = ? and scope = ? and datastore = ? and id = ?';

/** Marks, freezes, settles and lists outbox rows. */
export function prepareOutbox(database: Database, documents: DocumentTable) {
  const addMark = database.prepare<[...LaneKey, string, number, number]>(
    `insert into outbox (system, stream, scope, datastore, id, state, write_id, created_at, from_seq)
     values (?, ?, ?, ?, ?, 'ready', ?, ?, ?)`,
  );
  const findMark = database.prepare<LaneKey>(`select 1 from outbox where ${LANE} and state = 'ready' limit 1`);
  const read = database.prepare<[number], Lane & Pick<Row, 'state'>>(
    'select scope, datastore, id, system, stream, state from outbox where seq = ?',
  );
  const find = database.prepare<[number], Row>(`select ${COLUMNS} from outbox where seq = ?`);
  const lane = database.prepare<LaneKey, StoredLaneRow>(
    `select state, from_seq as fromSeq, refusal from outbox where ${LANE} order by seq`,
  );
  const backlog = database.prepare<[string], Backlog>(
    `select stream, count(distinct iif(state = 'dead', null, scope || char(0) || datastore || char(0) || id)) as waiting,
       sum(state = 'dead') as dead, min(iif(state = 'dead', null, created_at)) as oldestAt
     from outbox where system = ? group by stream`,
  );
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
  const update = database.prepare<Settling>(
    `update outbox set state = :state, attempts = :attempts, not_before = :notBefore, error = :error, field = :field,
       uncertain = :uncertain, refusal = :refusal, dead_at = iif(:state = 'dead', :now, null),
       payload = iif(:state = 'ready', null, payload), version = iif(:state = 'ready', null, version)
     where seq = :seq`,
  );

  return {
    mark,
    /** The rows of a lane, oldest first. */
    lane: (at: Lane): LaneRow[] => lane.all(...keyOf(at)).map(laneRowOf),
    backlog: (system: string): Backlog[] => backlog.all(system),
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
      const row = find.get(seq);
      if (row?.state !== 'dead') return null;
      if (state === 'ready') removeMark.run(...keyOf(row), seq);
      const { error, field } = row;
      const uncertain = state === 'ready' ? 0 : row.uncertain;
      update.run({ seq, state, attempts: 0, notBefore: now, error, field, uncertain, refusal: null, now });
      return rowOf(row);
    },
    /** Freezes one payload. `behind`: its lane got a row behind it, because the document has moved on. */
    send: ({ seq, payload, version }: OutboxSend, now: number): { readonly lane: Lane; readonly behind: boolean } => {
      const row = read.get(seq);
      if (row?.state !== 'ready' && row?.state !== 'unknown') throw stale(seq);
      freeze.run(JSON.stringify(payload), version, seq);
      // An edit between the reading of the document and this moment has joined the mark that is frozen now.
      const newest = documents.versionOf(row.scope, row);
      if (newest === null || newest === version) return { lane: row, behind: false };
      const told = version === null ? undefined : parseVersion(version)?.seq;
      const from = told === undefined ? parseVersion(newest)?.seq : told + 1;
      return { lane: row, behind: mark(row, now, from ?? 0) };
    },
    /** Returns the lane, null where there is no such row any more. */
    settle: (scope: string, settle: OutboxSettle, now: number): Lane | null => {
      const row = read.get(settle.seq);
      if (row === undefined) return null;
      if (row.scope !== scope) {
        throw new Error(`Outbox row ${settle.seq} belongs to scope ${row.scope}, not to the write of scope ${scope}.`);
      }
      if (settle.state === 'done') {
        if (row.state !== 'ready' || isAt(row, settle.version)) remove.run(settle.seq);
        return row;
      }
      // Two marks in one lane would say the same; the older one keeps its place and its write id.
      if (settle.state === 'ready') removeMark.run(...keyOf(row), settle.seq);
      const { seq, state, attempts, notBefore, error, field = null, refusal = null } = settle;
      const told = refusal === null ? null : JSON.stringify(refusal);
      const uncertain = settle.uncertain ? 1 : 0;
      update.run({ seq, state, attempts, notBefore, error, field, uncertain, refusal: told, now });
      return row;
    },
  };

  /** Notes that a lane has something to send, from a state of its document on. False if a mark says so already. */
  function mark(lane: Lane, now: number, fromSeq: number): boolean {
    const key = keyOf(lane);
    if (findMark.get(...key) !== undefined) return false;
    addMark.run(...key, uuid(), now, fromSeq);
    return true;
  }

  function isAt(row: Lane, version: string | null | undefined): boolean {
    if (version === undefined) return true;
    return documents.versionOf(row.scope, row) === version;
  }
}

function keyOf({ system, stream, scope, datastore, id }: Lane): LaneKey {
  return [system, stream, scope, datastore, id];
}

interface StoredLaneRow extends Omit<LaneRow, 'refusal'> {
  readonly refusal: string | null;
}

function laneRowOf({ state, fromSeq, refusal }: StoredLaneRow): LaneRow {
  return { state, fromSeq, refusal: refusalOf(refusal) };
}

function rowOf(row: Row): OutboxRow {
  const payload = row.payload === null ? null : (JSON.parse(row.payload) as JsonValue);
  return { ...row, payload, uncertain: row.uncertain === 1, refusal: refusalOf(row.refusal) };
}

function refusalOf(stored: string | null): Refusal | null {
  return stored === null ? null : (JSON.parse(stored) as Refusal);
}

function stale(seq: number): DatastoreError {
  return new DatastoreError('OUTBOX_STALE', `Outbox row ${seq} may not be sent now.`);
}
