import type { RxDocumentData } from 'rxdb';
import type { Table } from './table.ts';

/**
 * A position in the order of commits. Not the time of writing: clocks step back, thousands of documents share one time, and
 * another process may commit an older time later; each of these would hide changes from a reader.
 */
export interface Checkpoint {
  readonly seq: number;
}

/** The current states of up to `limit` documents written after the checkpoint, oldest write first, each once. */
export function changedSince<RxDocType>(
  { docs, statements }: Table,
  limit: number,
  checkpoint: Checkpoint | undefined,
): { documents: RxDocumentData<RxDocType>[]; checkpoint: Checkpoint } {
  const after = Number.isFinite(checkpoint?.seq) ? Number(checkpoint?.seq) : 0;
  const rows = statements
    .prepare<{ seq: number; data: string }>(`SELECT seq, data FROM ${docs} WHERE seq > ? ORDER BY seq LIMIT ?`)
    .all(after, limit);
  return {
    documents: rows.map((row) => JSON.parse(row.data)),
    checkpoint: { seq: rows.at(-1)?.seq ?? after },
  };
}
