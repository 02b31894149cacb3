import type { Database } from 'better-sqlite3';
import type { KeptQuery, KeptRecord } from '../kept-record.ts';
import { packRecord, recordHash, unpackRecord } from '../packed-record.ts';
import type { RecordKey } from '../write.ts';

type Row = [key: string, version: string | null, digest: string | null, readAt: number, packed: number, record: Buffer];

type Place = [system: string, stream: string, key: string];

/** Prepares the statements that read and write records as they were read. */
export function prepareKeptRecords(database: Database) {
  const hashOf = database
    .prepare<Place, Buffer>('select hash from kept_record where system = ? and stream = ? and key = ?')
    .pluck();
  const write = database.prepare<
    [...Place, string | null, string | null, number, number, Buffer, Buffer]
  >(`insert or replace into kept_record (system, stream, key, version, digest, read_at, packed, record, hash)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const remove = database.prepare<Place>('delete from kept_record where system = ? and stream = ? and key = ?');
  const removeSome = database.prepare<[string, string, number]>(
    `delete from kept_record where (system, stream, key) in
       (select system, stream, key from kept_record where system = ? and stream = ? limit ?)`,
  );
  const inOrder = database
    .prepare<[string, string, string, number], Row>(
      `select key, version, digest, read_at, packed, record from kept_record
       where system = ? and stream = ? and key > ? order by key limit ?`,
    )
    .raw();
  const without = database
    .prepare<[string, string, string, number], string>(
      `select key from link where system = ? and stream = ? and gone is null and key is not null and key > ?
         and not exists (select 1 from kept_record as kept
           where kept.system = link.system and kept.stream = link.stream and kept.key = link.key)
       order by key limit ?`,
    )
    .pluck();

  return {
    /** Keeps a record in the place of the one before; nothing is written where it says the same. */
    put: ({ system, stream, key, version, digest, readAt, record }: KeptRecord): void => {
      const text = JSON.stringify(record);
      const hash = recordHash({ version, digest }, text);
      if (hashOf.get(system, stream, key)?.equals(hash)) return;
      const { packed, bytes } = packRecord(text);
      write.run(system, stream, key, version, digest, readAt, packed, bytes, hash);
    },
    remove: ({ system, stream, key }: RecordKey): void => void remove.run(system, stream, key),
    /** Removes some records of a stream and says how many. */
    removeSome: (system: string, stream: string, limit: number): number =>
      removeSome.run(system, stream, limit).changes,
    inOrder: ({ system, stream, after, limit }: KeptQuery): KeptRecord[] =>
      inOrder.all(system, stream, after ?? '', limit).map(([key, version, digest, readAt, packed, bytes]) => {
        return { system, stream, key, version, digest, readAt, record: unpackRecord({ packed, bytes }) };
      }),
    /** Keys of living links whose record is not kept. */
    missing: ({ system, stream, after, limit }: KeptQuery): string[] => without.all(system, stream, after ?? '', limit),
  };
}
