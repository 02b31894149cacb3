import { DatastoreError } from '@datastores/core';
import { answer, begin, blocksDatabaseName, openDatabase } from './blocks/database.ts';
import type { BrowserStorage } from './choice.ts';

/** A collection of a database, in any schema version. */
interface Wanted {
  readonly databaseName: string;
  readonly collectionName: string;
}

/** Throws CONFIG_INVALID where the documents of a collection lie in the storage that was not chosen for it. */
export async function assertNotElsewhere(wanted: Wanted, chosen: BrowserStorage): Promise<void> {
  // Old browsers cannot tell what there is; nothing is known then.
  const databases = (await globalThis.indexedDB?.databases?.()) ?? [];
  const names = databases.flatMap(({ name }) => name ?? []);
  const isElsewhere = chosen === 'blocks' ? await isInDexie(wanted, names) : await isInBlocks(wanted, names);
  if (!isElsewhere) return;
  const { collectionName, databaseName } = wanted;
  const other = chosen === 'blocks' ? 'dexie' : 'blocks';
  const message = `The documents of "${collectionName}" in the database "${databaseName}" lie in the storage "${other}".`;
  throw new DatastoreError('CONFIG_INVALID', message, {
    remedy: `Open it with that storage. To change it, push what is unpushed, and delete the database of the site first.`,
  });
}

/** As RxDB's storage names its databases: one for each collection and version. It empties those that it removes. */
async function isInDexie({ databaseName, collectionName }: Wanted, names: readonly string[]): Promise<boolean> {
  const [start, end] = [`rxdb-dexie-${databaseName}--`, `--${collectionName}`];
  for (const name of names) {
    if (!name.startsWith(start) || !name.endsWith(end)) continue;
    if (!/^\d+$/.test(name.slice(start.length, -end.length))) continue;
    const database = await answer(globalThis.indexedDB.open(name));
    try {
      if (!database.objectStoreNames.contains('docs')) continue;
      if ((await answer(database.transaction('docs').objectStore('docs').count())) > 0) return true;
    } finally {
      database.close();
    }
  }
  return false;
}

async function isInBlocks({ databaseName, collectionName }: Wanted, names: readonly string[]): Promise<boolean> {
  const name = blocksDatabaseName(databaseName);
  if (!names.includes(name)) return false;
  const database = await openDatabase(globalThis, name);
  try {
    const keys = await answer(begin(database, 'readonly').store('collections').getAllKeys());
    return keys.some((key) => (key as [string, number])[0] === collectionName);
  } finally {
    database.close();
  }
}
