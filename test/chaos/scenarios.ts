import type { Scenario } from './scenario.ts';
import { copies } from './scenarios/copies.ts';
import { diskFull } from './scenarios/disk-full.ts';
import { ioErrors } from './scenarios/io-errors.ts';
import { kills } from './scenarios/kills.ts';
import { migrations } from './scenarios/migrations.ts';
import { partitions } from './scenarios/partitions.ts';
import { restores } from './scenarios/restores.ts';

/** All faults, in the order in which they are put to the processes. */
export const SCENARIOS: readonly Scenario[] = [kills, migrations, partitions, restores, copies, diskFull, ioErrors];
