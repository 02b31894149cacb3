import { JOURNAL, readEntries } from '@datastores/core/replica';
import { fillWithDefaultSettings } from 'rxdb';
import { createConnections } from '../storage/connection.ts';
import { type ListedCollection, listCollections } from '../storage/file-format.ts';
import { getRxStorageSQLite } from '../storage/storage.ts';

/** Documents read in one go. */
const PAGE = 500;

/**
 * Reads every document of a file once and returns what cannot be read: SQLite finds damage to its pages, but not to the text
 * of a document. To be called after SQLite found nothing, while nobody has the file open.
 */
export async function readEverything(filename: string): Promise<readonly string[]> {
  const connection = createConnections({ filename, durability: 'full', busyTimeoutMs: 5_000 })();
  try {
    const problems: string[] = [];
    for (const listed of listCollections(connection.database)) {
      const problem = await readCollection(filename, listed).catch((error: Error) => error.message);
      if (problem !== null) problems.push(`${listed.collection}: ${problem}`);
    }
    return problems;
  } finally {
    connection.release();
  }
}

async function readCollection(filename: string, listed: ListedCollection): Promise<string | null> {
  const instance = await getRxStorageSQLite({ filename }).createStorageInstance<Record<string, unknown>>({
    databaseInstanceToken: 'check',
    databaseName: listed.database,
    collectionName: listed.collection,
    schema: anyDocument(listed),
    options: {},
    multiInstance: false,
    devMode: false,
  });
  try {
    let checkpoint: { readonly seq: number } | undefined;
    for (;;) {
      const page = await instance.getChangedDocumentsSince?.(PAGE, checkpoint);
      if (page === undefined || page.documents.length === 0) return null;
      const unreadable = listed.collection === JOURNAL ? readEntries(page.documents).unreadable.length : 0;
      if (unreadable > 0) return `${unreadable} entries cannot be read`;
      checkpoint = page.checkpoint;
    }
  } finally {
    await instance.close();
  }
}

function anyDocument({ collection, version }: ListedCollection) {
  const primaryKey = collection === JOURNAL ? 'key' : 'id';
  return fillWithDefaultSettings<Record<string, unknown>>({
    version,
    primaryKey,
    type: 'object',
    properties: { [primaryKey]: { type: 'string', maxLength: 1_000 } },
  });
}
