import type { JournalEntry } from './journal-entry.ts';

/** What is kept in memory of a journal entry. */
export interface IndexedEntry {
  readonly kind: JournalEntry['kind'];
  readonly datastore: string;
  readonly id: string;
  /** Place in the order of edits; that of the edit for a rejected change, 0 for everything else. */
  readonly order: number;
}

/** Names and kinds of all entries of a journal, by key, with the number of unpushed edits counted along. */
export interface JournalIndex {
  has(key: string): boolean;
  get(key: string): IndexedEntry | undefined;
  values(): Iterable<IndexedEntry>;
  /** Unpushed edits of one datastore, or of all. */
  edits(datastore?: string): number;
  /** Entries of a kind in one datastore. */
  count(kind: JournalEntry['kind'], datastore: string): number;
  set(key: string, entry: IndexedEntry): void;
  delete(key: string): void;
  /** The next number in the order of edits. */
  nextOrder(): number;
}

/** An empty index. */
export function createJournalIndex(): JournalIndex {
  const entries = new Map<string, IndexedEntry>();
  const counts = new Map<JournalEntry['kind'], Map<string, number>>();
  let highestOrder = 0;

  function tally(entry: IndexedEntry | undefined, step: 1 | -1): void {
    if (entry === undefined) return;
    const ofKind = counts.get(entry.kind) ?? new Map<string, number>();
    counts.set(entry.kind, ofKind);
    ofKind.set(entry.datastore, (ofKind.get(entry.datastore) ?? 0) + step);
  }

  return {
    has: (key) => entries.has(key),
    get: (key) => entries.get(key),
    values: () => entries.values(),
    edits(datastore) {
      const edits = counts.get('edit');
      if (datastore !== undefined) return edits?.get(datastore) ?? 0;
      return [...(edits?.values() ?? [])].reduce((sum, number) => sum + number, 0);
    },
    count: (kind, datastore) => counts.get(kind)?.get(datastore) ?? 0,
    set(key, entry) {
      tally(entries.get(key), -1);
      tally(entry, 1);
      entries.set(key, entry);
      highestOrder = Math.max(highestOrder, entry.order);
    },
    delete(key) {
      tally(entries.get(key), -1);
      entries.delete(key);
    },
    nextOrder() {
      highestOrder += 1;
      return highestOrder;
    },
  };
}
