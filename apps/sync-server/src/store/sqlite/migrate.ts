import type { Database } from 'better-sqlite3';
import { newEpoch } from '../epoch.ts';
import { type AppliedStep, checksumOf, dueSteps, type Migration } from '../migration.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';

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
      for (const step of dueSteps(MIGRATIONS, appliedSteps(database))) apply(database, step, now);
      database.prepare("insert or ignore into meta (key, value) values ('epoch', ?)").run(newEpoch());
      database.pragma(`application_id = ${APPLICATION_ID}`);
    })
    .immediate();
}

/** The steps that a database has taken. */
export function appliedSteps(database: Database): readonly AppliedStep[] {
  return database.prepare<[], AppliedStep>('select number, name, checksum from migration order by number').all();
}

function apply(database: Database, step: Migration, now: number): void {
  database.exec(step.sql);
  database
    .prepare('insert into migration (number, name, checksum, applied_at) values (?, ?, ?, ?)')
    .run(step.number, step.name, checksumOf(step), now);
}
