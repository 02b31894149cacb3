import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { type Child, startChild } from '../child.ts';
import type { BarePushClientCommands } from '../controls/bare-push-client-process.ts';
import type { BarePushServerCommands } from '../controls/bare-push-server-process.ts';
import { inFolder } from '../folder.ts';
import type { PushCommands } from '../ours/push-process.ts';
import type { ServerCommands } from '../ours/server-process.ts';
import { watch } from '../profile/watch.ts';
import { medianOf } from '../statistics.ts';
import type { Bench, Workload } from '../workload.ts';

/** A change that no document has at first. */
const VALUE = 7_777;

/** Edits made without a network, from when the server is back until it has acknowledged all; against a bare pipe. */
export const push: Workload = {
  name: 'push',
  summary: 'offline edits until the server has acknowledged all, against bare POSTs from SQLite to SQLite',
  docs: 10_000,
  anyDatastore: true,
  clients: 0,

  async run(bench) {
    const served = await seed(bench);
    const { control, ours } = await alternate(bench, {
      control: () => bareRound(bench),
      ours: () => ourRound(bench, served, async (replica) => replica.ask('push')),
    });
    const docsPerSecond = medianOf(ours, ({ docs, ms }) => (docs / ms) * 1_000);
    const controlDocsPerSecond = medianOf(control, (ms) => (bench.docs / ms) * 1_000);
    return {
      ratio: docsPerSecond / controlDocsPerSecond,
      docs: bench.docs,
      docsPerSecond,
      controlDocsPerSecond,
      rssMiB: Math.max(...ours.map(({ rssMiB }) => rssMiB)),
      serverRssMiB: Math.max(...ours.map(({ serverRssMiB }) => serverRssMiB)),
    };
  },

  async profile(bench) {
    const served = await seed(bench);
    const { profiles } = await ourRound(bench, served, async (replica, server) => {
      const names = { [`the replica, pushing ${bench.docs} edits`]: replica, 'the server meanwhile': server };
      return { docs: bench.docs, profiles: await watch(names, () => replica.ask('push')) };
    });
    return profiles;
  },
};

async function seed({ folder, datastore, docs, note }: Bench): Promise<string> {
  const path = join(folder, 'served');
  mkdirSync(path);
  note(`making ${docs} documents`);
  await using server = startChild<ServerCommands>('ours/server');
  await server.ask('seed', { folder: path, datastore, search: false, docs });
  return path;
}

async function bareRound({ folder, datastore, docs }: Bench): Promise<number> {
  return inFolder(folder, async (path) => {
    await using server = startChild<BarePushServerCommands>('controls/bare-push-server');
    const port = await server.ask('start', { folder: path, datastore, docs });
    await using client = startChild<BarePushClientCommands>('controls/bare-push-client');
    await client.ask('edit', { folder: path, datastore, docs, value: VALUE });
    const ms = await client.ask('push', { port });
    await server.ask('stop');
    return ms;
  });
}

/** One round with a server and a replica of its own, since the second push of a document costs the server less than the first. */
async function ourRound<T extends { readonly docs: number }>(
  { folder, datastore, docs }: Bench,
  served: string,
  measure: (replica: Child<PushCommands>, server: Child<ServerCommands>) => Promise<T>,
) {
  return inFolder(folder, async (path) => {
    const place = { folder: join(path, 'server'), datastore, search: false };
    cpSync(served, place.folder, { recursive: true });
    await using replica = startChild<PushCommands>('ours/push');
    const port = await pullAndStop(replica, { place, folder: join(path, 'replica') });
    await replica.ask('edit', { datastore, value: VALUE });
    await using server = startChild<ServerCommands>('ours/server');
    await server.ask('start', { ...place, port });
    const measured = await measure(replica, server);
    // The replica may try by itself in the moment before it is asked to; what it has pushed by then is not counted.
    if (measured.docs < docs / 2) throw new Error(`Only ${measured.docs} of ${docs} edits were unpushed.`);
    const rssMiB = await replica.ask('peakRssMiB');
    const serverRssMiB = await server.ask('peakRssMiB');
    await replica.ask('close');
    await server.ask('stop');
    return { ...measured, rssMiB, serverRssMiB };
  });
}

/** Has the replica pull everything from a server that goes away then. Returns the port at which it is to come back. */
async function pullAndStop(
  replica: Child<PushCommands>,
  { place, folder }: { place: { folder: string; datastore: Bench['datastore']; search: boolean }; folder: string },
): Promise<number> {
  await using server = startChild<ServerCommands>('ours/server');
  const { url, token, port } = await server.ask('start', { ...place, port: 0 });
  await replica.ask('pull', { folder, server: { url, token }, datastore: place.datastore });
  await server.ask('stop');
  return port;
}
