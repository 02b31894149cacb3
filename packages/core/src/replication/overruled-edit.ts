import type { RejectedChange } from '../replica/journal-entry.ts';
import { contentOf, type StoredDocument } from '../replica/stored.ts';
import { sameJson } from '../schema/canonical.ts';
import type { Datastore } from '../schema/datastore.ts';
import type { JsonDocument } from '../schema/document.ts';
import { diffDocument, mergeChange } from '../schema/merge.ts';
import type { ApplyTarget } from './apply-page.ts';
import type { Settlement } from './settle-outcomes.ts';

/** What meets when the answer to a push comes to a document that was edited since it was sent. */
interface Meeting {
  /** What the server has now. */
  readonly document: JsonDocument;
  readonly sent: JsonDocument;
  readonly local: JsonDocument;
}

/** What was edited since it was sent, on top of what the server has made of that. */
export function rebasedEdit(datastore: Datastore, { document, sent, local }: Meeting) {
  return mergeChange(datastore, document, diffDocument(sent, local));
}

/**
 * The edit of a document that was made while its push was under way and that the answer decides against, at least in one
 * field, or the deletion; null where there is none. The server never hears of these values, so nothing but the rejected list tells of them.
 */
export function overruledEdit(
  target: ApplyTarget,
  { pending, base, edited, yields }: Settlement,
  stored: StoredDocument | undefined,
): RejectedChange | null {
  if (yields) return rejection(target, pending.entry.id, { document: null, message: YIELDED });
  const document = base?.document ?? null;
  if (!edited || stored === undefined || stored._deleted || document === null || pending.sent === null) return null;
  const local = contentOf(stored);
  const { decisions } = rebasedEdit(target.datastore, { document, sent: pending.sent, local });
  const fields = decisions.filter(({ replica, result }) => !sameJson(replica, result)).map(({ field }) => `"${field}"`);
  if (fields.length === 0) return null;
  const message = `${fields.join(', ')} had been changed on the server when this was written, and the server's state counts.`;
  return rejection(target, stored.id, { document: local, message });
}

const YIELDED = 'Others had changed it on the server when it was deleted, so it was not deleted.';

function rejection(
  target: ApplyTarget,
  id: string,
  change: Pick<RejectedChange, 'document' | 'message'>,
): RejectedChange {
  return {
    kind: 'rejected',
    datastore: target.datastore.name,
    id,
    // Its own: the edit goes on with its other fields, and its acceptance must not take this off the list.
    order: target.journal.index.nextOrder(),
    code: 'CHANGE_CONFLICT',
    at: target.now(),
    ...change,
  };
}
