import type { OutboxRow, OutboxSettle } from '../../../apps/sync-server/src/store/outbox.ts';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { SCOPE } from './edits.ts';

/** A time that no back-off outlives. */
const END_OF_TIME = Number.MAX_SAFE_INTEGER;

/** What may be sent to the ERP now. */
export function headsOf(store: Store, system = 'erp', now = END_OF_TIME): Promise<readonly OutboxRow[]> {
  return store.outboxHeads(system, { now, limit: 100 });
}

/** The only row that may be sent to the ERP now. */
export async function onlyHead(store: Store): Promise<OutboxRow> {
  const [head, ...others] = await headsOf(store);
  if (head === undefined || others.length > 0) throw new Error(`There are ${others.length + (head ? 1 : 0)} heads.`);
  return head;
}

/** Freezes a row, made from the newest state of its document unless `version` says otherwise. */
export async function send(store: Store, row: OutboxRow, version?: string): Promise<void> {
  const document = await store.document(row.scope, row);
  await store.outboxSend([{ seq: row.seq, payload: { sent: row.id }, version: version ?? document?.version ?? null }]);
}

/** Settles a row in a write of its scope. */
export async function settle(store: Store, row: OutboxRow, parts: Partial<OutboxSettle>): Promise<void> {
  const settled = { seq: row.seq, state: 'done', attempts: 0, notBefore: 0, error: null, ...parts } as const;
  await store.write({ scope: SCOPE }, () => ({ settle: [settled], result: null }));
}
