import type { StoredDocument } from './document.ts';
import type { HistoryEvent } from './history.ts';

/** What is kept of a document, from one snapshot. */
export interface KeptHistory {
  /** Its events, oldest first. */
  readonly events: readonly HistoryEvent[];
  /** Events that concern every document, oldest first. */
  readonly ofAll: readonly HistoryEvent[];
  readonly stored: StoredDocument | null;
}

/** The chain of a document, oldest first, filled up with what documents and events say of states without an event. */
export function historyOf({ events, ofAll, stored }: KeptHistory): readonly HistoryEvent[] {
  const beginning = beginningOf(events, stored);
  const chain = beginning === null ? events : inserted(events, beginning);
  const since = chain[0]?.at;
  if (since === undefined) return [];
  return ofAll.filter(({ at }) => at > since).reduce(inserted, chain);
}

/** The state before the first event that tells of one: what it replaced, or the only one there ever was. */
function beginningOf(events: readonly HistoryEvent[], stored: StoredDocument | null): HistoryEvent | null {
  const first = events.find(({ seq }) => seq !== null);
  if (first !== undefined) {
    const { replaced, scope, datastore, id } = first;
    if (replaced === null) return null;
    const { by, at, seq, deleted } = replaced;
    const kind = replaced.first ? firstKind(by, deleted) : 'state';
    return { scope, datastore, id, kind, at, by, seq, replaced: null, changed: null };
  }
  if (stored === null) return null;
  const { scope, datastore, id, at, author: by, seq, deleted, base } = stored;
  const kind = base === null ? firstKind(by, deleted) : 'state';
  return { scope, datastore, id, kind, at, by, seq, replaced: null, changed: null };
}

function firstKind(by: string, deleted: boolean): HistoryEvent['kind'] {
  if (deleted) return 'deleted';
  return by.startsWith('@') ? 'pulled' : 'accepted';
}

/** Where an event without a number of its own belongs by its time. The order of the others stays. */
function inserted(chain: readonly HistoryEvent[], event: HistoryEvent): readonly HistoryEvent[] {
  const isLater = ({ at, seq }: HistoryEvent) => at >= event.at || (event.seq !== null && seq !== null);
  const index = chain.findIndex(isLater);
  return index < 0 ? [...chain, event] : chain.toSpliced(index, 0, event);
}
