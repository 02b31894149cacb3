import { DatastoreError } from '@datastores/core';
import type { RxStorage, RxStorageInstanceCreationParams } from 'rxdb';
import { ensureRxStorageInstanceParamsAreCorrect, RXDB_VERSION } from 'rxdb';
import { type Backup, backUp } from './backup.ts';
import { createConnections, type Durability } from './connection.ts';
import { createInstance, type SQLiteInstance, type SQLiteInstanceOptions, type SQLiteInternals } from './instance.ts';
import { readableError } from './sqlite-error.ts';

/** Where the SQLite storage keeps its documents, and how. */
export interface SQLiteStorageOptions {
  /** Path of the database file; file and folder are created where missing. `:memory:` keeps everything in memory. */
  readonly filename: string;
  /**
   * What a resolved write survives: `full` (the default) also the loss of power, `normal` the crash of the process only,
   * and writes single documents faster.
   */
  readonly durability?: Durability;
  /** Milliseconds that a write waits while another process writes to the file. 5,000 by default. */
  readonly busyTimeoutMs?: number;
}

/** The storage that {@link getRxStorageSQLite} returns. */
export interface RxStorageSQLite extends RxStorage<SQLiteInternals, SQLiteInstanceOptions> {
  createStorageInstance<RxDocType>(
    params: RxStorageInstanceCreationParams<RxDocType, SQLiteInstanceOptions>,
  ): Promise<SQLiteInstance<RxDocType>>;
  /**
   * Copies the file while it is in use, as it is at one moment between two writes. The path gets the copy when it is complete,
   * on disk and found sound. Throws BACKUP_REFUSED if there is anything but an earlier backup that nobody has open,
   * BACKUP_FAILED with the reason otherwise. A replica opened from it would go by the id of the original:
   * `openDatastores` makes backups that do not.
   */
  backup(path: string): Promise<Backup>;
}

const NAME = 'sqlite-datastores';

/**
 * The RxDB storage on SQLite. All databases and collections created through it lie in one file, which several processes may
 * use at once; with `multiInstance: true` they also see each other's changes live. The file is opened with the first collection
 * and closed with the last. Errors are `DatastoreError`s: `STORAGE_UNAVAILABLE`, `STORAGE_UNREADABLE`, `SQLITE_MISSING`.
 */
export function getRxStorageSQLite(options: SQLiteStorageOptions): RxStorageSQLite {
  const { filename, durability = 'full', busyTimeoutMs = 5_000 } = checked(options);
  const connect = createConnections({ filename, durability, busyTimeoutMs });
  return {
    name: NAME,
    rxdbVersion: RXDB_VERSION,
    async createStorageInstance<RxDocType>(params: RxStorageInstanceCreationParams<RxDocType, SQLiteInstanceOptions>) {
      ensureRxStorageInstanceParamsAreCorrect(params);
      const connection = connect();
      try {
        return createInstance(connection, params);
      } catch (error) {
        connection.release();
        throw readableError(error, filename);
      }
    },
    async backup(path) {
      const connection = connect();
      return backUp(connection, path).finally(connection.release);
    },
  };
}

function checked(options: SQLiteStorageOptions): SQLiteStorageOptions {
  const { filename, durability, busyTimeoutMs } = options;
  if (typeof filename !== 'string' || filename.trim() === '') {
    throw new DatastoreError('OPTION_INVALID', 'getRxStorageSQLite needs the path of a file as "filename".');
  }
  if (durability !== undefined && durability !== 'full' && durability !== 'normal') {
    throw new DatastoreError('OPTION_INVALID', `"durability" is "${durability}", not "full" or "normal".`);
  }
  if (busyTimeoutMs !== undefined && !(Number.isInteger(busyTimeoutMs) && busyTimeoutMs >= 0)) {
    throw new DatastoreError('OPTION_INVALID', '"busyTimeoutMs" is not a whole number of milliseconds.');
  }
  return options;
}
