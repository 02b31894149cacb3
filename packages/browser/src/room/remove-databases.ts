import { DatastoreError } from '@datastores/core';
import { keyringDatabase } from '../encryption/keyring-store.ts';
import { indexDatabase } from '../search/index-store.ts';
import { blocksDatabaseName } from '../storage/blocks/database.ts';

/** How long other tabs have to let go of a database that is removed, milliseconds. */
const PATIENCE_MS = 10_000;

/** Names of the IndexedDB databases that hold a database: blocks, RxDB's storage, search indexes, and the keys of encryption. */
export async function databasesOf(name: string): Promise<readonly string[]> {
  const prefixes = [`rxdb-dexie-${name}--`, indexDatabase(name, '')];
  const own = [blocksDatabaseName(name), keyringDatabase(name)];
  const isPart = (part: string) => own.includes(part) || prefixes.some((prefix) => part.startsWith(prefix));
  return (await indexedDB.databases()).flatMap((database) => database.name ?? []).filter(isPart);
}

/**
 * Removes a database and makes sure that it is gone. Throws REMOVAL_INCOMPLETE, naming what is left, where another tab does
 * not let go; what is left is removed by the browser as soon as that tab is closed.
 */
export async function removeDatabases(name: string): Promise<void> {
  const names = await databasesOf(name);
  await Promise.all(names.map(remove));
  const left = await databasesOf(name);
  if (left.length === 0) return;
  throw new DatastoreError('REMOVAL_INCOMPLETE', `Still there: ${left.join(', ')}.`, { details: left });
}

function remove(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    const timer = setTimeout(resolve, PATIENCE_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    // Whether it is gone is looked at afterwards.
    request.addEventListener('success', done);
    request.addEventListener('error', done);
  });
}
