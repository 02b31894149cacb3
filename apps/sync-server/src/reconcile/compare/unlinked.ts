import type { UnlinkedDocument } from '../../store/linked.ts';
import { judgeUnlinked } from './judge.ts';
import { LINKED_AT_ONCE } from './links-of.ts';
import { tellDocuments } from './repair.ts';
import type { Run } from './run.ts';

/**
 * Looks for documents that should be over there, have no record and are not on their way. If they are too many, nothing
 * is created: a binding that is new, or a match that finds nothing, looks the same.
 */
export async function compareUnlinked(run: Run): Promise<void> {
  const { reach, stream } = run;
  const { binding } = stream;
  if (binding.toRecord === undefined || binding.creates === false) return;
  const about = { system: reach.system, stream: stream.name, datastore: binding.datastore.name };
  const untold: UnlinkedDocument[] = [];
  for (let after: { readonly scope: string; readonly id: string } | null = null; ; ) {
    const rows: readonly UnlinkedDocument[] = await reach.store.unlinked({ ...about, after, limit: LINKED_AT_ONCE });
    for (const row of rows) {
      const drift = judgeUnlinked(row);
      run.tally.add(drift);
      if (drift.repair === 'push' && untold.length <= run.most) untold.push(row);
    }
    const last = rows.at(-1)?.document;
    if (rows.length < LINKED_AT_ONCE || last === undefined) break;
    after = { scope: last.scope, id: last.id };
    await run.between();
  }
  if (untold.length > run.most) {
    run.tally.brake(`At least ${untold.length} documents have no record: none is created without --allow-mass.`);
    reach.log.error('mass-create-brake', { ...about, documents: untold.length });
  } else if (run.repairs) {
    await tellDocuments(
      run,
      untold.map(({ document }) => document),
    );
  }
}
