import { DatastoreError } from '@datastores/core';
import type { OutboxRetry, OutboxRow } from '../outbox.ts';
import type { Work } from './group.ts';
import { retryLane } from './lanes.ts';
import { refreshReceipts } from './receipts.ts';
import type { WriteContext } from './write-job.ts';

/**
 * Takes dead rows up again, and tells their history and the replicas whose writes they carry. Throws LETTER_UNKNOWN, which
 * undoes all of it, if one is not dead any more.
 */
export function retryRows(context: WriteContext, retries: readonly OutboxRetry[], work: Work): void {
  const { tables } = context;
  const rows: OutboxRow[] = [];
  for (const retry of retries) {
    const row = retryLane(tables, retry, work.now);
    if (row === null) {
      throw new DatastoreError('LETTER_UNKNOWN', `Row ${retry.seq} of the outbox is not dead any more.`);
    }
    const { scope, datastore, id, system, stream, writeId } = row;
    const detail = { stream: `${system}/${stream}`, writeId };
    tables.history.add(scope, { datastore, id, kind: 'retried', by: 'operator', detail }, work.now);
    work.told(system);
    rows.push(row);
  }
  refreshReceipts(context, rows, work);
}
