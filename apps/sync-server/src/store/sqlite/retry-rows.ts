import { DatastoreError } from '@datastores/core';
import type { OutboxRetry } from '../outbox.ts';
import type { Work } from './group.ts';
import type { Tables } from './tables.ts';

/** Takes dead rows up again and notes it. Throws LETTER_UNKNOWN, which undoes all of it, if one is not dead any more. */
export function retryRows({ outbox, history }: Tables, retries: readonly OutboxRetry[], work: Work): void {
  for (const retry of retries) {
    const row = outbox.retry(retry, work.now);
    if (row === null) {
      throw new DatastoreError('LETTER_UNKNOWN', `Row ${retry.seq} of the outbox is not dead any more.`);
    }
    const { scope, datastore, id, system, stream, writeId } = row;
    const detail = { stream: `${system}/${stream}`, writeId };
    history.add(scope, { datastore, id, kind: 'retried', by: 'operator', detail }, work.now);
    work.told(system);
  }
}
