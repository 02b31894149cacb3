import { mkdirSync } from 'node:fs';
import { alternate } from '../alternate.ts';
import { startChild } from '../child.ts';
import type { BareReconcileCommands } from '../controls/bare-reconcile-process.ts';
import { inFolder } from '../folder.ts';
import type { ReconcileCommands } from '../ours/reconcile-process.ts';
import { watch } from '../profile/watch.ts';
import type { Changes, ReconcilePlace } from '../reconcile/place.ts';
import { countChanged, type ProductDatabase, startProductDatabase } from '../reconcile/product-database.ts';
import { medianOf } from '../statistics.ts';
import type { Bench, Profile, Workload } from '../workload.ts';

/** A change that no product has at first. */
const VALUE = 7_777;

/** Changes that are pushed, where there are as many documents. */
const MOST_CHANGES = 10_000;

/** An external system in PostgreSQL: everything pulled into an empty store, then changes pushed; against COPY and batched UPDATEs. */
export const reconcile: Workload = {
  name: 'reconcile',
  summary: 'a first pull from PostgreSQL and a push of 10,000 changes, against bare COPY and batched UPDATEs',
  docs: 100_000,
  anyDatastore: false,
  clients: 0,

  async run(bench) {
    bench.note(`filling PostgreSQL with ${bench.docs} products`);
    await using database = await startProductDatabase(bench.docs);
    const { control, ours } = await alternate(bench, {
      control: () => inCopy(bench, { database, name: 'control' }, (place) => bareRound(bench, place)),
      ours: () => inCopy(bench, { database, name: 'ours' }, (place) => ourRound(bench, place)),
    });
    const docsPerSecond = medianOf(ours, ({ pullRate }) => pullRate);
    const controlDocsPerSecond = medianOf(control, ({ pullRate }) => pullRate);
    const pushDocsPerSecond = medianOf(ours, ({ pushRate }) => pushRate);
    const controlPushDocsPerSecond = medianOf(control, ({ pushRate }) => pushRate);
    return {
      ratio: docsPerSecond / controlDocsPerSecond,
      docs: bench.docs,
      docsPerSecond,
      controlDocsPerSecond,
      pushRatio: pushDocsPerSecond / controlPushDocsPerSecond,
      pushDocs: changesOf(bench).docs,
      pushDocsPerSecond,
      controlPushDocsPerSecond,
      rssMiB: Math.max(...ours.map(({ rssMiB }) => rssMiB)),
      controlRssMiB: Math.max(...control.map(({ rssMiB }) => rssMiB)),
    };
  },

  async profile(bench) {
    bench.note(`filling PostgreSQL with ${bench.docs} products`);
    await using database = await startProductDatabase(bench.docs);
    // Awaited, since the database would be gone before the work had begun.
    return await inCopy(bench, { database, name: 'ours' }, (place) => watchRound(bench, place));
  },
};

/** Runs one side of a round on a copy of the database, with an empty folder. */
function inCopy<T>(
  { folder }: Bench,
  { database, name }: { readonly database: ProductDatabase; readonly name: string },
  work: (place: Omit<ReconcilePlace, 'docs'>) => Promise<T>,
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  return inFolder(folder, async (path) => {
    const url = await database.copy(name);
    try {
      return await work({ folder: path, url });
    } finally {
      await database.drop(name);
    }
  });
}

async function bareRound(bench: Bench, at: Omit<ReconcilePlace, 'docs'>) {
  await using control = startChild<BareReconcileCommands>('controls/bare-reconcile');
  const pullMs = await control.ask('pull', { ...at, docs: bench.docs });
  await control.ask('edit', changesOf(bench));
  const pushMs = await control.ask('push');
  await control.ask('close');
  return measured(bench, at, { pullMs, pushMs, rssMiB: await control.ask('peakRssMiB') });
}

async function ourRound(bench: Bench, at: Omit<ReconcilePlace, 'docs'>) {
  const changes = changesOf(bench);
  await using server = startChild<ReconcileCommands>('ours/reconcile');
  const pullMs = await server.ask('pull', { ...at, docs: bench.docs });
  await server.ask('edit', changes);
  const pushMs = await server.ask('push', changes);
  const rssMiB = await server.ask('peakRssMiB');
  await server.ask('stop');
  return measured(bench, at, { pullMs, pushMs, rssMiB });
}

interface Times {
  readonly pullMs: number;
  readonly pushMs: number;
  readonly rssMiB: number;
}

/** Rates, once PostgreSQL has said that it has every change. */
async function measured(bench: Bench, { url }: Pick<ReconcilePlace, 'url'>, { pullMs, pushMs, rssMiB }: Times) {
  const { docs, value } = changesOf(bench);
  const changed = await countChanged(url, value);
  if (changed !== docs) throw new Error(`PostgreSQL has ${changed} of ${docs} changes.`);
  return { pullRate: (bench.docs / pullMs) * 1_000, pushRate: (docs / pushMs) * 1_000, rssMiB };
}

async function watchRound(bench: Bench, at: Omit<ReconcilePlace, 'docs'>): Promise<readonly Profile[]> {
  const changes = changesOf(bench);
  await using server = startChild<ReconcileCommands>('ours/reconcile');
  const pulling = await watch({ [`the server, pulling ${bench.docs} records`]: server }, () =>
    server.ask('pull', { ...at, docs: bench.docs }),
  );
  await server.ask('edit', changes);
  const pushing = await watch({ [`the server, pushing ${changes.docs} changes`]: server }, () =>
    server.ask('push', changes),
  );
  await server.ask('stop');
  return [...pulling, ...pushing];
}

function changesOf({ docs }: Bench): Changes {
  return { docs: Math.min(docs, MOST_CHANGES), value: VALUE };
}
