import type { PushOutcome } from '../protocol/push.ts';
import type { RejectedChange } from '../replica/journal-entry.ts';
import type { ApplyTarget } from './apply-page.ts';
import type { PendingChange } from './collect-changes.ts';

/** What goes on the rejected list for a pushed change; null where it was taken, or where nothing of the user is lost. */
export function refusedChange(
  target: ApplyTarget,
  outcome: PushOutcome,
  pending: PendingChange | undefined,
): RejectedChange | null {
  if (pending === undefined || outcome.is === 'accepted' || outcome.is === 'merged') return null;
  if (pending.undone && !isDeletionRefused(outcome, pending)) return null;
  return {
    kind: 'rejected',
    datastore: target.datastore.name,
    id: outcome.id,
    order: pending.entry.order,
    code: outcome.code,
    message: outcome.message,
    document: pending.sent,
    at: target.now(),
  };
}

/** A document that was inserted and deleted is there all the same, where the insert had arrived and others changed it since. */
function isDeletionRefused(outcome: PushOutcome, { sent }: PendingChange): boolean {
  return sent === null && outcome.is === 'conflict' && outcome.document !== null;
}
