import { alternate } from '../alternate.ts';
import { type Child, startChild } from '../child.ts';
import type { BareReadCommands } from '../controls/bare-read-process.ts';
import type { MemoryCommands } from '../controls/memory-process.ts';
import type { ReadCommands } from '../ours/read-process.ts';
import { watch } from '../profile/watch.ts';
import { medianOf, spreadOf } from '../statistics.ts';
import type { Workload } from '../workload.ts';
import { makeWarmReplica } from './warm-replica.ts';

/** Reads in one round. */
const BY_ID = 5_000;
const RANGES = 500;
const COUNTS = 30;

/** Reads of a replica in use: ranges against bare SQL, ids against RxDB in memory, counts, and the first query of a process. */
export const localRead: Workload = {
  name: 'local-read',
  summary: 'ranges of 50 by an index, reads by id, counts, first query; against bare SQL and RxDB in memory',
  docs: 100_000,
  anyDatastore: false,
  clients: 0,

  async run(bench) {
    const { docs } = bench;
    const folder = await makeWarmReplica(bench);
    await using bare = startChild<BareReadCommands>('controls/bare-read');
    await bare.ask('fill', { folder: bench.folder, docs });
    await using memory = startChild<MemoryCommands>('controls/memory');
    await memory.ask('fill', { docs });
    const { control, ours } = await alternate(bench, {
      control: async (round) => {
        await memory.ask('byId', warmUp(docs, round));
        const memoryById = await memory.ask('byId', { docs, count: BY_ID, seed: round });
        return { ...(await readAll(bare, docs, round)), memoryById: spreadOf(memoryById) };
      },
      ours: async (round) => {
        await using replica = startChild<ReadCommands>('ours/read');
        const openMs = await replica.ask('open', { folder });
        // A seed of its own: the ranges that follow shall not meet what RxDB has kept of these.
        const seed = { docs, count: 1, seed: 1_000 + round };
        const firstQueryMs = await replica.ask('firstQuery', seed);
        const reads = await readAll(replica, docs, round);
        const parses = await replica.ask('countParses', seed);
        const rssMiB = await replica.ask('peakRssMiB');
        await replica.ask('close');
        return { ...reads, openMs, firstQueryMs, parses, rssMiB };
      },
    });
    await bare.ask('close');
    const p50Ms = medianOf(ours, ({ range }) => range.p50);
    const controlP50Ms = medianOf(control, ({ range }) => range.p50);
    return {
      ratio: controlP50Ms / p50Ms,
      docs,
      p50Ms,
      p99Ms: medianOf(ours, ({ range }) => range.p99),
      controlP50Ms,
      controlP99Ms: medianOf(control, ({ range }) => range.p99),
      byIdP50Ms: medianOf(ours, ({ byId }) => byId.p50),
      byIdP99Ms: medianOf(ours, ({ byId }) => byId.p99),
      byIdMemoryP50Ms: medianOf(control, ({ memoryById }) => memoryById.p50),
      controlByIdP50Ms: medianOf(control, ({ byId }) => byId.p50),
      countMs: medianOf(ours, ({ count }) => count.p50),
      controlCountMs: medianOf(control, ({ count }) => count.p50),
      countParses: Math.max(...ours.map(({ parses }) => parses)),
      openMs: medianOf(ours, ({ openMs }) => openMs),
      firstQueryMs: medianOf(ours, ({ firstQueryMs }) => firstQueryMs),
      rssMiB: Math.max(...ours.map(({ rssMiB }) => rssMiB)),
    };
  },

  async profile(bench) {
    const folder = await makeWarmReplica(bench);
    await using replica = startChild<ReadCommands>('ours/read');
    await replica.ask('open', { folder });
    await replica.ask('byId', warmUp(bench.docs, 1));
    const byId = await watch({ [`${BY_ID} reads by id`]: replica }, () =>
      replica.ask('byId', { docs: bench.docs, count: BY_ID, seed: 1 }),
    );
    const range = await watch({ [`${RANGES} ranges of 50`]: replica }, () =>
      replica.ask('range', { docs: bench.docs, count: RANGES, seed: 1 }),
    );
    await replica.ask('close');
    return [...byId, ...range];
  },
};

type Reader = Child<Pick<BareReadCommands, 'byId' | 'range' | 'count'>>;

/** Other reads than those that are timed: our process is a new one in each round, those of the controls are not. */
function warmUp(docs: number, round: number) {
  return { docs, count: BY_ID, seed: 2_000 + round };
}

async function readAll(reader: Reader, docs: number, seed: number) {
  await reader.ask('byId', warmUp(docs, seed));
  const byId = spreadOf(await reader.ask('byId', { docs, count: BY_ID, seed }));
  const range = spreadOf(await reader.ask('range', { docs, count: RANGES, seed }));
  const count = spreadOf(await reader.ask('count', { docs, count: COUNTS, seed }));
  return { byId, range, count };
}
