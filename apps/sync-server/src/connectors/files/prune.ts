import type { Step } from './exchange.ts';
import type { JournalEntry } from './journal.ts';

/**
 * Removes files that were read or written and are older than `keepDays`. The newest full export stays with all behind it,
 * since the index can be made again from these; without a full export every file is needed.
 */
export async function prune({ exchange, context }: Step, entries: readonly JournalEntry[]): Promise<void> {
  const { folder, options } = exchange;
  const start = entries.findLast(({ kind }) => kind === 'full')?.number ?? 0;
  const before = context.now() - options.keepDays * DAY_MS;
  for (const { number, mtimeMs, path } of entries) {
    if (number < start && mtimeMs < before) await folder.remove(path);
  }
}

const DAY_MS = 86_400_000;
