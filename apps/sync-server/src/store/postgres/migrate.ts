import type { ClientBase } from 'pg';
import { newEpoch } from '../epoch.ts';
import { type AppliedStep, checksumOf, dueSteps, type Migration } from '../migration.ts';
import { MIGRATIONS } from './schema.ts';

/** One lock for all stores of a database: migrations are rare, and so is waiting for another one. */
const LOCK = 'select pg_advisory_xact_lock(1685287026)';

/**
 * Brings a schema to the newest form, all steps in one transaction, and names the history of a new store. Of several
 * servers that start together one migrates and the others find it done. Throws STORE_UNAVAILABLE, and changes nothing, if a
 * newer version of the server wrote it, or if its history is another one.
 */
export async function migrate(
  client: ClientBase,
  { schema, now }: { readonly schema: string; readonly now: number },
): Promise<void> {
  await client.query('begin');
  await client.query(LOCK);
  const applied = await appliedSteps(client, schema);
  const due = dueSteps(MIGRATIONS, applied ?? []);
  if (due.length > 0) {
    if (applied === null) await create(client, schema);
    for (const step of due) await apply(client, step, now);
    const epoch = "insert into meta (key, value) values ('epoch', $1) on conflict do nothing";
    await client.query(epoch, [newEpoch()]);
  }
  await client.query('commit');
}

/** The steps that a schema has taken; null: it is no store yet. */
export async function appliedSteps(client: ClientBase, schema: string): Promise<readonly AppliedStep[] | null> {
  const { rows: found } = await client.query('select 1 from pg_tables where schemaname = $1 and tablename = $2', [
    schema,
    'migration',
  ]);
  if (found.length === 0) return null;
  const { rows } = await client.query<AppliedStep>(
    `select number, name, checksum from "${schema}".migration order by number`,
  );
  return rows;
}

async function create(client: ClientBase, schema: string): Promise<void> {
  // Asked first: who may not create schemas can still use one that was made for it.
  const { rows } = await client.query('select 1 from pg_namespace where nspname = $1', [schema]);
  if (rows.length === 0) await client.query(`create schema "${schema}"`);
  await client.query(`create table "${schema}".migration (
    number integer primary key, name text not null, checksum text not null, applied_at bigint not null)`);
}

async function apply(client: ClientBase, step: Migration, now: number): Promise<void> {
  await client.query(step.sql);
  const note = 'insert into migration (number, name, checksum, applied_at) values ($1, $2, $3, $4)';
  await client.query(note, [step.number, step.name, checksumOf(step), now]);
}
