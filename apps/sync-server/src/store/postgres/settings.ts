import { DatastoreError } from '@datastores/core';
import type { ClientBase } from 'pg';

/** Oldest version that knows all that is used here. */
const MIN_VERSION = 140_000;

/** With one of these off, what was acknowledged can be gone after a crash of the database server or its machine. */
const UNSAFE: Readonly<Record<string, string>> = {
  fsync: 'a crash of the machine can destroy the whole database',
  full_page_writes: 'a crash of the machine can leave pages of the database torn',
  synchronous_commit: 'writes that were acknowledged can be lost by a crash, and their numbers are given again',
};

/** Refuses a database that would lose what it has acknowledged. Throws STORE_UNSAFE, or STORE_UNAVAILABLE with the reason. */
export async function assertSafe(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings
     where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version_num', 'server_encoding')
     union all select 'standby', pg_is_in_recovery()::text`,
  );
  const settings = new Map(rows.map(({ name, setting }) => [name, setting]));
  const unsafe = Object.keys(UNSAFE).filter((name) => settings.get(name) === 'off');
  if (unsafe.length > 0) {
    throw new DatastoreError('STORE_UNSAFE', unsafe.map((name) => `${name} is off: ${UNSAFE[name]}.`).join(' '), {
      remedy: `Set ${unsafe.map((name) => `${name} = on`).join(', ')} in postgresql.conf, or with alter system, database or role, and start again.`,
      details: { settings: unsafe },
    });
  }
  if (settings.get('standby') === 'true') {
    throw unfit('It is a standby, which takes no writes.', 'Name the primary in the address of the store.');
  }
  if (Number(settings.get('server_version_num')) < MIN_VERSION) {
    throw unfit('Its version is older than 14.', 'Upgrade the database server.');
  }
  if (settings.get('server_encoding') !== 'UTF8') {
    throw unfit(`Its encoding is ${settings.get('server_encoding')}.`, 'Create the database with encoding UTF8.');
  }
}

function unfit(reason: string, remedy: string): DatastoreError {
  return new DatastoreError('STORE_UNAVAILABLE', `The database cannot hold a store: ${reason}`, { remedy });
}
