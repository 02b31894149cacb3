import { BROWSER_TARGETS } from './browser/targets.ts';

/** What a figure of a workload has to be. */
export interface Target {
  readonly workload: string;
  /** Name of the figure in the JSON line. */
  readonly figure: string;
  readonly is: 'at least' | 'at most' | 'below';
  /** A number, or so many times another figure of the same run. */
  readonly bound: number | { readonly times: number; readonly figure: string };
  /** What the figure says. */
  readonly meaning: string;
  /** The target is for runs with so many live replicas only. */
  readonly clients?: { readonly from?: number; readonly to?: number };
}

const PAIR = { to: 2 };
const MANY = { from: 3 };

/**
 * What each workload has to reach on two cores with Node 20. The one place where these numbers stand; a run is `ok` if it
 * reaches all those of its workload.
 */
export const TARGETS: readonly Target[] = [
  {
    workload: 'initial-sync',
    figure: 'ratio',
    is: 'at least',
    bound: 0.6,
    meaning: 'documents per second, as a share of the bare pipe',
  },
  {
    workload: 'initial-sync',
    figure: 'rssMiB',
    is: 'below',
    bound: 300,
    meaning: 'peak memory of the replica in MiB (up to 1,000,000 documents)',
  },
  {
    workload: 'initial-sync',
    figure: 'serverRssMiB',
    is: 'below',
    bound: 300,
    meaning: 'peak memory of the server in MiB',
  },
  {
    workload: 'initial-sync',
    figure: 'readP99Ms',
    is: 'below',
    bound: 50,
    meaning: 'p99 of local reads while syncing, ms',
  },
  {
    workload: 'local-write',
    figure: 'ratio',
    is: 'at least',
    bound: 0.6,
    meaning: 'bulk inserts, as a share of bare SQLite',
  },
  {
    workload: 'local-write',
    figure: 'singleRatio',
    is: 'at least',
    bound: 0.5,
    meaning: 'single durable writes, as a share of bare SQLite',
  },
  {
    workload: 'local-read',
    figure: 'p50Ms',
    is: 'at most',
    bound: { times: 2, figure: 'controlP50Ms' },
    meaning: 'range of 50 by an index, ms, against bare SQL and JSON.parse',
  },
  {
    workload: 'local-read',
    figure: 'byIdP50Ms',
    is: 'at most',
    bound: { times: 3, figure: 'byIdMemoryP50Ms' },
    meaning: 'read by id, ms, against RxDB in memory',
  },
  {
    workload: 'local-read',
    figure: 'countParses',
    is: 'at most',
    bound: 0,
    meaning: 'texts parsed to count',
  },
  {
    workload: 'local-read',
    figure: 'firstQueryMs',
    is: 'at most',
    bound: 100,
    meaning: 'first query of an opened store, ms',
  },
  {
    workload: 'live-query',
    figure: 'p50Ms',
    is: 'at most',
    bound: 0.6,
    meaning: 'from a write to its live query, ms, median',
  },
  {
    workload: 'live-query',
    figure: 'p99Ms',
    is: 'at most',
    bound: 5,
    meaning: 'the same, p99',
  },
  {
    workload: 'search',
    figure: 'p50Ms',
    is: 'at most',
    bound: { times: 2, figure: 'controlP50Ms' },
    meaning: 'two words, 20 ranked hits, ms, against bare FTS5',
  },
  {
    workload: 'search',
    figure: 'p99Ms',
    is: 'at most',
    bound: 10,
    meaning: 'the same, p99',
  },
  {
    workload: 'search',
    figure: 'typedP50Ms',
    is: 'at most',
    bound: { times: 2, figure: 'controlTypedP50Ms' },
    meaning: 'a word and the beginning of another, as a search field asks, ms, against bare FTS5',
  },
  {
    workload: 'search',
    figure: 'prefixP99Ms',
    is: 'at most',
    bound: 30,
    meaning: 'prefix of four letters, p99, ms',
  },
  {
    workload: 'bundle',
    figure: 'browserKiB',
    is: 'at most',
    bound: 110,
    meaning: 'openDatastores with storage, search and transport after gzip, KiB that a page loads at once',
  },
  {
    workload: 'kept-records',
    figure: 'ratio',
    is: 'at least',
    bound: 0.5,
    meaning: 'records per second of a first pull that keeps them, as a share of one that does not',
  },
  {
    workload: 'kept-records',
    figure: 'remapRatio',
    is: 'at least',
    bound: 1,
    meaning: 'records per second under a raised mapping, as a share of reading them again',
  },
  {
    workload: 'propagation',
    figure: 'p50Ms',
    is: 'at most',
    bound: 3,
    meaning: 'from a write on one replica to the live query of the other, ms, median',
    clients: PAIR,
  },
  {
    workload: 'propagation',
    figure: 'p99Ms',
    is: 'at most',
    bound: 15,
    meaning: 'the same, p99',
    clients: PAIR,
  },
  {
    workload: 'propagation',
    figure: 'p50Ms',
    is: 'at most',
    bound: 10,
    meaning: 'from a write on one replica to those of all others, ms, median',
    clients: MANY,
  },
  {
    workload: 'propagation',
    figure: 'p99Ms',
    is: 'at most',
    bound: 50,
    meaning: 'the same, p99',
    clients: MANY,
  },
  {
    workload: 'fan-out',
    figure: 'p50Ms',
    is: 'at most',
    bound: 20,
    meaning: 'from one write to the live query of each replica, ms, median',
  },
  {
    workload: 'crowd',
    figure: 'p99Ms',
    is: 'below',
    bound: 250,
    meaning: 'from a change until each of many streams has told of it, ten a second, p99 in ms',
  },
  { workload: 'crowd', figure: 'missed', is: 'at most', bound: 0, meaning: 'changes that a stream has not told of' },
  {
    workload: 'crowd',
    figure: 'idleKib',
    is: 'below',
    bound: 64,
    meaning: 'memory of the server for an idle stream, KiB',
  },
  {
    workload: 'crowd',
    figure: 'stalledGrowthMiB',
    is: 'below',
    bound: 64,
    meaning: '100,000 changes that 1,000 streams do not read, growth of the server in MiB',
  },
  {
    workload: 'crowd',
    figure: 'healthyRatio',
    is: 'below',
    bound: 2,
    meaning: 'p99 of those that read beside them, as a multiple of before',
  },
  {
    workload: 'crowd',
    figure: 'backSeconds',
    is: 'below',
    bound: 60,
    meaning: 'until 5,000 devices are in step again after a restart, seconds',
  },
  ...BROWSER_TARGETS,
  {
    workload: 'push',
    figure: 'ratio',
    is: 'at least',
    bound: 0.5,
    meaning: 'offline edits per second, as a share of the bare pipe',
  },
  {
    workload: 'push-postgres',
    figure: 'ratio',
    is: 'at least',
    bound: 0.3,
    meaning: 'accepted durable documents per second, as a share of bare batched inserts',
  },
  {
    workload: 'push-postgres',
    figure: 'singlesPerSecond',
    is: 'at least',
    bound: 2_500,
    meaning: 'documents per second that 64 writers push one by one',
  },
  {
    workload: 'reconcile',
    figure: 'ratio',
    is: 'at least',
    bound: 0.3,
    meaning: 'records pulled per second, as a share of bare COPY',
  },
  {
    workload: 'reconcile',
    figure: 'pushRatio',
    is: 'at least',
    bound: 0.3,
    meaning: 'changes pushed per second, as a share of bare batched UPDATEs',
  },
  {
    workload: 'reconcile',
    figure: 'rssMiB',
    is: 'below',
    bound: 300,
    meaning: 'peak memory of the server in MiB (up to 1,000,000 records)',
  },
];
