import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { canonicalJson, type JsonValue } from '@datastores/core/schema';
import type { Database } from 'better-sqlite3';
import { type ExternalRecord, SystemError, type Write } from '../connector.ts';
import { createHeldRecords } from './held-records.ts';

/** What changes the index, within one transaction at a time. */
export interface IndexWriter {
  /** Keeps all that `work` does, or nothing of it. */
  commit<T>(work: () => Promise<T>): Promise<T>;
  /** The other side says what a record is; in a delta, fields that it leaves out stay. */
  put(key: string, data: ExternalRecord, how: { readonly entry: number; readonly whole: boolean }): void;
  remove(key: string, entry: number): void;
  /** Notes that a full export names a key. Answers with the line that named it before, or null. */
  see(key: string, line: number): number | null;
  /** How many records a full export does not name, and how many there are. */
  unseen(): { readonly absent: number; readonly living: number };
  /** Takes away what a full export did not name. */
  removeUnseen(entry: number): Promise<void>;
  /** A write was handed over. */
  hand(write: Write, key: string, handed: { readonly entry: number; readonly at: number }): void;
  /** Keeps the id of a write, that it is known when it is repeated. */
  remember(writeId: string, key: string): void;
  /** The other side took or refused a write. False if it is not waited for. */
  acknowledge(writeId: string, verdict: 'accepted' | 'rejected', entry: number): boolean;
  /** Ends the waiting for writes that were handed over before a time. True if there were any. */
  expire(before: number): boolean;
  /** A file was read or written; `exchange` is the name of the folder. */
  finish(entry: number, file: { readonly name: string; readonly hash: string; readonly kind: string } | null): void;
  setExchange(id: string): void;
}

/** Prepares the changes once. `wholeFiles`: the other side sends full exports. */
export function createIndexWriter(database: Database, wholeFiles: boolean): IndexWriter {
  const setMeta = database.prepare(
    'insert into meta (name, value) values (?, ?) on conflict (name) do update set value = excluded.value',
  );
  const meta = database.prepare<[string], { value: number }>('select value from meta where name = ?');
  const find = database.prepare<[string], { data: string | null }>('select data from records where key = ?');
  const save = database.prepare(
    'insert into records (key, data, seq) values (?, ?, ?) on conflict (key) do update set data = excluded.data, seq = excluded.seq',
  );
  const seen = database.prepare<[string], { line: number }>('select line from seen where key = ?');
  const addSeen = database.prepare('insert or ignore into seen (key, line) values (?, ?)');
  const clearSeen = database.prepare('delete from seen');
  const counts = database.prepare<[], { living: number; absent: number }>(
    `select count(*) living, count(*) filter (where key not in (select key from seen)) absent
     from records where data is not null and key not in (select key from held)`,
  );
  const unseen = database.prepare<[string, number], { key: string }>(
    `select key from records
     where key > ? and data is not null and key not in (select key from seen) order by key limit ?`,
  );
  const unseenHeld = database.prepare<[], { key: string }>(
    'select key from held where key not in (select key from seen)',
  );
  const addFile = database.prepare('insert or replace into files (entry, name, hash, kind) values (?, ?, ?, ?)');
  const addSent = database.prepare('insert or ignore into sent (write_id, key) values (?, ?)');

  let seq = 0;
  const show = (key: string, data: ExternalRecord | null) => {
    const text = data === null ? null : canonicalJson(data as JsonValue);
    const known = find.get(key);
    if (known === undefined ? text === null : known.data === text) return;
    seq += 1;
    save.run(key, text, seq);
  };
  const shown = (key: string) => {
    const data = find.get(key)?.data;
    return data === undefined || data === null ? null : (JSON.parse(data) as ExternalRecord);
  };
  const held = createHeldRecords(database, { show, shown, wholeFiles });

  const remove = (key: string, entry: number) => {
    if (!held.tell(key, () => null, entry)) show(key, null);
  };
  return {
    async commit(work) {
      try {
        database.exec('begin immediate');
        seq = meta.get('seq')?.value ?? 0;
        clearSeen.run();
        if (meta.get('epoch') === undefined) setMeta.run('epoch', randomUUID());
        const result = await work();
        setMeta.run('seq', seq);
        clearSeen.run();
        database.exec('commit');
        return result;
      } catch (error) {
        if (database.inTransaction) database.exec('rollback');
        throw toSystemError(error, database.name);
      }
    },
    put(key, data, { entry, whole }) {
      const merge = (old: ExternalRecord | null) => (whole || old === null ? data : { ...old, ...data });
      if (!held.tell(key, merge, entry)) show(key, whole ? data : merge(shown(key)));
    },
    remove,
    see(key, line) {
      return addSeen.run(key, line).changes > 0 ? null : (seen.get(key)?.line ?? null);
    },
    unseen: () => counts.get() ?? { living: 0, absent: 0 },
    async removeUnseen(entry) {
      for (const { key } of unseenHeld.all()) remove(key, entry);
      let last = '';
      for (;;) {
        const keys = unseen.all(last, 500);
        for (const { key } of keys) if (!held.has(key)) show(key, null);
        if (keys.length < 500) return;
        last = keys.at(-1)?.key ?? last;
        await setImmediate();
      }
    },
    hand(write, key, handed) {
      addSent.run(write.id, key);
      held.add(write, key, handed);
    },
    remember: (writeId, key) => void addSent.run(writeId, key),
    acknowledge: (writeId, verdict, entry) => held.acknowledge(writeId, verdict, entry),
    expire: (before) => held.expire(before),
    finish(entry, file) {
      if (entry > (meta.get('entry')?.value ?? 0)) setMeta.run('entry', entry);
      if (file) addFile.run(entry, file.name, file.hash, file.kind);
    },
    setExchange: (id) => void setMeta.run('exchange', id),
  };
}

/** A full disk or a file in use is no fault of a record. */
function toSystemError(error: unknown, filename: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('SQLITE_')) return error;
  const remedy = 'Check that the disk is not full and that no other server uses this state folder.';
  return new SystemError('down', `The index ${filename} cannot be written: ${error.message}. ${remedy}`, {
    cause: error,
  });
}
