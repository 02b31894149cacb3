import { markCopied } from '@datastores/core/replica';
import type { RxStorage } from 'rxdb';
import { REPLICA } from './replica-name.ts';
import { type Backup, backUp } from './storage/backup.ts';
import type { Connection } from './storage/connection.ts';
import { getRxStorageSQLite } from './storage/storage.ts';

/** Backs up the file of a replica and notes in the backup that it is a copy: who opens it is a replica of its own. */
export function backUpReplica(connection: Connection, path: string): Promise<Backup> {
  return backUp(connection, path, (filename) =>
    markCopied(getRxStorageSQLite({ filename }) as RxStorage<unknown, unknown>, REPLICA),
  );
}
