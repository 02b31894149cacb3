import type { DocumentKey, StoredDocument } from '../document.ts';
import type { HistoryEvent } from '../history.ts';
import type { Tables } from './tables.ts';

const EVERYTHING = { datastore: '', id: '' };

/** The chain of a document, oldest first, filled up with what documents and events say of states without an event. */
export function historyOf({ history, documents }: Tables, scope: string, key: DocumentKey): readonly HistoryEvent[] {
  const events = history.of(scope, key).map(({ event }) => event);
  const stored = documents.get(scope, key);
  const beginning = beginningOf(events, stored);
  const chain = beginning === null ? events : inserted(events, beginning);
  const since = chain[0]?.at;
  if (since === undefined) return [];
  const all = history.of('', EVERYTHING).map(({ event }) => event);
  return all.filter(({ at }) => at > since).reduce(inserted, chain);
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
