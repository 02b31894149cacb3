import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Datastore, DatastoreError, type DatastoresControl } from '@datastores/core';
import type { RxStorage } from 'rxdb';
import { backUpReplica } from './backup-replica.ts';
import type { FolderLock } from './folder-lock.ts';
import { createDamageReports, type DamageReport } from './salvage/damage-report.ts';
import { type FolderFiles, filesIn } from './salvage/folder-files.ts';
import { inspectFolder, salvageFolder, suspect } from './salvage/inspect-folder.ts';
import type { Backup } from './storage/backup.ts';
import { quickCheck } from './storage/check-file.ts';
import { createConnections, type Durability } from './storage/connection.ts';
import { replaceDurably } from './storage/durable-file.ts';
import { onDamage } from './storage/met-damage.ts';
import { getRxStorageSQLite } from './storage/storage.ts';

/** What concerns the file of a replica. */
export interface ReplicaFile {
  /**
   * Copies the replica to a file while work goes on: as it is at one moment between two writes, with every unpushed edit.
   * Resolves when the copy is complete, synced to disk and found sound. The path may hold an earlier backup, which is
   * replaced then; anything else is refused. Throws BACKUP_REFUSED or BACKUP_FAILED, and leaves what was there.
   *
   * To restore, copy the backup into a new folder as `replica.db` and open that. It is a replica of its own, also beside the
   * original: it pulls what it lacks, and pushes the unpushed edits of the backup as the original would, so that each takes
   * effect once, whether the original has pushed it, still does, or is gone. An edit that the original changed further and
   * pushed since may be told in `rejected$` as overtaken; the server then has the later state.
   */
  backup(path: string): Promise<Backup>;

  /**
   * Lets SQLite check the file, about a second for each gigabyte, while work goes on. What is found damaged is salvaged at the
   * next opening; until then reads and writes of the damaged part fail with STORAGE_UNREADABLE.
   */
  checkFile(): Promise<FileCheck>;
  /** What was found damaged at this or an earlier opening and not dismissed since, oldest first. */
  damageReports(): readonly DamageReport[];
  /** Takes the reports off the list, once the application has dealt with them. What is kept of damaged files stays. */
  dismissDamageReports(): void;
}

/** What a check found. */
export interface FileCheck {
  readonly sound: boolean;
  /** The damage in SQLite's words; empty where the file is sound. */
  readonly problems: readonly string[];
}

/** Where the file of a replica lies, and who has the folder. */
export interface FileOptions {
  readonly folder: string;
  readonly datastores: readonly Datastore[];
  readonly durability: Durability;
  readonly lock: FolderLock;
}

/** A replica that is open on its file. */
export interface OpenedFile<Opened> {
  readonly opened: Opened;
  readonly replicaFile: ReplicaFile;
  /** Waits for what still uses the file, with the replica being closed by `end`. */
  close(end: () => Promise<void>): Promise<void>;
}

/**
 * Opens a replica on the file of a folder, which is looked at first where it may be damaged. If opening meets damage, the
 * unpushed edits are salvaged and it is opened once more. Damage that is met later is noted for the next opening.
 */
export async function openFile<Opened extends DatastoresControl>(
  options: FileOptions,
  open: (storage: RxStorage<unknown, unknown>, mayLackWrites: boolean) => Promise<Opened>,
): Promise<OpenedFile<Opened>> {
  const { folder, durability, lock } = options;
  const files = filesIn(folder);
  const datastores = new Map(options.datastores.map((datastore) => [datastore.name, datastore]));
  const inspected = { files, datastores, left: lock.left, durability };
  const mayLackWrites = await inspectFolder(inspected);
  let met: string | null = null;
  const stopListening = onDamage(files.database, (problem) => {
    if (met === null) suspect(files, problem);
    met ??= problem;
  });
  try {
    const opened = await open(storageIn(files.database, durability), mayLackWrites).catch(async (error: unknown) => {
      if (met === null) throw error;
      await salvageFolder(inspected, [met]);
      met = null;
      return open(storageIn(files.database, durability), true);
    });
    lock.note('open');
    keepIdentity(files, opened.replicaId);
    return { opened, ...replicaFileOf(options, files, stopListening) };
  } catch (error) {
    stopListening();
    throw error;
  }
}

function replicaFileOf({ folder, durability, lock }: FileOptions, files: FolderFiles, stopListening: () => void) {
  const connect = createConnections({ filename: files.database, durability, busyTimeoutMs: 5_000 });
  const reports = createDamageReports(files.reports);
  const running = new Set<Promise<unknown>>();
  let closed = false;
  /** Work on the file that closing waits for. */
  const use = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new DatastoreError('REPLICA_CLOSED', `The replica in ${folder} was closed.`);
    const result = work();
    running.add(result);
    return result.finally(() => running.delete(result));
  };
  const replicaFile: ReplicaFile = {
    backup: (path) =>
      use(() => {
        const connection = connect();
        return backUpReplica(connection, path).finally(connection.release);
      }),
    checkFile: () =>
      use(async () => {
        const problems = await quickCheck(files.database);
        if (problems[0] !== undefined) suspect(files, problems[0]);
        return { sound: problems.length === 0, problems };
      }),
    damageReports: () => reports.list(),
    dismissDamageReports: () => reports.dismiss(),
  };
  const close = async (end: () => Promise<void>) => {
    closed = true;
    lock.note('closing');
    try {
      await end();
      await Promise.allSettled(running);
    } catch (error) {
      suspect(files, 'Closing it failed.');
      throw error;
    } finally {
      stopListening();
    }
  };
  return { replicaFile, close };
}

/** RxDB tells databases of one process apart by name and storage name; ours are told apart by their file. */
function storageIn(filename: string, durability: Durability): RxStorage<unknown, unknown> {
  const storage = getRxStorageSQLite({ filename, durability }) as RxStorage<unknown, unknown>;
  return { ...storage, name: `${storage.name} ${resolve(filename)}` };
}

function keepIdentity({ identity }: FolderFiles, replicaId: string): void {
  if (existsSync(identity) && readFileSync(identity, 'utf8').trim() === replicaId) return;
  replaceDurably(identity, `${replicaId}\n`);
}
