import type { KeptRecord } from '../../kept-record.ts';
import { packRecord, recordHash } from '../../packed-record.ts';
import type { KeptTable } from '../../work/tables.ts';
import type { RecordKey } from '../../write.ts';
import { blobs, numbers, texts } from '../columns.ts';
import { type Statement, statement } from '../session.ts';
import { keyColumns } from './links.ts';
import { recordName } from './names.ts';
import { createShelf } from './shelf.ts';
import type { Part, Space } from './space.ts';

/** The records that a transaction keeps or removes. */
export interface KeptPart extends KeptTable, Part {}

/** What says the same is not written again, and keeps the time at which it was read first. */
const WRITE = `insert into kept_record as kept (system, stream, key, version, digest, read_at, packed, record, hash)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[],
    $9::bytea[])
  on conflict (system, stream, key) do update set version = excluded.version, digest = excluded.digest,
    read_at = excluded.read_at, packed = excluded.packed, record = excluded.record, hash = excluded.hash
  where kept.hash <> excluded.hash`;
const REMOVE = `delete from kept_record where ctid = any (array(
  select kept.ctid from unnest($1::text[], $2::text[], $3::text[]) as k (system, stream, key)
  cross join lateral (select ctid from kept_record where system = k.system and stream = k.stream and key = k.key
    for update offset 0) kept))`;

/** Records to keep, in memory. */
export function createKeptPart(space: Space): KeptPart {
  const shelf = createShelf<RecordKey, KeptRecord>(space, recordName);
  return {
    put: (record) => shelf.set(record, record),
    remove: ({ system, stream, key }) => shelf.set({ system, stream, key }, null),
    loads: () => [],
    writes: () => {
      const changes = shelf.changes();
      const gone = changes.flatMap(({ key, value }) => (value === null ? [key] : []));
      const kept = changes.flatMap(({ value }) => value ?? []);
      return [
        ...(gone.length === 0 ? [] : [statement(REMOVE, ...keyColumns(gone))]),
        ...(kept.length === 0 ? [] : [write(kept)]),
      ];
    },
  };
}

function write(records: readonly KeptRecord[]): Statement {
  const bodies = records.map((kept) => {
    const text = JSON.stringify(kept.record);
    return { ...packRecord(text), hash: recordHash(kept, text) };
  });
  return statement(
    WRITE,
    ...keyColumns(records),
    texts(records.map(({ version }) => version)),
    texts(records.map(({ digest }) => digest)),
    numbers(records.map(({ readAt }) => readAt)),
    numbers(bodies.map(({ packed }) => packed)),
    blobs(bodies.map(({ bytes }) => bytes)),
    blobs(bodies.map(({ hash }) => hash)),
  );
}
