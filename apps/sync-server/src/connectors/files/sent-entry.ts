import { createInterface } from 'node:readline';
import { SystemError, type Write } from '../connector.ts';
import type { Exchange } from './exchange.ts';
import type { Folder } from './folder.ts';
import type { JournalEntry } from './journal.ts';

/** A batch of writes as it was handed over: what makes a repeat of any of them known. */
export interface SentEntry {
  /** Name of the file in the outbox. */
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly writes: readonly { readonly write: Write; readonly key: string }[];
}

/** The content of an entry in `sent`: a line about the file, then one for each write. */
export function formatSentEntry({ file, at, writes }: SentEntry): string {
  return [{ file, at, writes: writes.length }, ...writes].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Reads an entry. Throws SystemError `shape` if it was damaged. */
export async function readSentEntry(folder: Folder, { path }: JournalEntry): Promise<SentEntry> {
  const lines: unknown[] = [];
  try {
    for await (const line of createInterface(await folder.open(path))) lines.push(JSON.parse(line));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const [head, ...writes] = lines as [Omit<SentEntry, 'writes'> & { writes: number }, ...SentEntry['writes']];
  if (head?.writes === writes.length) return { file: head.file, at: head.at, writes };
  throw new SystemError('shape', `${path} is damaged. Put it back as it was; it says what has been handed over.`);
}

/** Where a file of the outbox is before it is whole. */
export function temporaryName(file: string): string {
  return `.${file}.tmp`;
}

/** Ends a handover: gives the file its name, and its marker. The other side may have taken both already. */
export async function finishHandover(
  { folder, layout, stream }: Pick<Exchange, 'folder' | 'layout' | 'stream'>,
  entry: JournalEntry,
): Promise<void> {
  const { file } = await readSentEntry(folder, entry);
  const final = `${layout.outbox}/${file}`;
  const temporary = `${layout.outbox}/${temporaryName(file)}`;
  if ((await folder.entry(temporary)) !== null) await folder.move(temporary, final);
  const marker = stream.outbox?.marker;
  if (marker !== undefined && (await folder.entry(final)) !== null) await folder.create(final + marker, '');
}
