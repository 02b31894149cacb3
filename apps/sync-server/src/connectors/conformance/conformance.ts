import { addChecks } from './adds.ts';
import { batchChecks } from './batches.ts';
import { changeChecks } from './changes.ts';
import type { ConformanceCheck } from './check.ts';
import { claimChecks } from './claims.ts';
import { closeChecks } from './closing.ts';
import { createChecks } from './creates.ts';
import { cursorChecks } from './cursors.ts';
import { deletionChecks } from './deletions.ts';
import { digestChecks } from './digests.ts';
import { guardChecks } from './guards.ts';
import { outageChecks } from './outages.ts';
import { outcomeChecks } from './outcomes.ts';
import type { ConnectorSubject } from './place.ts';
import { pointReadChecks } from './point-reads.ts';
import { scanChecks } from './scans.ts';
import { valueChecks } from './values.ts';

export type { ConformanceCheck } from './check.ts';
export { createContext } from './context.ts';
export type { ConnectorPlace, ConnectorSubject, OtherSide, Sample } from './place.ts';
export { type CheckResult, runChecks } from './run-checks.ts';

/**
 * The checks of everything that a stream claims, to be run by any test runner or by `datastores check-connector`. Each
 * opens a place of its own, so they may run in any order. Those that say nothing about the claimed traits are listed too,
 * with the reason.
 */
export function checkConnector(subject: ConnectorSubject): readonly ConformanceCheck[] {
  return GROUPS.flatMap((group) => group(subject));
}

const GROUPS: readonly ((subject: ConnectorSubject) => readonly ConformanceCheck[])[] = [
  claimChecks,
  pointReadChecks,
  changeChecks,
  cursorChecks,
  deletionChecks,
  scanChecks,
  digestChecks,
  outcomeChecks,
  createChecks,
  guardChecks,
  addChecks,
  batchChecks,
  valueChecks,
  outageChecks,
  closeChecks,
];
