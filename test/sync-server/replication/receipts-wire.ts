import type { Caller } from '@datastores/core/protocol';
import { parsePulledRows } from '@datastores/core/protocol';
import { type WriteReceipt, writeReceipts } from '@datastores/core/schema';
import { type openReceiptsPlace, sales } from '../../support/receipts-place.ts';
import { callerOf, headerOf, insertRow, type Wire } from './test-service.ts';

/** A sync server whose sales go to an ERP. */
export type Place = Awaited<ReturnType<typeof openReceiptsPlace>>;

/** The till that writes where a test does not say which. */
export const TILL = 'till-0001';

/** Another till. */
export const OTHER = 'till-0002';

/** The side of a till, by default that of anna. */
export function wireOf(place: Place, replica = TILL, caller: Caller = callerOf('anna')): Wire {
  return { service: place.service, caller, datastore: sales, replica };
}

/** The receipts of a replica, as the service tells them to a caller. */
export async function receiptsOf({ service, replica, caller }: Wire): Promise<readonly WriteReceipt[]> {
  const header = headerOf({ datastore: writeReceipts });
  const limits = { maxRows: 1_000, maxBytes: 1_000_000 };
  const answer = await service.pull({ ...header, replica, checkpoint: null, ...limits }, caller);
  if (answer.kind !== 'page') throw new Error('expected a page');
  return parsePulledRows(answer.documents).flatMap((row) => ('doc' in row ? [row.doc as unknown as WriteReceipt] : []));
}

/** The states of one receipt, by system. */
export async function stateOf(wire: Wire, id: string) {
  const receipt = (await receiptsOf(wire)).find(({ documentId }) => documentId === id);
  return receipt?.systems.map(({ system, state, reference, reason, field }) => ({
    system,
    state,
    reference,
    reason,
    field,
  }));
}

/** The row that inserts a sale. */
export const sale = (id: string, name = 'Sale') => insertRow({ id, name });
