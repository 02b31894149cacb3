import { createHash } from 'node:crypto';
import { SystemError } from '../../connector.ts';
import type { Query } from '../../sql/session.ts';
import { shapeError } from '../../sql/shape.ts';
import type { PostgresShape } from '../shape.ts';
import { lsnNumber } from './lsn.ts';
import type { SlotNames } from './names.ts';
import { findSources, type SourceTable } from './sources.ts';

/** What a stream of mode `cdc` has in the database. */
export interface SlotState {
  readonly sources: readonly SourceTable[];
  /** Tables that the publication lacks. */
  readonly unpublished: readonly SourceTable[];
  readonly published: boolean;
  readonly slot: Slot | null;
  /** Up to here the log is on disk. */
  readonly flushed: bigint;
  /** Changes when a table, a partition or the publication is another one: what happened meanwhile was not followed. */
  readonly fingerprint: string;
}

/** A replication slot. */
export interface Slot {
  /** Up to here it was confirmed: what was committed before will not be told again. */
  readonly confirmed: bigint;
  /** It can be read no more: the database has removed the log that it needs. */
  readonly lost: boolean;
  /** Bytes of log that are kept because of it. */
  readonly retained: number;
  /** Bytes that may be written before it is lost; null: no limit is set. */
  readonly safe: number | null;
}

/** Looks at slot and publication. Throws SystemError `shape` with its remedy where they cannot be used as they are. */
export async function readState(query: Query, names: SlotNames, shape: PostgresShape): Promise<SlotState> {
  const sources = await findSources(query, names.stream, shape);
  const [general] = await query(GENERAL);
  const [level, flushed, system] = general as [string, string | null, string];
  if (flushed === null) {
    throw new SystemError(
      'down',
      'PostgreSQL: This is a standby; mode cdc reads the log of the primary. Tried again by itself.',
    );
  }
  if (level !== 'logical') {
    throw shapeError(
      names.stream,
      `wal_level is ${level}, but mode cdc needs logical. Run as a superuser: alter system set wal_level = 'logical'; ` +
        'then restart the database.',
    );
  }
  const publication = await readPublication(query, names, sources);
  const oids = new Set(publication?.tables);
  return {
    sources,
    unpublished: sources.filter(({ oid }) => !oids.has(oid)),
    published: publication !== null,
    slot: await readSlot(query, names),
    flushed: lsnNumber(flushed),
    fingerprint: createHash('sha256')
      .update(
        JSON.stringify([
          system,
          names.slot,
          publication?.identity,
          sources.map(({ oid, child, columns }) => [oid, child, columns]),
        ]),
      )
      .digest('base64url')
      .slice(0, 16),
  };
}

interface Publication {
  /** Another one after it was dropped and made anew, or a table was taken out and put in again. */
  readonly identity: string;
  readonly tables: readonly number[];
}

async function readPublication(
  query: Query,
  { stream, publication }: SlotNames,
  sources: readonly SourceTable[],
): Promise<Publication | null> {
  const [row] = await query(PUBLICATION, [publication, sources.map(({ oid }) => oid)]);
  if (row === undefined) return null;
  const [identity, complete, byRoot, filtered, tables] = row as [string, boolean, boolean, boolean, string[]];
  const wrong = !complete
    ? `does not publish everything. Run: alter publication "${publication}" set (publish = 'insert, update, delete, truncate');`
    : byRoot
      ? `hides what happens to partitions. Run: alter publication "${publication}" set (publish_via_partition_root = false);`
      : filtered
        ? 'leaves out rows of a table. Publish the table without a row filter.'
        : null;
  if (wrong !== null) throw shapeError(stream, `Publication ${publication} ${wrong}`);
  return { identity, tables: tables.map(Number) };
}

async function readSlot(query: Query, { stream, slot }: SlotNames): Promise<Slot | null> {
  const [row] = await query(SLOT, [slot]);
  if (row === undefined) return null;
  const [plugin, database, here, confirmed, status, retained, safe] = row as [
    string,
    string | null,
    boolean,
    string | null,
    string | null,
    string | null,
    string | null,
  ];
  if (plugin !== 'pgoutput' || !here) {
    throw shapeError(
      stream,
      `The replication slot ${slot} is used for something else (${plugin ?? 'physical'}, database ${database ?? 'none'}). ` +
        'Give this connector another replication.name, or the stream another slot.',
    );
  }
  return {
    confirmed: lsnNumber(confirmed ?? '0/0'),
    lost: status === 'lost' || confirmed === null,
    retained: Number(retained ?? 0),
    safe: safe === null ? null : Number(safe),
  };
}

const GENERAL = `
  select current_setting('wal_level'), case when not pg_is_in_recovery() then pg_current_wal_flush_lsn()::text end,
    (select system_identifier::text from pg_control_system())`;

/** Row filters came with PostgreSQL 15; the detour by JSON asks for a column that may not be there. */
const PUBLICATION = `
  select p.oid || ':' || coalesce((
      select string_agg(r.oid || ':' || r.prrelid, ',' order by r.oid) from pg_publication_rel r
      where r.prpubid = p.oid and (r.prrelid = any ($2::oid[]) or exists (
        select from unnest($2::oid[]) o, pg_partition_ancestors(o) a where a.relid = r.prrelid))), ''),
    p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate, p.pubviaroot,
    exists (select from pg_publication_tables t where t.pubname = p.pubname and to_jsonb(t) ->> 'rowfilter' is not null),
    array(select format('%I.%I', t.schemaname, t.tablename)::regclass::oid::text
      from pg_publication_tables t where t.pubname = p.pubname)
  from pg_publication p where p.pubname = $1`;

const SLOT = `
  select s.plugin::text, s.database::text, coalesce(s.database = current_database(), false), s.confirmed_flush_lsn::text,
    s.wal_status, pg_wal_lsn_diff(pg_current_wal_flush_lsn(), s.restart_lsn)::text, s.safe_wal_size::text
  from pg_replication_slots s where s.slot_name = $1`;
