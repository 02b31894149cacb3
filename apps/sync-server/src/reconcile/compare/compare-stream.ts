import { saveScanState } from '../scan-state.ts';
import type { EngineStream, SystemReach } from '../system-reach.ts';
import { compareByDigests } from './by-digests.ts';
import { compareByScan } from './by-scan.ts';
import { beginRun, type CompareOptions, keep, type Run, readEverything } from './run.ts';
import { sweepUnseen } from './sweep.ts';
import { compareUnlinked } from './unlinked.ts';

/**
 * Compares every record of a stream with its document, in the order of keys, then looks for what was not seen on one of
 * the sides. Goes on where an interrupted comparison of the kind stopped. What it repairs goes the ordinary ways: a record
 * is merged as if it had been pulled, a document is told by a row of the outbox.
 */
export async function compareStream(reach: SystemReach, stream: EngineStream, options: CompareOptions): Promise<void> {
  const run = await beginRun(reach, stream, options);
  // From here on it goes on after a crash, whoever asked for it.
  if (!run.light) await keep(run, {});
  if (run.state.phase === 'reading') await readRecords(run);
  if (run.state.phase === 'sweeping') {
    if (run.repairs) run.brake = await sweepUnseen(run);
    await keep(run, { phase: 'unlinked', brake: run.brake });
  }
  if (run.brake === null && !run.light) await compareUnlinked(run);
  await end(run);
}

async function readRecords(run: Run): Promise<void> {
  if (run.state.way === 'digest') {
    const reason = await compareByDigests(run);
    if (reason !== null) {
      run.reach.log.info('digests-not-used', { system: run.reach.system, stream: run.stream.name, reason });
      readEverything(run, reason);
    }
  }
  if (run.state.way === 'scan') await compareByScan(run);
  await keep(run, { phase: 'sweeping', after: null, brake: run.brake });
}

async function end(run: Run): Promise<void> {
  const { reach, stream, state } = run;
  const now = reach.clock.now();
  const brake = run.brake;
  if (brake !== null) {
    const what = run.repairs ? 'nothing was deleted' : 'a repair would delete nothing';
    run.tally.brake(`At least ${brake.absent} of ${brake.living} records are gone: ${what} without --allow-mass.`);
  }
  const report = run.light ? state.report : { ...run.tally.comparison(), endedAt: now };
  run.state = { ...state, phase: 'idle', after: null, endedAt: now, brake, report };
  await saveScanState(reach.store, stream.binding, { state: run.state, kind: run.kind });
  const { activity } = stream.memory;
  if (run.repairs) activity.scannedAt = now;
  if (run.repairs) activity.asOf = Math.max(activity.asOf ?? 0, state.startedAt ?? 0);
  const about = { system: reach.system, stream: stream.name };
  if (brake !== null) reach.log.error('mass-delete-brake', { ...about, ...brake });
  else reach.log.info(run.repairs ? 'scan-ended' : 'comparison-ended', { ...about, ...run.tally.comparison().counts });
}
