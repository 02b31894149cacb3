import type { Entry, Folder } from './folder.ts';
import type { Layout } from './layout.ts';

/** What a file in `done` or `sent` is. */
export type EntryKind = 'full' | 'delta' | 'ack' | 'sent';

/** One file that was read or handed over. All together, in the order of their numbers, are what the index is made from. */
export interface JournalEntry {
  readonly number: number;
  readonly kind: EntryKind;
  /** The name as it came. */
  readonly name: string;
  readonly path: string;
  readonly mtimeMs: number;
}

/** All entries in their order. */
export async function listJournal(folder: Folder, { done, sent }: Layout): Promise<JournalEntry[]> {
  const lists = await Promise.all(
    [done, sent].map(async (path) => (await folder.list(path)).map((entry) => toEntry(path, entry))),
  );
  return lists
    .flat()
    .filter((entry) => entry !== null)
    .sort((a, b) => a.number - b.number || (a.path < b.path ? -1 : 1));
}

/** The name under which a file is kept: its number first, so that names sort as the files were read. */
export function journalName(number: number, kind: EntryKind, name: string): string {
  return `${String(number).padStart(10, '0')}.${kind}~${name}`;
}

function toEntry(path: string, { name, kind, mtimeMs }: Entry): JournalEntry | null {
  const parts = /^(\d{10})\.(full|delta|ack|sent)~(.+)$/s.exec(name);
  if (!parts || kind !== 'file') return null;
  return {
    number: Number(parts[1]),
    kind: parts[2] as EntryKind,
    name: parts[3] ?? '',
    path: `${path}/${name}`,
    mtimeMs,
  };
}
