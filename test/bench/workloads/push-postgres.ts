import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { PROTOCOL_VERSION } from '@datastores/core/protocol';
import { canonicalJson, type JsonDocument, productCatalog } from '@datastores/core/schema';
import { createSyncServer, type SyncServer, silentLog } from '@datastores/sync-server';
import { startPostgres } from '../../support/postgres.ts';
import { alternate } from '../alternate.ts';
import { bareInserts } from '../controls/bare-postgres.ts';
import { KINDS, SEED } from '../documents/kinds.ts';
import { inFolder } from '../folder.ts';
import { createProfiler } from '../profile/profiler.ts';
import { medianOf } from '../statistics.ts';
import type { Bench, Workload } from '../workload.ts';

/** Not in the folder of the bench, which the user of the database may not enter. */
const ON_DISK = existsSync('/var/tmp') ? '/var/tmp' : tmpdir();

const BATCH = 500;

/** Pushes that are under way at the same time, and connections of the control. */
const AT_ONCE = 4;

/** Writers that push one document at a time. */
const WRITERS = 64;

/** Pushes that are accepted and durable in a store on PostgreSQL; against bare batched inserts of the same rows. */
export const pushPostgres: Workload = {
  name: 'push-postgres',
  summary: 'new documents accepted by a store on PostgreSQL, against bare batched inserts of the same rows into it',
  docs: 20_000,
  anyDatastore: false,
  clients: 0,

  async run(bench) {
    await using cluster = await startPostgres({}, ON_DISK);
    const documents = Array.from({ length: bench.docs }, (_, number) => KINDS.product.make(SEED, number));
    const rows = documents.map((document) => ({ id: document.id, body: canonicalJson(document) }));
    const { control, ours } = await alternate(bench, {
      control: async (round) => {
        const url = await cluster.createDatabase(`bare_${round}`);
        return bareInserts(url, batchesOf(rows), AT_ONCE);
      },
      ours: (round) => ourRound(bench, documents, () => cluster.createDatabase(`ours_${round}`)),
    });
    const docsPerSecond = medianOf(ours, ({ ms }) => (bench.docs / ms) * 1_000);
    const controlDocsPerSecond = medianOf(control, (ms) => (bench.docs / ms) * 1_000);
    return {
      ratio: docsPerSecond / controlDocsPerSecond,
      docs: bench.docs,
      docsPerSecond,
      controlDocsPerSecond,
      singlesPerSecond: medianOf(ours, (one) => one.singlesPerSecond),
      rssMiB: process.memoryUsage.rss() / 1024 / 1024,
    };
  },

  async profile(bench) {
    await using cluster = await startPostgres({}, ON_DISK);
    const documents = Array.from({ length: bench.docs }, (_, number) => KINDS.product.make(SEED, number));
    const url = await cluster.createDatabase('ours');
    const profiler = createProfiler();
    await profiler.start();
    await ourRound(bench, documents, async () => url);
    return [{ process: `the server, taking ${bench.docs} pushed documents`, ...(await profiler.stop()) }];
  },
};

async function ourRound(bench: Bench, documents: readonly JsonDocument[], createDatabase: () => Promise<string>) {
  const url = await createDatabase();
  return inFolder(bench.folder, async (dataFolder) => {
    const auth = { developmentTokens: true };
    const server = await createSyncServer({ dataFolder, store: url, auth }, { log: silentLog });
    const ms = await timed(() => pushAll(server, batchesOf(documents), AT_ONCE));
    const singles = documents.slice(0, 100 * WRITERS).map((document) => [{ ...document, id: `${document.id}-s` }]);
    const singleMs = await timed(() => pushAll(server, singles, WRITERS));
    await server.close();
    return { ms, singlesPerSecond: (singles.length / singleMs) * 1_000 };
  });
}

async function pushAll(server: SyncServer, batches: readonly (readonly JsonDocument[])[], atOnce: number) {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async (_, writer) => {
      for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
        await push(server, `bench-replica-${writer}`, batch);
      }
    }),
  );
}

async function push({ service }: SyncServer, replica: string, documents: readonly JsonDocument[]): Promise<void> {
  const rows = documents.map((doc) => {
    const changed = Object.keys(doc).filter((field) => field !== 'id');
    return { id: doc.id, base: null, edit: 1, changed, was: {}, doc };
  });
  const header = { protocol: PROTOCOL_VERSION, datastore: 'product', schemaVersion: productCatalog.version };
  const request = { ...header, replica, checkpoint: null, rows: JSON.stringify(rows) };
  const answer = await service.push(request, { subject: 'bench', scopes: ['main'], expiresAt: null });
  if (answer.kind !== 'done' || answer.outcomes.some((outcome) => outcome.is !== 'accepted')) {
    throw new Error(`A push was not accepted: ${JSON.stringify(answer).slice(0, 300)}`);
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function batchesOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, at) => all.slice(at * BATCH, (at + 1) * BATCH));
}
