import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  getRxStorageSQLite,
  type RxStorageSQLite,
  type SQLiteInstance,
  type SQLiteStorageOptions,
} from '@datastores/node';
import { type Item, itemSchema, type StoredSchema } from '../../suites/storage/item.ts';

/** An instance of the SQLite storage over items. */
export type SQLiteItems = SQLiteInstance<Item>;

/** What {@link SQLitePlace.open} takes where the defaults do not do. */
export interface OpenOptions extends Partial<SQLiteStorageOptions> {
  /** An existing storage, instead of one of its own. */
  readonly storage?: RxStorageSQLite;
  readonly databaseName?: string;
  readonly collectionName?: string;
  readonly schema?: StoredSchema;
  readonly multiInstance?: boolean;
}

/** A temporary folder for one database file. Closes what was opened and deletes the folder when disposed. */
export interface SQLitePlace extends AsyncDisposable {
  readonly folder: string;
  readonly filename: string;
  readonly open: (options?: OpenOptions) => Promise<SQLiteItems>;
}

/** Creates an empty folder. */
export async function openSqlitePlace(): Promise<SQLitePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'datastores-sqlite-'));
  const filename = join(folder, 'replica.db');
  const opened: SQLiteItems[] = [];
  return {
    folder,
    filename,
    async open(options = {}) {
      const instance = await openItems(filename, options);
      opened.push(instance);
      return instance;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((instance) => instance.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function openItems(filename: string, options: OpenOptions): Promise<SQLiteItems> {
  const { storage, databaseName = 'db', collectionName = 'items', schema = itemSchema, ...others } = options;
  const { multiInstance = false, ...rest } = others;
  return (storage ?? getRxStorageSQLite({ filename, ...rest })).createStorageInstance<Item>({
    databaseInstanceToken: randomUUID(),
    databaseName,
    collectionName,
    schema,
    options: {},
    multiInstance,
    devMode: false,
  });
}
