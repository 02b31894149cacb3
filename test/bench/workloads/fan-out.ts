import { profileWrites, spreadWrites } from '../live/spread-writes.ts';
import type { Workload } from '../workload.ts';

/** From one write until the live query of each of many replicas has it. The replica that writes comes on top. */
export const fanOut: Workload = {
  name: 'fan-out',
  summary: 'one write until the live queries of many replicas have it, against a bare POST and event streams',
  docs: 200,
  anyDatastore: false,
  clients: 200,
  run: (bench) => spreadWrites(bench, bench.clients),
  profile: (bench) => profileWrites(bench, bench.clients),
};
