import { LONGEST_WAIT_MS } from '../../clock.ts';
import type { DecisionRecord, DocumentKey, StoredDocument } from '../document.ts';
import type { LetterQuery, OutboxRow } from '../outbox.ts';
import { outboxRowOf, type StoredOutboxRow } from '../outbox-row.ts';
import type { Backlog } from '../receipt.ts';
import type { SystemState } from '../system-state.ts';
import { decisionsOf, type EventRow } from '../work/event-text.ts';
import type { QuarantinedRecord } from '../write.ts';
import { statement } from './session.ts';
import type { Reader } from './snapshot.ts';

/** Reads one document as a row that is one. */
export const DOCUMENT_ROW = `select scope, datastore, id, seq, version, deleted = 1 as deleted, body, schema_version as "schemaVersion",
  author, base, at from document where scope = $1 and datastore = $2 and id = $3`;
const OUTBOX = `seq, scope, datastore, id, system, stream, state, write_id as "writeId", payload, version, attempts,
  not_before as "notBefore", error, created_at as "createdAt", field, dead_at as "deadAt", uncertain, refusal`;
const HEADS = `select ${OUTBOX} from outbox as head
  where system = $1 and state in ('ready', 'unknown') and (not_before <= $2 or not_before > $3)
    and not exists (
      select 1 from outbox as older
      where older.system = head.system and older.stream = head.stream and older.scope = head.scope
        and older.datastore = head.datastore and older.id = head.id and older.seq - head.seq < 0)
  order by seq limit $4`;
const DEAD = `select ${OUTBOX} from outbox where state = 'dead' and ($1::text is null or system = $1)
  and ($2::text is null or write_id = $2) order by seq limit $3`;
const OF_DOCUMENT = `select ${OUTBOX} from outbox where scope = $1 and datastore = $2 and id = $3 order by seq`;
const BACKLOG = `select stream, count(distinct (scope, datastore, id)) filter (where state <> 'dead') as waiting,
    count(*) filter (where state = 'dead') as dead, min(created_at) filter (where state <> 'dead') as "oldestAt"
  from outbox where system = $1 group by stream`;
const DECIDED = `select scope, datastore, id, kind, at, author, seq, decided, detail from history where decided = 1
  order by number desc limit $1`;
const QUARANTINED = `select system, stream, key, reason, record, at from quarantine order by at desc, number desc limit $1`;
const SYSTEM = `select system, state, since, failures, retry_at as "retryAt", error, last_success_at as "lastSuccessAt"
  from system_state where system = $1`;

/** One document. */
export async function readDocument(reader: Reader, scope: string, key: DocumentKey): Promise<StoredDocument | null> {
  const [row] = await reader.rows<StoredDocument>(statement(DOCUMENT_ROW, scope, key.datastore, key.id));
  return row ?? null;
}

/** First rows of the lanes of a system that may be sent. */
export async function readHeads(
  reader: Reader,
  system: string,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<readonly OutboxRow[]> {
  const latest = Math.min(now + LONGEST_WAIT_MS, Number.MAX_SAFE_INTEGER);
  return (await reader.rows<StoredOutboxRow>(statement(HEADS, system, now, latest, limit))).map(outboxRowOf);
}

/** Rows given up on. */
export async function readDead(reader: Reader, { system, writeId, limit }: LetterQuery): Promise<readonly OutboxRow[]> {
  const rows = await reader.rows<StoredOutboxRow>(statement(DEAD, system ?? null, writeId ?? null, limit));
  return rows.map(outboxRowOf);
}

/** All rows of one document. */
export async function readOutboxOf(reader: Reader, scope: string, key: DocumentKey): Promise<readonly OutboxRow[]> {
  const rows = await reader.rows<StoredOutboxRow>(statement(OF_DOCUMENT, scope, key.datastore, key.id));
  return rows.map(outboxRowOf);
}

/** What waits for a system, by stream. */
export function readBacklog(reader: Reader, system: string): Promise<readonly Backlog[]> {
  return reader.rows<Backlog>(statement(BACKLOG, system));
}

/** Decisions on single fields, newest first. */
export async function readDecisions(reader: Reader, limit: number): Promise<readonly DecisionRecord[]> {
  return decisionsOf(await reader.rows<EventRow>(statement(DECIDED, limit))).slice(0, limit);
}

/** Records that were set aside, newest first. */
export async function readQuarantined(reader: Reader, limit: number): Promise<readonly QuarantinedRecord[]> {
  const rows = await reader.rows<Omit<QuarantinedRecord, 'record'> & { record: string }>(statement(QUARANTINED, limit));
  return rows.map((row) => ({ ...row, record: JSON.parse(row.record) as QuarantinedRecord['record'] }));
}

/** The state of a system. */
export async function readSystem(reader: Reader, system: string): Promise<SystemState | null> {
  const [row] = await reader.rows<SystemState>(statement(SYSTEM, system));
  return row ?? null;
}
