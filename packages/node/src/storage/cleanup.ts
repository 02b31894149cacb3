import { now } from 'rxdb/plugins/utils';
import type { Table } from './table.ts';

/** Documents purged per call, so that no call holds the write lock and the event loop for long. */
const STEP = 1_000;

/**
 * Creates the function that purges documents deleted at least `minimumDeletedTime` milliseconds ago, with their attachments.
 * It returns false while more remain: call it again.
 */
export function createCleanup(table: Table): (minimumDeletedTime: number) => boolean {
  const { commits } = table.connection;
  return (minimumDeletedTime) => commits.now(() => purgeStep(table, now() - minimumDeletedTime)) < STEP;
}

function purgeStep({ docs, attachments, statements }: Table, deadline: number): number {
  const due = statements
    .prepare<{ row: number; id: string }>(
      `SELECT row, id FROM ${docs} WHERE deleted = 1 AND lwt <= ? ORDER BY lwt LIMIT ${STEP}`,
    )
    .all(deadline);
  if (due.length === 0) return 0;
  const purge = statements.prepare(`DELETE FROM ${docs} WHERE row = ?`);
  for (const { row, id } of due) {
    purge.run(row);
    if (attachments) statements.prepare(`DELETE FROM ${attachments} WHERE document = ?`).run(id);
  }
  return due.length;
}
