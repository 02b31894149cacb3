import { canonicalJson } from '@datastores/core/schema';
import type { Database } from 'better-sqlite3';
import type { DocumentKey, StoredDocument } from '../document.ts';

/** A row of the table, as SQLite returns it. */
export interface DocumentRow extends Omit<StoredDocument, 'deleted'> {
  readonly deleted: number;
}

/** The columns of a {@link DocumentRow}. */
export const DOCUMENT_COLUMNS =
  'scope, datastore, id, seq, version, deleted, body, schema_version as schemaVersion, author, base, at';

/** The documents, newest state of each. */
export type DocumentTable = ReturnType<typeof prepareDocuments>;

/** Reads and writes single documents and keeps their tally. */
export function prepareDocuments(database: Database) {
  const read = database.prepare<[string, string, string], DocumentRow>(
    `select ${DOCUMENT_COLUMNS} from document where scope = ? and datastore = ? and id = ?`,
  );
  const readDeleted = database
    .prepare<[string, string, string], number>(
      'select deleted from document where scope = ? and datastore = ? and id = ?',
    )
    .pluck();
  const write = database.prepare<[DocumentRow]>(
    `insert into document (scope, datastore, id, seq, version, deleted, schema_version, author, base, at, body)
     values (:scope, :datastore, :id, :seq, :version, :deleted, :schemaVersion, :author, :base, :at, :body)
     on conflict (scope, datastore, id) do update set
       seq = excluded.seq, version = excluded.version, deleted = excluded.deleted,
       schema_version = excluded.schema_version, author = excluded.author, base = excluded.base,
       at = excluded.at, body = excluded.body`,
  );
  const addTally = database.prepare<[string, string, number, number]>(
    `insert into tally (scope, datastore, documents, tombstones) values (?, ?, ?, ?)
     on conflict (scope, datastore) do update set
       documents = documents + excluded.documents, tombstones = tombstones + excluded.tombstones`,
  );

  return {
    get: (scope: string, key: DocumentKey): StoredDocument | null => {
      const row = read.get(scope, key.datastore, key.id);
      return row === undefined ? null : documentOf(row);
    },
    /** Puts the states of one datastore in place. */
    put: (documents: readonly StoredDocument[]): void => {
      const tally = { documents: 0, tombstones: 0 };
      for (const document of documents) {
        const before = readDeleted.get(document.scope, document.datastore, document.id);
        if (before !== undefined) tally[before === 1 ? 'tombstones' : 'documents'] -= 1;
        tally[document.deleted ? 'tombstones' : 'documents'] += 1;
        write.run({ ...document, deleted: document.deleted ? 1 : 0 });
      }
      const [first] = documents;
      if (first === undefined || (tally.documents === 0 && tally.tombstones === 0)) return;
      addTally.run(first.scope, first.datastore, tally.documents, tally.tombstones);
    },
    addTally: (scope: string, datastore: string, tombstones: number): void =>
      void addTally.run(scope, datastore, 0, tombstones),
  };
}

/** The document of a row. */
export function documentOf(row: DocumentRow): StoredDocument {
  return { ...row, deleted: row.deleted === 1 };
}

/** The body that a deleted document keeps. */
export function tombstoneBody(id: string): string {
  return canonicalJson({ id });
}
