import {
  createTrpcTransport,
  type Datastore,
  DatastoreError,
  type Datastores,
  isLoopback,
  openReplicated,
  type SelfCheckSchedule,
  type Strategy,
  type TokenSource,
} from '@datastores/core';
import { assertDatastoreSet } from '@datastores/core/schema';
import { addRxPlugin } from 'rxdb';
import { RxDBUpdatePlugin } from 'rxdb/plugins/update';
import { lockFolder } from './folder-lock.ts';
import { createHttpClient } from './http-client.ts';
import { type OpenedFile, openFile, type ReplicaFile } from './open-file.ts';
import { REPLICA } from './replica-name.ts';
import { onShutdown } from './shutdown.ts';

addRxPlugin(RxDBUpdatePlugin);

/** How to open datastores in Node. The same names as in browsers, with a folder in place of a database name. */
export interface OpenDatastoresOptions<D extends readonly Datastore[]> {
  readonly datastores: D;
  /** Data folder; created if it does not exist. It belongs to this process while it is open. */
  readonly folder: string;
  /** Base of the server's tRPC routes. Default: `DATASTORES_URL`; without either everything stays local. */
  readonly url?: string;
  /** Access token, or a function that fetches a fresh one. Default: `DATASTORES_TOKEN`. */
  readonly token?: TokenSource;
  /** Whether long requests and answers are packed. `auto` (default): unless the server is on this machine. */
  readonly compression?: 'auto' | boolean;
  /** When each datastore exchanges changes, by name. Default: real-time. */
  readonly strategies?: { readonly [T in D[number] as T['name']]?: Strategy };
  /** Datastores that pull for the first time before all others do, the most urgent one first. */
  readonly first?: readonly D[number]['name'][];
  /** `full`: a write that resolved survives a power cut (default). `normal`: it survives the end of the process. */
  readonly durability?: 'full' | 'normal';
  /** When the replica compares itself with the server; false: only by `check()`. Default: about once a day. */
  readonly selfCheck?: SelfCheckSchedule | false;
  /** On SIGTERM and SIGINT: push what is unpushed for at most so long, then close. False: no handler. Default 5,000. */
  readonly drainMs?: number | false;
}

/** The datastores by name, and what a replica in Node offers beside. */
export type NodeDatastores<D extends readonly Datastore[]> = Datastores<D> & ReplicaFile;

/**
 * Opens datastores on SQLite in a folder, and replicates them with the server if a `url` is known. Starts just as well
 * while the server is down. A damaged file is replaced: unpushed edits are saved as far as they can be read, the rest is
 * pulled anew, and `damageReports` and a process warning tell of it. Throws FOLDER_LOCKED, FOLDER_UNUSABLE or CONFIG_INVALID
 * before anything is touched.
 */
export async function openDatastores<const D extends readonly Datastore[]>(
  options: OpenDatastoresOptions<D>,
): Promise<NodeDatastores<D>> {
  const transport = transportOf(options);
  const { datastores, folder, durability = 'full', drainMs = 5_000 } = options;
  assertDatastoreSet(datastores);
  const lock = lockFolder(folder);
  let file: OpenedFile<Datastores<D>>;
  try {
    file = await openFile({ folder, datastores, durability, lock }, (storage, mayLackWrites) =>
      openReplicated({
        datastores,
        name: REPLICA,
        storage,
        multiInstance: false,
        transport,
        mayLackWrites,
        selfCheck: options.selfCheck,
        first: options.first,
        strategies: options.strategies as Readonly<Record<string, Strategy>> | undefined,
      }),
    );
  } catch (error) {
    lock.release();
    throw error;
  }
  const { opened, replicaFile } = file;
  let forget = () => {};
  let closing: Promise<void> | undefined;
  const close: typeof opened.close = (closeOptions) => {
    closing ??= file
      .close(() => opened.close(closeOptions))
      .finally(() => {
        forget();
        lock.release();
      });
    return closing;
  };
  if (drainMs !== false) forget = onShutdown(() => close({ drainMs }));
  return { ...opened, ...replicaFile, close };
}

function transportOf(options: Pick<OpenDatastoresOptions<readonly Datastore[]>, 'url' | 'token' | 'compression'>) {
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
  const { compression = 'auto' } = options;
  const http = createHttpClient({ compression: compression === 'auto' ? !isLoopback(url) : compression });
  return createTrpcTransport({ url, token, http });
}
