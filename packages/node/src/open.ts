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
import { lockFolder } from './folder-lock.ts';
import { onShutdown } from './shutdown.ts';
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

/**
 * Opens datastores on SQLite in a folder, and replicates them with the server if a `url` is known. Starts just as well
 * while the server is down. Throws FOLDER_LOCKED, FOLDER_UNUSABLE or CONFIG_INVALID before anything is touched.
 */
export async function openDatastores<const D extends readonly Datastore[]>(
  options: OpenDatastoresOptions<D>,
): Promise<Datastores<D>> {
  const transport = transportOf(options);
  const lock = lockFolder(options.folder);
  try {
    const filename = join(options.folder, 'replica.db');
    const opened = await openReplicated({
      datastores: options.datastores,
      name: 'replica',
      storage: storageIn(filename, options.durability ?? 'full'),
      multiInstance: false,
      transport,
      strategies: options.strategies as Readonly<Record<string, Strategy>> | undefined,
    });
    const { drainMs = 5_000 } = options;
    let forget = () => {};
    let closing: Promise<void> | undefined;
    const close: typeof opened.close = (closeOptions) => {
      closing ??= opened.close(closeOptions).finally(() => {
        forget();
        lock.release();
      });
      return closing;
    };
    if (drainMs !== false) forget = onShutdown(() => close({ drainMs }));
    return { ...opened, close };
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
