import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { startChild } from '../child.ts';
import type { BarePipeClientCommands } from '../controls/bare-pipe-client-process.ts';
import type { BarePipeServerCommands } from '../controls/bare-pipe-server-process.ts';
import { inFolder } from '../folder.ts';
import type { ServerCommands } from '../ours/server-process.ts';
import type { SyncCommands } from '../ours/sync-process.ts';
import { watch } from '../profile/watch.ts';
import { medianOf, percentile } from '../statistics.ts';
import type { Bench, Figures, Workload } from '../workload.ts';

/** A replica in an empty folder gets everything from a server that is full, against a bare pipe from SQLite to SQLite. */
export const initialSync: Workload = {
  name: 'initial-sync',
  summary: 'a new replica until it has everything on disk, against a bare NDJSON pipe from SQLite to SQLite',
  docs: 100_000,
  anyDatastore: true,
  clients: 0,

  async run(bench) {
    const places = await seed(bench);
    const { control, ours } = await alternate(bench, {
      control: () => bareRound(bench, places.bare),
      ours: () => ourRound(bench, places.ours, {}),
    });
    bench.note('ours once more, with local reads meanwhile');
    const { readMs } = await ourRound(bench, places.ours, { reading: true });
    const docsPerSecond = medianOf(ours, ({ rate }) => rate);
    const controlDocsPerSecond = medianOf(control, ({ rate }) => rate);
    return {
      ratio: docsPerSecond / controlDocsPerSecond,
      docs: bench.docs,
      docsPerSecond,
      controlDocsPerSecond,
      // The greatest of all rounds: memory that was needed once is needed.
      rssMiB: Math.max(...ours.map(({ rssMiB }) => rssMiB)),
      serverRssMiB: Math.max(...ours.map(({ serverRssMiB }) => serverRssMiB)),
      controlRssMiB: Math.max(...control.map(({ rssMiB }) => rssMiB)),
      controlServerRssMiB: Math.max(...control.map(({ serverRssMiB }) => serverRssMiB)),
      reads: readMs.length,
      ...(readMs.length === 0 ? {} : { readP50Ms: percentile(readMs, 50), readP99Ms: percentile(readMs, 99) }),
      ...(bench.search ? await withSearch(bench, { path: places.ours, controlDocsPerSecond }) : {}),
    };
  },

  async profile(bench) {
    const places = await seed(bench);
    return inFolder(bench.folder, async (folder) => {
      const { datastore, search, docs } = bench;
      await using server = startChild<ServerCommands>('ours/server');
      const address = await server.ask('start', { folder: places.ours, datastore, search, port: 0 });
      await using replica = startChild<SyncCommands>('ours/sync');
      const profiles = await watch(
        { [`the replica, pulling ${docs} documents`]: replica, 'the server meanwhile': server },
        () => replica.ask('sync', { folder, server: address, datastore, search, docs, reading: false }),
      );
      await replica.ask('close');
      await server.ask('stop');
      return profiles;
    });
  },
};

/** One server's worth of documents for each side, made once and served in every round. */
async function seed({ folder, datastore, docs, note }: Bench) {
  const places = { bare: join(folder, 'bare'), ours: join(folder, 'ours') };
  for (const path of Object.values(places)) mkdirSync(path);
  note(`making ${docs} documents`);
  await using bare = startChild<BarePipeServerCommands>('controls/bare-pipe-server');
  await bare.ask('seed', { folder: places.bare, datastore, docs });
  await using ours = startChild<ServerCommands>('ours/server');
  await ours.ask('seed', { folder: places.ours, datastore, search: false, docs });
  return places;
}

async function bareRound({ folder, datastore, docs }: Bench, served: string) {
  return inFolder(folder, async (path) => {
    await using server = startChild<BarePipeServerCommands>('controls/bare-pipe-server');
    const url = await server.ask('start', { folder: served, datastore });
    await using client = startChild<BarePipeClientCommands>('controls/bare-pipe-client');
    const ms = await client.ask('sync', { folder: path, url, datastore, docs });
    const rssMiB = await client.ask('peakRssMiB');
    const serverRssMiB = await server.ask('peakRssMiB');
    await server.ask('stop');
    return { rate: (docs / ms) * 1_000, rssMiB, serverRssMiB };
  });
}

async function ourRound(
  { folder, datastore, docs }: Bench,
  served: string,
  { reading = false, search = false }: { readonly reading?: boolean; readonly search?: boolean },
) {
  return inFolder(folder, async (path) => {
    await using server = startChild<ServerCommands>('ours/server');
    const address = await server.ask('start', { folder: served, datastore, search, port: 0 });
    await using replica = startChild<SyncCommands>('ours/sync');
    const { ms, readMs } = await replica.ask('sync', {
      folder: path,
      server: address,
      datastore,
      search,
      docs,
      reading,
    });
    const rssMiB = await replica.ask('peakRssMiB');
    const serverRssMiB = await server.ask('peakRssMiB');
    await replica.ask('close');
    await server.ask('stop');
    return { rate: (docs / ms) * 1_000, readMs, rssMiB, serverRssMiB };
  });
}

/** The same with the full-text index, which the control does not have. */
async function withSearch(
  bench: Bench,
  { path, controlDocsPerSecond }: { readonly path: string; readonly controlDocsPerSecond: number },
): Promise<Figures> {
  const rates: number[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.note(`round ${round} of ${bench.rounds}: ours with search fields`);
    rates.push((await ourRound(bench, path, { search: true })).rate);
  }
  const searchDocsPerSecond = medianOf(rates, (rate) => rate);
  return { searchDocsPerSecond, searchRatio: searchDocsPerSecond / controlDocsPerSecond };
}
