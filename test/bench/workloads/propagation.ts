import { profileWrites, spreadWrites } from '../live/spread-writes.ts';
import type { Workload } from '../workload.ts';

/** From a write on one live replica until the live queries of the others have it, durable everywhere. */
export const propagation: Workload = {
  name: 'propagation',
  summary: 'a write on one replica until the live query of another has it, against a bare POST and event stream',
  docs: 1_000,
  anyDatastore: false,
  clients: 2,
  alsoClients: [100],
  run: (bench) => spreadWrites(bench, bench.clients - 1),
  profile: (bench) => profileWrites(bench, bench.clients - 1),
};
