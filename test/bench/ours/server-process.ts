// A sync server over its SQLite store, as `datastores serve` runs it.
import { canonicalJson } from '@datastores/core/schema';
import { createSyncServer, developmentToken, limitHeapGrowth, type SyncServer } from '@datastores/sync-server';
import { answer } from '../answer.ts';
import { type KindName, kindOf, SEED } from '../documents/kinds.ts';
import type { ServerAddress } from './open-replica.ts';

/** Which server: its data folder and the datastore that it serves. */
export interface ServerPlace {
  readonly folder: string;
  readonly datastore: KindName;
  readonly search: boolean;
}

/** How to start it. */
export interface ServerStart extends ServerPlace {
  /** 0: any free one. */
  readonly port: number;
  /** Origins of pages that may ask. */
  readonly origins?: readonly string[];
}

/** Documents in one write of the store. */
const SEED_BATCH = 500;

const TOKEN_TTL_MS = 24 * 3_600_000;

let server: SyncServer;

limitHeapGrowth();

const commands = {
  /** Fills an empty store through its own way of writing, as an external system would. */
  async seed({ docs, ...place }: ServerPlace & { readonly docs: number }): Promise<void> {
    const { datastore, make } = kindOf(place);
    server = await makeServer(place, 0);
    for (let start = 0; start < docs; start += SEED_BATCH) {
      const batch = Array.from({ length: Math.min(SEED_BATCH, docs - start) }, (_, at) => make(SEED, start + at));
      const documents = batch.map((document) => ({
        datastore: datastore.name,
        id: document.id,
        body: canonicalJson(document),
        schemaVersion: datastore.version,
        author: '@bench',
        base: null,
        from: null,
      }));
      await server.store.write({ scope: 'main' }, () => ({ documents, result: null }));
    }
    await server.close();
  },

  /** Listens on a port, 0 for any free one. */
  async start({ port, origins, ...place }: ServerStart): Promise<ServerAddress & { port: number }> {
    server = await makeServer(place, port, origins);
    const { url, port: listening } = await server.listen();
    const token = await developmentToken(place.folder, { subject: 'bench', ttlMs: TOKEN_TTL_MS });
    return { url: `${url}/trpc`, token, port: listening };
  },

  /** Deletes the documents with these numbers in one write, as an external system would. */
  async remove({ kind, from, count }: { readonly kind: KindName; readonly from: number; readonly count: number }) {
    const { datastore, id } = kindOf({ datastore: kind, search: false });
    const documents = Array.from({ length: count }, (_, at) => ({
      datastore: datastore.name,
      id: id(from + at),
      body: null,
      schemaVersion: datastore.version,
      author: '@bench',
      base: null,
      from: null,
    }));
    await server.store.write({ scope: 'main' }, () => ({ documents, result: null }));
  },

  stop: () => server.close(),

  /** What the process holds, MiB, after everything was collected that nobody needs. Wants `--expose-gc`. */
  async settledRssMiB(): Promise<number> {
    for (let round = 0; round < 4; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      globalThis.gc?.();
    }
    return process.memoryUsage.rss() / 2 ** 20;
  },
};

/** What this process can be asked for. */
export type ServerCommands = typeof commands;

answer(commands);

function makeServer(place: ServerPlace, port: number, cors: readonly string[] = []): Promise<SyncServer> {
  return createSyncServer({
    datastores: [kindOf(place).datastore],
    dataFolder: place.folder,
    // All replicas of a bench come as one subject, which no limit of a single subject is made for.
    server: {
      port,
      cors: [...cors],
      requestsPerMinute: 10_000_000,
      requestsPerMinuteOfAddress: 10_000_000,
      streamsPerSubject: 100_000,
    },
    auth: { developmentTokens: true },
    log: { level: 'silent' },
  });
}
