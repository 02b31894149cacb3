import { SystemError } from '../connector.ts';
import { applyFile } from './apply-file.ts';
import type { Step } from './exchange.ts';
import { FileRefused } from './file-refused.ts';
import { type JournalEntry, listJournal } from './journal.ts';
import { prune } from './prune.ts';
import { tellReport, writeHead } from './read-new-files.ts';
import { createReport } from './report.ts';
import { finishHandover, readSentEntry } from './sent-entry.ts';
import { spool } from './spool.ts';

/**
 * Brings the index up to what lies in `done` and `sent`: files that another server has read or written, that this one was
 * killed over, or all of them where the index is new. A handover that was cut off is ended.
 */
export async function replayJournal(step: Step, { recover }: { readonly recover: boolean }): Promise<void> {
  const { exchange, inside } = step;
  const entries = await listJournal(exchange.folder, exchange.layout);
  const known = inside.lastEntry();
  const lastSent = entries.findLast(({ kind }) => kind === 'sent');
  if (lastSent && (recover || lastSent.number > known)) await finishHandover(exchange, lastSent);
  for (const entry of entriesToReplay(entries, known)) await replay(step, entry);
  step.last = Math.max(entries.at(-1)?.number ?? 0, known);
  if (step.last > known) await writeHead(step);
  if (recover) await prune(step, entries);
}

/**
 * Entries that the index does not know yet. Where older ones were removed it can start at a full export; without one what
 * would be missing is unknown, and nothing may be answered.
 */
export function entriesToReplay(entries: readonly JournalEntry[], known: number): readonly JournalEntry[] {
  const fresh = entries.filter(({ number }) => number > known);
  const gapless = (from: number, list: readonly JournalEntry[]) => list.every(({ number }, at) => number === from + at);
  const start = fresh.findLastIndex(({ kind }) => kind === 'full');
  const whole = gapless(known + 1, fresh);
  // Of a long history only the newest full export and what came behind it matters, and what we wrote.
  if (whole && (known > 0 || start < 0)) return fresh;
  const first = fresh[start];
  if (first && gapless(first.number, fresh.slice(start))) {
    return [...fresh.slice(0, start).filter(({ kind }) => kind === 'sent'), ...fresh.slice(start)];
  }
  const numbers = new Set(fresh.map(({ number }) => number));
  const missing =
    [...Array(fresh.at(-1)?.number ?? 0).keys()].find((at) => at + 1 > known && !numbers.has(at + 1)) ?? 0;
  throw new SystemError(
    'shape',
    `File number ${missing + 1} is missing from done and sent, and no full export follows it. Put it back; or stop the server, empty done and sent of this stream, remove its state folder, and drop a full export.`,
  );
}

async function replay(step: Step, entry: JournalEntry): Promise<void> {
  const { exchange, writer, context } = step;
  const { options, stream, folder } = exchange;
  if (entry.kind === 'sent') {
    const { at, writes } = await readSentEntry(folder, entry);
    await writer.commit(async () => {
      for (const { write, key } of writes) writer.hand(write, key, { entry: entry.number, at });
      writer.finish(entry.number, null);
    });
    return;
  }
  const { kind, name, number } = entry;
  await using copy = await spool(folder, entry.path, step.stateFolder);
  const report = createReport(kind);
  const file = { path: copy.path, name, kind, entry: number, brake: false };
  try {
    await writer.commit(async () => {
      await applyFile({ options, stream, writer, context }, file, report);
      writer.finish(number, { name, hash: copy.hash, kind });
    });
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    const message = `${entry.path} was read before and cannot be read now, as it ${error.message}. Put back what was changed: the file, or the options of the stream.`;
    throw new SystemError('shape', message, { cause: error });
  }
  await tellReport(step, { entry: number, name, report });
}
