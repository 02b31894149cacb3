import { statSync } from 'node:fs';
import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { startChild } from '../child.ts';
import type { ReconcileCommands } from '../ours/reconcile-process.ts';
import { watch } from '../profile/watch.ts';
import { inCopy } from '../reconcile/in-copy.ts';
import type { ReconcilePlace } from '../reconcile/place.ts';
import { startProductDatabase } from '../reconcile/product-database.ts';
import { medianOf } from '../statistics.ts';
import type { Bench, Workload } from '../workload.ts';

/** What it costs to keep records as they were read, and what that saves when a mapping is raised. Control: they are not kept. */
export const keptRecords: Workload = {
  name: 'kept-records',
  summary: 'a first pull and a raised mapping with records kept as they were read, against the same without',
  docs: 20_000,
  anyDatastore: false,
  clients: 0,

  async run(bench) {
    bench.note(`filling PostgreSQL with ${bench.docs} products`);
    await using database = await startProductDatabase(bench.docs);
    const { control, ours } = await alternate(bench, {
      control: () => inCopy(bench, { database, name: 'control' }, (place) => round(bench, place, false)),
      ours: () => inCopy(bench, { database, name: 'ours' }, (place) => round(bench, place, true)),
    });
    const pullMs = medianOf(ours, (one) => one.pullMs);
    const controlPullMs = medianOf(control, (one) => one.pullMs);
    const bytes = medianOf(ours, (one) => one.bytes);
    const controlBytes = medianOf(control, (one) => one.bytes);
    const remapMs = medianOf(ours, (one) => one.remapMs);
    const controlRemapMs = medianOf(control, (one) => one.remapMs);
    return {
      ratio: controlPullMs / pullMs,
      docs: bench.docs,
      pullMicros: (pullMs / bench.docs) * 1_000,
      controlPullMicros: (controlPullMs / bench.docs) * 1_000,
      bytesPerRecord: bytes / bench.docs,
      controlBytesPerRecord: controlBytes / bench.docs,
      remapRatio: controlRemapMs / remapMs,
      remapMicros: (remapMs / bench.docs) * 1_000,
      controlRemapMicros: (controlRemapMs / bench.docs) * 1_000,
    };
  },

  async profile(bench) {
    await using database = await startProductDatabase(bench.docs);
    return await inCopy(bench, { database, name: 'ours' }, async (place) => {
      await using server = startChild<ReconcileCommands>('ours/reconcile');
      const pull = () => server.ask('pull', { ...place, docs: bench.docs, keepRecords: true });
      const profile = await watch({ [`the server, pulling ${bench.docs} records and keeping them`]: server }, pull);
      await server.ask('stop');
      return profile;
    });
  },
};

async function round(bench: Bench, at: Omit<ReconcilePlace, 'docs'>, keepRecords: boolean) {
  const place = { ...at, docs: bench.docs, keepRecords };
  await using server = startChild<ReconcileCommands>('ours/reconcile');
  const pullMs = await server.ask('pull', place);
  await server.ask('stop');
  // Closed, so that nothing of it is in the log beside the file.
  const bytes = statSync(join(at.folder, 'store.sqlite')).size;
  const remapMs = await server.ask('remap', place);
  await server.ask('stop');
  return { pullMs, bytes, remapMs };
}
