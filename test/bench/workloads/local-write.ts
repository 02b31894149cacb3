import { alternate } from '../alternate.ts';
import { startChild } from '../child.ts';
import { inFolder } from '../folder.ts';
import type { WriteCommands } from '../ours/write-process.ts';
import { watch } from '../profile/watch.ts';
import { medianOf, percentile } from '../statistics.ts';
import type { Bench, Workload } from '../workload.ts';

/** Documents inserted and changed one at a time after the bulk. */
const SINGLES = 1_000;

/** Bulk inserts in batches of 1,000, then single durable inserts and changes; against SQLite alone. */
export const localWrite: Workload = {
  name: 'local-write',
  summary: 'bulk inserts and single durable writes of a replica, against bare SQLite with the same indexes',
  docs: 50_000,
  anyDatastore: true,
  clients: 0,

  async run(bench) {
    const { control, ours } = await alternate(bench, {
      control: () => write(bench, 'controls/bare-write'),
      ours: () => write(bench, 'ours/write'),
    });
    const docsPerSecond = medianOf(ours, ({ bulkRate }) => bulkRate);
    const controlDocsPerSecond = medianOf(control, ({ bulkRate }) => bulkRate);
    const singlesPerSecond = medianOf(ours, ({ singleRate }) => singleRate);
    const controlSinglesPerSecond = medianOf(control, ({ singleRate }) => singleRate);
    return {
      ratio: docsPerSecond / controlDocsPerSecond,
      docs: bench.docs,
      docsPerSecond,
      controlDocsPerSecond,
      rssMiB: medianOf(ours, ({ rssMiB }) => rssMiB),
      controlRssMiB: medianOf(control, ({ rssMiB }) => rssMiB),
      singleRatio: singlesPerSecond / controlSinglesPerSecond,
      singlesPerSecond,
      controlSinglesPerSecond,
      singleInsertP50Ms: medianOf(ours, ({ insertP50Ms }) => insertP50Ms),
      controlSingleInsertP50Ms: medianOf(control, ({ insertP50Ms }) => insertP50Ms),
      singlePatchP50Ms: medianOf(ours, ({ patchP50Ms }) => patchP50Ms),
      controlSinglePatchP50Ms: medianOf(control, ({ patchP50Ms }) => patchP50Ms),
      singleP99Ms: medianOf(ours, ({ p99Ms }) => p99Ms),
      controlSingleP99Ms: medianOf(control, ({ p99Ms }) => p99Ms),
    };
  },

  async profile({ folder, docs, datastore }) {
    await using child = startChild<WriteCommands>('ours/write');
    const bulk = await watch({ [`bulk insert of ${docs} documents`]: child }, () =>
      child.ask('bulk', { folder, docs, datastore }),
    );
    const single = await watch({ [`${SINGLES} single inserts and changes`]: child }, () =>
      child.ask('single', { docs, count: SINGLES }),
    );
    await child.ask('close');
    return [...bulk, ...single];
  },
};

async function write({ folder, docs, datastore }: Bench, process: string) {
  return inFolder(folder, async (path) => {
    await using child = startChild<WriteCommands>(process);
    const bulkMs = await child.ask('bulk', { folder: path, docs, datastore });
    const { insertMs, patchMs } = await child.ask('single', { docs, count: SINGLES });
    const rssMiB = await child.ask('peakRssMiB');
    await child.ask('close');
    const singles = [...insertMs, ...patchMs];
    const singleMs = singles.reduce((sum, ms) => sum + ms, 0);
    return {
      bulkRate: (docs / bulkMs) * 1_000,
      singleRate: (singles.length / singleMs) * 1_000,
      insertP50Ms: percentile(insertMs, 50),
      patchP50Ms: percentile(patchMs, 50),
      p99Ms: percentile(singles, 99),
      rssMiB,
    };
  });
}
