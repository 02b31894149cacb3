import type { JsonValue } from '@datastores/core/schema';
import type { KeptQuery, KeptRecord } from '../kept-record.ts';
import { unpackRecord } from '../packed-record.ts';
import type { CursorKind } from '../write.ts';
import { statement } from './session.ts';
import type { Reader } from './snapshot.ts';

const CURSOR = 'select cursor from cursor where system = $1 and stream = $2 and kind = $3';
const TAKE = `with due as (
    select number from recheck where system = $1 and stream = $2 order by number limit $3 for update),
  taken as (update recheck r set taken = 1 from due where r.number = due.number returning r.number, r.key)
  select key from taken order by number`;
const KEPT = `select key, version, digest, read_at, packed, record from kept_record
  where system = $1 and stream = $2 and key > $3 order by key limit $4`;
const UNKEPT = `select key from link where system = $1 and stream = $2 and gone is null and key is not null and key > $3
    and not exists (select 1 from kept_record as kept
      where kept.system = link.system and kept.stream = link.stream and kept.key = link.key)
  order by key limit $4`;
const FORGET = `delete from kept_record where (system, stream, key) in
  (select system, stream, key from kept_record where system = $1 and stream = $2 limit $3)`;

/** Records that one statement removes. */
const STEP = 500;

/** How far a stream was read; null: not at all. */
export async function readCursor(
  reader: Reader,
  { system, stream, kind }: { readonly system: string; readonly stream: string; readonly kind: CursorKind },
): Promise<JsonValue> {
  const [row] = await reader.lists<[string]>(statement(CURSOR, system, stream, kind));
  return row === undefined ? null : (JSON.parse(row[0]) as JsonValue);
}

/** Takes keys to read again. */
export async function takeRechecks(
  reader: Reader,
  { system, stream, limit }: { readonly system: string; readonly stream: string; readonly limit: number },
): Promise<readonly string[]> {
  return (await reader.lists<[string]>(statement(TAKE, system, stream, limit))).map(([key]) => key);
}

type KeptRow = [
  key: string,
  version: string | null,
  digest: string | null,
  readAt: number,
  packed: number,
  record: Buffer,
];

/** Records of a stream as they were read last. */
export async function readKept(reader: Reader, query: KeptQuery): Promise<readonly KeptRecord[]> {
  const { system, stream, after, limit } = query;
  const rows = await reader.lists<KeptRow>(statement(KEPT, system, stream, after ?? '', limit));
  return rows.map(([key, version, digest, readAt, packed, bytes]) => {
    return { system, stream, key, version, digest, readAt, record: unpackRecord({ packed, bytes }) };
  });
}

/** Keys of living links whose record is not kept. */
export async function readUnkept(reader: Reader, query: KeptQuery): Promise<readonly string[]> {
  const { system, stream, after, limit } = query;
  return (await reader.lists<[string]>(statement(UNKEPT, system, stream, after ?? '', limit))).map(([key]) => key);
}

/** Removes what is kept of a stream, a piece at a time. Says how many records that were. */
export async function forgetKept(reader: Reader, system: string, stream: string): Promise<number> {
  let removed = 0;
  for (let step = STEP; step === STEP; removed += step)
    step = await reader.run(statement(FORGET, system, stream, STEP));
  return removed;
}
