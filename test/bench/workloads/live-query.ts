import { alternate } from '../alternate.ts';
import { startChild } from '../child.ts';
import type { BareReadCommands } from '../controls/bare-read-process.ts';
import type { MemoryCommands } from '../controls/memory-process.ts';
import type { LiveCommands } from '../ours/live-process.ts';
import { watch } from '../profile/watch.ts';
import { medianOf, spreadOf } from '../statistics.ts';
import type { Workload } from '../workload.ts';
import { makeWarmReplica } from './warm-replica.ts';

/** Writes in one round. */
const WRITES = 500;

/** From a durable write until the observer of a sorted query has it; against bare SQL and RxDB in memory. */
export const liveQuery: Workload = {
  name: 'live-query',
  summary: 'a write until the observer of a sorted query of 50 has it, against bare SQL and RxDB in memory',
  docs: 100_000,
  anyDatastore: false,
  clients: 0,

  async run(bench) {
    const { docs, folder } = bench;
    const path = await makeWarmReplica(bench);
    await using bare = startChild<BareReadCommands>('controls/bare-read');
    await bare.ask('fill', { folder, docs });
    await using memory = startChild<MemoryCommands>('controls/memory');
    await memory.ask('fill', { docs });
    await using replica = startChild<LiveCommands>('ours/live');
    await replica.ask('open', { folder: path });
    const { control, ours } = await alternate(bench, {
      control: async (seed) => ({
        bare: spreadOf(await bare.ask('liveWrites', { docs, count: WRITES, seed })),
        memory: spreadOf(await memory.ask('liveWrites', { docs, count: WRITES, seed })),
      }),
      ours: async (seed) => spreadOf(await replica.ask('liveWrites', { docs, count: WRITES, seed })),
    });
    const rssMiB = await replica.ask('peakRssMiB');
    await replica.ask('close');
    await bare.ask('close');
    const p50Ms = medianOf(ours, ({ p50 }) => p50);
    const controlP50Ms = medianOf(control, (round) => round.bare.p50);
    return {
      ratio: controlP50Ms / p50Ms,
      docs,
      p50Ms,
      p99Ms: medianOf(ours, ({ p99 }) => p99),
      controlP50Ms,
      controlP99Ms: medianOf(control, (round) => round.bare.p99),
      memoryP50Ms: medianOf(control, (round) => round.memory.p50),
      memoryP99Ms: medianOf(control, (round) => round.memory.p99),
      rssMiB,
    };
  },

  async profile(bench) {
    const folder = await makeWarmReplica(bench);
    await using replica = startChild<LiveCommands>('ours/live');
    await replica.ask('open', { folder });
    const profiles = await watch({ [`${WRITES} writes inside a live query`]: replica }, () =>
      replica.ask('liveWrites', { docs: bench.docs, count: WRITES, seed: 1 }),
    );
    await replica.ask('close');
    return profiles;
  },
};
