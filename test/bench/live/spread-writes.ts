import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { type Child, startChild } from '../child.ts';
import type { BareGroupServerCommands } from '../controls/bare-group-server-process.ts';
import type { ServerCommands } from '../ours/server-process.ts';
import { watch } from '../profile/watch.ts';
import { medianOf, spreadOf } from '../statistics.ts';
import type { Bench, Figures, Profile } from '../workload.ts';
import { type Groups, openGroups } from './groups.ts';
import { measureWrites } from './measure-writes.ts';

/** Measured in one round: at least so many arrivals, of at least so many writes. */
const ARRIVALS = 300;
const WRITES = 40;

/** Values that clients write are above what any document has at first, and each round has its own. */
const FIRST_VALUE = 1_000;
const VALUES_A_ROUND = 10_000;

/** Measures writes of one client until `observers` others have them, in turn over a bare pipe and over our server. */
export async function spreadWrites(bench: Bench, observers: number): Promise<Figures> {
  const { note } = bench;
  await using bareServer = startChild<BareGroupServerCommands>('controls/bare-group-server');
  const bare = folderOf(bench, 'bare');
  const url = await bareServer.ask('start', { folder: bare });
  await using ourServer = startChild<ServerCommands>('ours/server');
  const server = await startOurServer(bench, ourServer);
  note(`connecting ${observers + 1} bare clients and as many replicas`);
  await using bareGroups = await openGroups('controls/bare-group', {
    folder: bare,
    server: { url, token: '' },
    observers,
  });
  await using ourGroups = await openGroups('ours/group', { folder: folderOf(bench, 'replicas'), server, observers });
  const round = (groups: Groups) => async (number: number) => {
    const first = FIRST_VALUE + number * VALUES_A_ROUND;
    return spreadOf(await measureWrites(groups, { first, count: writesOf(observers) }));
  };
  const { control, ours } = await alternate(bench, { control: round(bareGroups), ours: round(ourGroups) });
  const peaks = await Promise.all([ourGroups.writer, ...ourGroups.observers].map((child) => child.ask('peakRssMiB')));
  const serverRssMiB = await ourServer.ask('peakRssMiB');
  await ourGroups.close();
  await bareGroups.close();
  await ourServer.ask('stop');
  await bareServer.ask('stop');
  const p50Ms = medianOf(ours, ({ p50 }) => p50);
  const controlP50Ms = medianOf(control, ({ p50 }) => p50);
  return {
    ratio: controlP50Ms / p50Ms,
    docs: bench.docs,
    clients: bench.clients,
    processes: ourGroups.observers.length,
    p50Ms,
    p99Ms: medianOf(ours, ({ p99 }) => p99),
    controlP50Ms,
    controlP99Ms: medianOf(control, ({ p99 }) => p99),
    // Of the largest process with replicas, and of the server.
    rssMiB: Math.max(...peaks),
    serverRssMiB,
  };
}

/** Runs ours once, watching the one that writes, the server, and one process of those that see it. */
export async function profileWrites(bench: Bench, observers: number): Promise<readonly Profile[]> {
  await using ourServer = startChild<ServerCommands>('ours/server');
  const server = await startOurServer(bench, ourServer);
  await using groups = await openGroups('ours/group', { folder: folderOf(bench, 'replicas'), server, observers });
  const [observer] = groups.observers;
  if (observer === undefined) throw new RangeError('Somebody must see what is written.');
  const profiles = await watch(
    { 'the replica that writes': groups.writer, 'the server': ourServer, 'the first process that sees it': observer },
    () => measureWrites(groups, { first: FIRST_VALUE, count: writesOf(observers) }),
  );
  await groups.close();
  await ourServer.ask('stop');
  return profiles;
}

async function startOurServer(bench: Bench, server: Child<ServerCommands>) {
  const place = { folder: folderOf(bench, 'server'), datastore: bench.datastore, search: false };
  await server.ask('seed', { ...place, docs: bench.docs });
  return server.ask('start', { ...place, port: 0 });
}

function folderOf({ folder }: Bench, name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

function writesOf(observers: number): number {
  return Math.max(WRITES, Math.ceil(ARRIVALS / observers));
}
