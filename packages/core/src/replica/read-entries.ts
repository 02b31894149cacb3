import { type JournalEntry, journalKey } from './journal-entry.ts';

/** What could be read of a journal. */
export interface ReadEntries {
  readonly entries: readonly JournalEntry[];
  /** Entries that are there but cannot be read, with their names where these can. */
  readonly unreadable: readonly { readonly kind: string; readonly datastore: string; readonly id: string }[];
}

/**
 * Reads journal entries out of documents as they were stored, in any order, possibly damaged, outdated or none at all. Of
 * several states of one entry the latest counts.
 */
export function readEntries(documents: readonly object[]): ReadEntries {
  const latest = new Map<string, object>();
  for (const document of documents) {
    const key = textOf(document, 'key');
    const known = latest.get(key);
    if (key !== '' && (known === undefined || height(document) > height(known))) latest.set(key, document);
  }
  const living = [...latest.values()].filter((document) => Reflect.get(document, '_deleted') !== true);
  const entries: JournalEntry[] = [];
  const unreadable: ReadEntries['unreadable'][number][] = [];
  for (const document of living) {
    const entry = entryOf(document);
    if (entry !== null) entries.push(entry);
    else
      unreadable.push({
        kind: textOf(document, 'kind'),
        datastore: textOf(document, 'datastore'),
        id: textOf(document, 'id'),
      });
  }
  return { entries, unreadable };
}

function entryOf(document: object): JournalEntry | null {
  const entry: unknown = Reflect.get(document, 'entry');
  if (entry === null || typeof entry !== 'object') return null;
  const known = entry as JournalEntry;
  return isEntry(known) && journalKey(known) === textOf(document, 'key') ? known : null;
}

/** What every later step takes for granted of an entry. */
function isEntry(entry: JournalEntry): boolean {
  if (entry.kind === 'edit') {
    const bases = entry.next === undefined ? [entry.base] : [entry.base, entry.next];
    return Number.isInteger(entry.order) && Number.isInteger(entry.schemaVersion) && bases.every(isBase);
  }
  if (entry.kind === 'rejected') return Number.isInteger(entry.order) && typeof entry.code === 'string';
  if (entry.kind === 'identity') return typeof entry.replica === 'string' && entry.replica !== '';
  return ['state', 'quarantined'].includes(entry.kind);
}

function isBase(base: unknown): boolean {
  if (base === null || typeof base !== 'object') return false;
  const [version, document] = [Reflect.get(base, 'version'), Reflect.get(base, 'document')];
  return (version === null || typeof version === 'string') && typeof document === 'object';
}

function textOf(document: object, field: string): string {
  const value: unknown = Reflect.get(document, field);
  return typeof value === 'string' ? value : '';
}

/** Number at the beginning of the revision; what has none is older than anything. */
function height(document: object): number {
  return Number.parseInt(textOf(document, '_rev'), 10) || 0;
}
