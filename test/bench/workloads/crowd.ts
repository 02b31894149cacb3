import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import type { CrowdCommands } from '../ours/crowd-process.ts';
import type { ServerCommands } from '../ours/server-process.ts';
import { watch } from '../profile/watch.ts';
import type { Bench, Figures, Workload } from '../workload.ts';

/** Ten changes a second for so long. */
const WRITES = 150;
const EVERY_MS = 100;

/** Streams that nobody reads, changes that they are told of, and how many are read beside them. */
const STALLED = 1_000;
const CHANGES = 100_000;
const HEALTHY = 100;

/** Devices that come back at once after a restart. */
const COME_BACK = 5_000;

/** Many live devices at one server process: how late a change comes, what each costs, who reads nothing, and who comes back. */
export const crowd: Workload = {
  name: 'crowd',
  summary: 'many live streams at one server: latency, memory of each, readers that read nothing, all coming back',
  docs: 1_000,
  anyDatastore: false,
  clients: 1_000,
  run,
  profile: async (bench) => {
    await using place = await openPlace(bench);
    await place.crowd.ask('open', { count: bench.clients, stalled: false });
    return watch({ 'the server': place.server }, () =>
      place.crowd.ask('watch', { count: WRITES, everyMs: EVERY_MS, readers: bench.clients }),
    );
  },
};

async function run(bench: Bench): Promise<Figures> {
  const { clients, note } = bench;
  await using place = await openPlace(bench);
  const { server, crowd: devices } = place;
  await devices.ask('change', { count: 500, batch: 50 });
  const before = await server.ask('settledRssMiB');
  note(`opening ${clients} streams`);
  await devices.ask('open', { count: clients, stalled: false });
  const idle = await server.ask('settledRssMiB');
  note(`${WRITES} changes, ten a second`);
  const live = await devices.ask('watch', { count: WRITES, everyMs: EVERY_MS, readers: clients });
  await devices.ask('close');
  note(`${STALLED} streams that nobody reads, and ${CHANGES} changes`);
  await devices.ask('open', { count: HEALTHY, stalled: false });
  const baseline = await devices.ask('watch', { count: WRITES, everyMs: EVERY_MS, readers: HEALTHY });
  await devices.ask('open', { count: STALLED, stalled: true });
  const unread = await server.ask('settledRssMiB');
  await devices.ask('change', { count: CHANGES, batch: 50 });
  const healthy = await devices.ask('watch', { count: WRITES, everyMs: EVERY_MS, readers: HEALTHY });
  const full = await server.ask('settledRssMiB');
  note(`a restart, and ${COME_BACK} devices that come back`);
  await place.restart();
  const backMs = await devices.ask('comeBack', { count: COME_BACK });
  await devices.ask('close');
  return {
    clients,
    p50Ms: live.p50,
    p99Ms: live.p99,
    missed: WRITES * clients - live.arrivals,
    idleKib: ((idle - before) * 1024) / clients,
    stalledGrowthMiB: full - unread,
    baselineP99Ms: baseline.p99,
    healthyP99Ms: healthy.p99,
    healthyRatio: healthy.p99 / baseline.p99,
    comeBack: COME_BACK,
    backSeconds: backMs / 1000,
    rssMiB: await server.ask('peakRssMiB'),
  };
}

async function openPlace(bench: Bench) {
  const folder = join(bench.folder, 'server');
  mkdirSync(folder);
  const server = startChild<ServerCommands>('ours/server', { execArgv: [...process.execArgv, '--expose-gc'] });
  const devices = startChild<CrowdCommands>('ours/crowd');
  const place = { folder, datastore: bench.datastore, search: false };
  await server.ask('seed', { ...place, docs: bench.docs });
  const address = await server.ask('start', { ...place, port: 0 });
  await devices.ask('begin', { server: address, datastore: bench.datastore });
  return {
    server,
    crowd: devices,
    async restart() {
      await devices.ask('close');
      await server.ask('stop');
      await server.ask('start', { ...place, port: address.port });
    },
    async [Symbol.asyncDispose]() {
      await devices[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
