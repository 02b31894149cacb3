import type { StreamTable } from '../../work/tables.ts';
import type { CursorWrite, QuarantinedRecord, RecordKey } from '../../write.ts';
import { numbers, texts } from '../columns.ts';
import { type Statement, statement } from '../session.ts';
import { keyColumns } from './links.ts';
import { createLog } from './log.ts';
import { recordName } from './names.ts';
import type { Part, Space } from './space.ts';

/** What a transaction notes of streams. Nothing of it is read in the transaction. */
export interface StreamPart extends StreamTable, Part {}

interface Recheck {
  readonly key: RecordKey;
  /** False: it has been read. */
  readonly waits: boolean;
}

interface SetAside {
  readonly key: RecordKey;
  /** Null: released. */
  readonly record: QuarantinedRecord | null;
}

const SET_CURSORS = `insert into cursor (system, stream, kind, cursor)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
  on conflict (system, stream, kind) do update set cursor = excluded.cursor`;
const ADD_RECHECKS = `insert into recheck (system, stream, key)
  select system, stream, key from unnest($1::text[], $2::text[], $3::text[]) with ordinality
    as n (system, stream, key, position) order by position
  on conflict (system, stream, key) do update set taken = 0`;
/** Where the rows of keys are. */
const placesIn = (table: string) => `any (array(
  select r.ctid from unnest($1::text[], $2::text[], $3::text[]) as k (system, stream, key)
  cross join lateral (
    select ctid from ${table} where system = k.system and stream = k.stream and key = k.key for update offset 0) r))`;
const RECHECKED = `delete from recheck where ctid = ${placesIn('recheck')} and taken = 1`;
const SET_ASIDE = `insert into quarantine as q (system, stream, key, reason, record, at)
  select system, stream, key, reason, record, at
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]) with ordinality
    as n (system, stream, key, reason, record, at, position) order by position`;
const RELEASE = `delete from quarantine where ctid = ${placesIn('quarantine')}`;

/** Cursors, rechecks and quarantine, as they are to be written. */
export function createStreamPart(space: Space): StreamPart {
  const cursors = createLog<CursorWrite>(space);
  const rechecks = createLog<Recheck>(space);
  const asides = createLog<SetAside>(space);
  return {
    setCursor: (cursor) => cursors.add(cursor),
    addRecheck: (key) => rechecks.add({ key, waits: true }),
    rechecked: (key) => rechecks.add({ key, waits: false }),
    quarantine: (record) => asides.add({ key: record, record }),
    release: (key) => asides.add({ key, record: null }),
    loads: () => [],
    writes: () => [...setCursors(cursors.entries), ...rechecksOf(rechecks.entries), ...setAside(asides.entries)],
  };
}

/** Adds keys to those that wait to be read again; one that is being read is read once more. */
export function addRechecks(keys: readonly RecordKey[]): Statement {
  const distinct = new Map(keys.map((key) => [recordName(key), key]));
  return statement(ADD_RECHECKS, ...keyColumns([...distinct.values()]));
}

function setCursors(entries: readonly CursorWrite[]): Statement[] {
  const last = new Map(entries.map((entry) => [recordName({ ...entry, key: entry.kind }), entry]));
  const rows = [...last.values()];
  if (rows.length === 0) return [];
  return [
    statement(
      SET_CURSORS,
      texts(rows.map(({ system }) => system)),
      texts(rows.map(({ stream }) => stream)),
      texts(rows.map(({ kind }) => kind)),
      texts(rows.map(({ cursor }) => JSON.stringify(cursor))),
    ),
  ];
}

/** What was added is not taken any more, so that it has been read says nothing after that. */
function rechecksOf(entries: readonly Recheck[]): Statement[] {
  const added = new Map<string, RecordKey>();
  const done = new Map<string, RecordKey>();
  for (const { key, waits } of entries) {
    const name = recordName(key);
    if (waits) added.set(name, key);
    else if (!added.has(name)) done.set(name, key);
  }
  return [
    ...(done.size === 0 ? [] : [statement(RECHECKED, ...keyColumns([...done.values()]))]),
    ...(added.size === 0 ? [] : [addRechecks([...added.values()])]),
  ];
}

/** One that is set aside again becomes the newest. */
function setAside(entries: readonly SetAside[]): Statement[] {
  const last = new Map<string, SetAside>();
  for (const entry of entries) {
    last.delete(recordName(entry.key));
    last.set(recordName(entry.key), entry);
  }
  if (last.size === 0) return [];
  const rows = [...last.values()].flatMap(({ record }) => record ?? []);
  return [
    statement(RELEASE, ...keyColumns([...last.values()].map(({ key }) => key))),
    ...(rows.length === 0
      ? []
      : [
          statement(
            SET_ASIDE,
            ...keyColumns(rows),
            texts(rows.map(({ reason }) => reason)),
            texts(rows.map(({ record }) => JSON.stringify(record))),
            numbers(rows.map(({ at }) => at)),
          ),
        ]),
  ];
}
