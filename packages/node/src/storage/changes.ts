import type { RxDocumentData } from 'rxdb';
import { documentOf, STORED_TEXTS, type StoredTexts } from './stored-texts.ts';
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
  table: Table,
  { limit, upto = Number.MAX_SAFE_INTEGER }: { readonly limit: number; readonly upto?: number },
  checkpoint: Checkpoint | undefined,
): { documents: RxDocumentData<RxDocType>[]; checkpoint: Checkpoint } {
  const after = Number.isFinite(checkpoint?.seq) ? Number(checkpoint?.seq) : 0;
  indexSequence(table);
  const rows = table.statements
    .raw<[number, ...StoredTexts]>(
      `SELECT seq, ${STORED_TEXTS} FROM ${table.docs} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
    )
    .all(after, upto, limit);
  return {
    documents: rows.map(([, ...texts]) => documentOf(texts)),
    checkpoint: { seq: rows.at(-1)?.[0] ?? after },
  };
}

/** Made for the first who asks: replication does not (it has a journal), and every write would have to keep it. */
function indexSequence({ connection, database, docs, statements }: Table): void {
  const name = `${docs}_by_seq`;
  const known = statements.pluck("SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?").get(name);
  if (known === undefined)
    connection.commits.now(() => database.exec(`CREATE INDEX IF NOT EXISTS ${name} ON ${docs} (seq)`));
}
