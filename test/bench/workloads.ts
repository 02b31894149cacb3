import type { Workload } from './workload.ts';
import { browser } from './workloads/browser.ts';
import { bundle } from './workloads/bundle.ts';
import { crowd } from './workloads/crowd.ts';
import { fanOut } from './workloads/fan-out.ts';
import { initialSync } from './workloads/initial-sync.ts';
import { keptRecords } from './workloads/kept-records.ts';
import { liveQuery } from './workloads/live-query.ts';
import { localRead } from './workloads/local-read.ts';
import { localWrite } from './workloads/local-write.ts';
import { propagation } from './workloads/propagation.ts';
import { push } from './workloads/push.ts';
import { pushPostgres } from './workloads/push-postgres.ts';
import { reconcile } from './workloads/reconcile.ts';
import { search } from './workloads/search.ts';

/** All workloads, in the order in which `all` runs them. */
export const WORKLOADS: readonly Workload[] = [
  initialSync,
  localWrite,
  localRead,
  liveQuery,
  search,
  browser,
  push,
  pushPostgres,
  reconcile,
  keptRecords,
  propagation,
  fanOut,
  crowd,
  bundle,
];
