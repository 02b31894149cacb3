import { join, resolve } from 'node:path';
import {
  createTrpcTransport,
  type Datastore,
  DatastoreError,
  type Datastores,
  openReplicated,
  type Strategy,
  type TokenSource,
} from '@datastores/core';
import type { RxStorage } from 'rxdb';
import { backUpReplica, REPLICA } from './backup-replica.ts';
import { lockFolder } from './folder-lock.ts';
import { onShutdown } from './shutdown.ts';
import type { Backup } from './storage/backup.ts';
import { createConnections } from './storage/connection.ts';
import { getRxStorageSQLite } from './storage/storage.ts';

/** How to open datastores in Node. The same names as in browsers, with a folder in place of a database name. */
export interface OpenDatastoresOptions<D extends readonly Datastore[]> {
  readonly datastores: D;
  /** Data folder; created if it does not exist. It belongs to this process while it is open. */
  readonly folder: string;
  /** Base of the server's tRPC routes. Default: `DATASTORES_URL`; without either everything stays local. */
  readonly url?: string;
  /** Access token, or a function that fetches a fresh one. Default: `DATASTORES_TOKEN`. */
  readonly token?: TokenSource;
  /** When each datastore exchanges changes, by name. Default: real-time. */
  readonly strategies?: { readonly [T in D[number] as T['name']]?: Strategy };
  /** `full`: a write that resolved survives a power cut (default). `normal`: it survives the end of the process. */
  readonly durability?: 'full' | 'normal';
  /** On SIGTERM and SIGINT: push what is unpushed for at most so long, then close. False: no handler. Default 5,000. */
  readonly drainMs?: number | false;
}

/** The datastores by name, and what a replica in Node offers beside. */
export type NodeDatastores<D extends readonly Datastore[]> = Datastores<D> & ReplicaFile;

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
}

/**
 * Opens datastores on SQLite in a folder, and replicates them with the server if a `url` is known. Starts just as well
 * while the server is down. Throws FOLDER_LOCKED, FOLDER_UNUSABLE or CONFIG_INVALID before anything is touched.
 */
export async function openDatastores<const D extends readonly Datastore[]>(
  options: OpenDatastoresOptions<D>,
): Promise<NodeDatastores<D>> {
  const transport = transportOf(options);
  const lock = lockFolder(options.folder);
  try {
    const filename = join(options.folder, 'replica.db');
    const { durability = 'full' } = options;
    const connect = createConnections({ filename, durability, busyTimeoutMs: 5_000 });
    const opened = await openReplicated({
      datastores: options.datastores,
      name: REPLICA,
      storage: storageIn(filename, durability),
      multiInstance: false,
      transport,
      strategies: options.strategies as Readonly<Record<string, Strategy>> | undefined,
    });
    const { drainMs = 5_000 } = options;
    const backups = new Set<Promise<unknown>>();
    let forget = () => {};
    let closing: Promise<void> | undefined;
    const close: typeof opened.close = (closeOptions) => {
      closing ??= opened
        .close(closeOptions)
        .finally(() => Promise.allSettled(backups))
        .finally(() => {
          forget();
          lock.release();
        });
      return closing;
    };
    const backup = async (path: string) => {
      if (closing) throw new DatastoreError('REPLICA_CLOSED', `The replica in ${options.folder} was closed.`);
      const connection = connect();
      const running = backUpReplica(connection, path).finally(connection.release);
      backups.add(running);
      return running.finally(() => backups.delete(running));
    };
    if (drainMs !== false) forget = onShutdown(() => close({ drainMs }));
    return { ...opened, close, backup };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** RxDB tells databases of one process apart by name and storage name; ours are told apart by their file. */
function storageIn(filename: string, durability: 'full' | 'normal'): RxStorage<unknown, unknown> {
  const storage = getRxStorageSQLite({ filename, durability }) as RxStorage<unknown, unknown>;
  return { ...storage, name: `${storage.name} ${resolve(filename)}` };
}

function transportOf(options: { readonly url?: string; readonly token?: TokenSource }) {
  const url = options.url ?? process.env.DATASTORES_URL;
  const token = options.token ?? process.env.DATASTORES_TOKEN;
  if (url === undefined) return null;
  if (token === undefined) {
    throw new DatastoreError('CONFIG_INVALID', `The server ${url} was given but no token.`, {
      remedy: 'Pass token: a text or a function that returns one, or set DATASTORES_TOKEN.',
    });
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new DatastoreError('CONFIG_INVALID', `"${url}" is not an http or https address.`, {
      remedy: 'Pass the address of the tRPC routes of the server, e.g. http://127.0.0.1:4400/trpc.',
    });
  }
  return createTrpcTransport({ url, token });
}
