import type { OutboxSend } from '../outbox.ts';
import type { Work } from './group.ts';
import { sendRow } from './lanes.ts';
import { refreshReceipts } from './receipts.ts';
import type { WriteContext } from './write-job.ts';

/** Freezes payloads, and tells the replicas whose writes they carry. Throws OUTBOX_STALE, which undoes all of it. */
export function sendRows(context: WriteContext, sends: readonly OutboxSend[], work: Work): void {
  const sent = sends.map((send) => sendRow(context.tables, send, work.now));
  for (const { lane, behind } of sent) if (behind) work.told(lane.system);
  const lanes = sent.map(({ lane }) => lane);
  refreshReceipts(context, lanes, work);
}
