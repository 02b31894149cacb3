import { alternate } from '../alternate.ts';
import { type Child, startChild } from '../child.ts';
import type { BareSearchCommands } from '../controls/bare-search-process.ts';
import type { SearchCommands } from '../ours/search-process.ts';
import { watch } from '../profile/watch.ts';
import { medianOf, spreadOf } from '../statistics.ts';
import type { Workload } from '../workload.ts';
import { makeWarmReplica } from './warm-replica.ts';

/** Searches of each kind in one round. */
const SEARCHES = 500;

/** Two words, a word and a beginning, and beginnings alone, the 20 best hits; against FTS5 alone. */
export const search: Workload = {
  name: 'search',
  summary: 'two words, the same as they are typed, and prefixes of four letters, the 20 best hits; against bare FTS5',
  docs: 100_000,
  anyDatastore: false,
  clients: 0,

  async run(bench) {
    const { docs } = bench;
    const folder = await makeWarmReplica({ ...bench, search: true });
    await using bare = startChild<BareSearchCommands>('controls/bare-search');
    await bare.ask('fill', { folder: bench.folder, docs });
    await using replica = startChild<SearchCommands>('ours/search');
    await replica.ask('open', { folder });
    const { control, ours } = await alternate(bench, {
      control: (seed) => searchAll(bare, docs, seed),
      ours: (seed) => searchAll(replica, docs, seed),
    });
    const rssMiB = await replica.ask('peakRssMiB');
    await replica.ask('close');
    await bare.ask('close');
    const p50Ms = medianOf(ours, ({ words }) => words.p50);
    const controlP50Ms = medianOf(control, ({ words }) => words.p50);
    return {
      ratio: controlP50Ms / p50Ms,
      docs,
      p50Ms,
      p99Ms: medianOf(ours, ({ words }) => words.p99),
      controlP50Ms,
      controlP99Ms: medianOf(control, ({ words }) => words.p99),
      typedP50Ms: medianOf(ours, ({ typed }) => typed.p50),
      typedP99Ms: medianOf(ours, ({ typed }) => typed.p99),
      controlTypedP50Ms: medianOf(control, ({ typed }) => typed.p50),
      controlTypedP99Ms: medianOf(control, ({ typed }) => typed.p99),
      prefixP50Ms: medianOf(ours, ({ prefixes }) => prefixes.p50),
      prefixP99Ms: medianOf(ours, ({ prefixes }) => prefixes.p99),
      controlPrefixP50Ms: medianOf(control, ({ prefixes }) => prefixes.p50),
      controlPrefixP99Ms: medianOf(control, ({ prefixes }) => prefixes.p99),
      rssMiB,
    };
  },

  async profile(bench) {
    const folder = await makeWarmReplica({ ...bench, search: true });
    await using replica = startChild<SearchCommands>('ours/search');
    await replica.ask('open', { folder });
    const profiles = await watch({ [`${SEARCHES} searches of each kind`]: replica }, () =>
      searchAll(replica, bench.docs, 1),
    );
    await replica.ask('close');
    return profiles;
  },
};

type Searcher = Child<Pick<BareSearchCommands, 'words' | 'typed' | 'prefixes'>>;

async function searchAll(searcher: Searcher, docs: number, seed: number) {
  const words = spreadOf(await searcher.ask('words', { docs, count: SEARCHES, seed }));
  const typed = spreadOf(await searcher.ask('typed', { docs, count: SEARCHES, seed }));
  const prefixes = spreadOf(await searcher.ask('prefixes', { docs, count: SEARCHES, seed }));
  return { words, typed, prefixes };
}
