import type { Query } from '../../sql/session.ts';

/**
 * Says in the log, within the transaction of a write, which records of a stream were written and read back: changes of
 * them before this point need not be told to the writer. Needs no privilege.
 */
export async function writeMark(query: Query, slot: string, keys: readonly string[]): Promise<void> {
  await query('select pg_logical_emit_message(true, $1, $2::text)', [PREFIX, JSON.stringify({ slot, keys })]);
}

/** The keys in a message that {@link writeMark} wrote for this slot; null: it is another. */
export function readMark(
  message: { readonly prefix: string; readonly content: string },
  slot: string,
): ReadonlySet<string> | null {
  if (message.prefix !== PREFIX) return null;
  const mark = parse(message.content);
  if (mark === null || mark.slot !== slot || !Array.isArray(mark.keys)) return null;
  return new Set(mark.keys.filter((key) => typeof key === 'string'));
}

function parse(content: string): { readonly slot?: unknown; readonly keys?: unknown } | null {
  try {
    const parsed: unknown = JSON.parse(content);
    return typeof parsed === 'object' ? parsed : null;
  } catch {
    return null;
  }
}

const PREFIX = 'datastores';
