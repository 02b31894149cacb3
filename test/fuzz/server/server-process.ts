// The server of a run: the product as a program starts it, with a probe beside it.
import { canonicalJson } from '@datastores/core/schema';
import { createSyncServer, type SyncServer } from '@datastores/sync-server';
import { answer } from '../../bench/answer.ts';
import { plainDocument } from '../requests/documents.ts';
import { ARCHIVE_SCOPE, ARCHIVED, CANARY, CLAIMED_REPLICA, SECRET, SEEDED, VAULT_SCOPE } from './place.ts';
import { pollution } from './probe.ts';
import { SERVED } from './served.ts';
import { shopSystem } from './shop.ts';

/** How a server is to be started. */
export interface ServerInput {
  readonly folder: string;
  readonly requestsPerMinute: number;
  /** True: the store is larger than its cache. */
  readonly archive: boolean;
}

/** What the probe sees. */
export interface Inspection {
  /** What of the built-in objects is not as it was. */
  readonly polluted: readonly string[];
  /** Memory of the process after it was tidied. */
  readonly rssMiB: number;
  readonly heapMiB: number;
  /** Memory of buffers, which is not on the heap. */
  readonly bufferMiB: number;
  /** What is open: timers, sockets, streams, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

const MIB = 1024 * 1024;

let server: SyncServer;

const commands = {
  async start({
    folder,
    requestsPerMinute,
    archive,
  }: ServerInput): Promise<{ readonly url: string; readonly port: number }> {
    server = await createSyncServer({
      datastores: [...SERVED],
      ...shopSystem(),
      dataFolder: folder,
      server: { port: 0, requestsPerMinute },
      auth: { secret: SECRET },
      log: { level: 'warn' },
    });
    await seed('main', '');
    await seed(VAULT_SCOPE, CANARY);
    if (archive) await fillArchive();
    await server.store.claimReplica(CLAIMED_REPLICA, 'honest');
    return server.listen();
  },

  inspect(): Inspection {
    const { gc } = globalThis as { gc?: () => void };
    gc?.();
    gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    const resources: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
    return { polluted: pollution(), rssMiB: rss / MIB, heapMiB: heapUsed / MIB, bufferMiB: external / MIB, resources };
  },

  stop: () => server.close(),
};

/** What this process can be asked for. */
export type ServerCommands = typeof commands;

answer(commands);

async function seed(scope: string, mark: string): Promise<void> {
  for (const datastore of SERVED) {
    const documents = Array.from({ length: SEEDED }, (_, number) => {
      const document = plainDocument(datastore.name, number);
      const marked = datastore.name === 'product' ? { ...document, description: `${mark} of ${number}` } : document;
      return {
        datastore: datastore.name,
        id: mark === '' ? document['id'] : `${scope}-${number}`,
        body: canonicalJson(mark === '' ? document : { ...marked, id: `${scope}-${number}` }),
        schemaVersion: datastore.version,
        author: '@fuzz',
        base: null,
        from: null,
      };
    });
    await server.store.write({ scope }, () => ({ documents, result: null }));
  }
}

/** Documents in one write of the store. */
const BATCH = 500;

async function fillArchive(): Promise<void> {
  for (let start = 0; start < ARCHIVED; start += BATCH) {
    const documents = Array.from({ length: BATCH }, (_, at) => {
      const document = plainDocument('product', start + at);
      const body = canonicalJson({ ...document, description: CANARY });
      return {
        datastore: 'product',
        id: document['id'],
        body,
        schemaVersion: 0,
        author: '@fuzz',
        base: null,
        from: null,
      };
    });
    await server.store.write({ scope: ARCHIVE_SCOPE }, () => ({ documents, result: null }));
  }
}
