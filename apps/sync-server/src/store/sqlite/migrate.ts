import { createHash } from 'node:crypto';
import { DatastoreError } from '@datastores/core';
import type { Database } from 'better-sqlite3';
import { newEpoch } from './epoch.ts';
import { APPLICATION_ID, MIGRATIONS, type Migration } from './schema.ts';

/**
 * Brings a database to the newest schema, all steps in one transaction, and names the history of a new one. Throws STORE_UNAVAILABLE, and changes nothing,
 * if a newer version of the server wrote it, or if its history is another one.
 */
export function migrate(database: Database, now: number): void {
  // Immediate, so that of two processes that open a new file together the second waits and then finds it done.
  database
    .transaction(() => {
      database.exec(`create table if not exists migration (
        number integer primary key, name text not null, checksum text not null, applied_at integer not null) strict`);
      const applied = appliedSteps(database);
      for (const step of MIGRATIONS) {
        const before = applied.get(step.number);
        if (before === undefined) apply(database, step, now);
        else if (before !== checksumOf(step)) throw otherHistory(step.number);
      }
      database.prepare("insert or ignore into meta (key, value) values ('epoch', ?)").run(newEpoch());
      database.pragma(`application_id = ${APPLICATION_ID}`);
    })
    .immediate();
}

function appliedSteps(database: Database): ReadonlyMap<number, string> {
  const rows = database
    .prepare<[], { number: number; name: string; checksum: string }>('select number, name, checksum from migration')
    .all();
  const newer = rows.find((row) => row.number > MIGRATIONS.length);
  if (newer !== undefined) {
    throw new DatastoreError(
      'STORE_UNAVAILABLE',
      `A newer version of the server wrote this store (step ${newer.number}: ${newer.name}).`,
      { remedy: 'Start that version or a later one; the store was not changed.' },
    );
  }
  return new Map(rows.map((row) => [row.number, row.checksum]));
}

function apply(database: Database, step: Migration, now: number): void {
  database.exec(step.sql);
  database
    .prepare('insert into migration (number, name, checksum, applied_at) values (?, ?, ?, ?)')
    .run(step.number, step.name, checksumOf(step), now);
}

function checksumOf(step: Migration): string {
  return createHash('sha256').update(step.sql).digest('hex');
}

function otherHistory(number: number): DatastoreError {
  return new DatastoreError(
    'STORE_UNAVAILABLE',
    `Step ${number} of the schema of this store is not the released one.`,
    {
      remedy: 'Start the version of the server that made the store, or restore a backup; the store was not changed.',
    },
  );
}
