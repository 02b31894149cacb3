import { canonicalJson } from '@datastores/core/schema';
import type { Database } from 'better-sqlite3';
import type { DocumentKey, StoredDocument } from '../document.ts';
import type { Tally } from './tally.ts';

/** The newest state of a document, and where it is kept. */
export interface KeptDocument {
  readonly place: number;
  readonly document: StoredDocument;
  /** Number of the row by which its author made it; null if that is kept among the credits, or there was none. */
  readonly edit: number | null;
}

/** The documents, newest state of each. */
export type DocumentTable = ReturnType<typeof prepareDocuments>;

// Rows are lists, and parameters go by position: names cost as much as the whole lookup.
type Row = [
  seq: number,
  version: string,
  deleted: number,
  body: string,
  schemaVersion: number,
  author: string,
  base: string | null,
  at: number,
  edit: number | null,
  place: number,
];

type State = [
  seq: number,
  version: string,
  deleted: number,
  schemaVersion: number,
  author: string,
  base: string | null,
  at: number,
  body: string,
  edit: number | null,
];

/** Reads and writes single documents and keeps their tally. */
export function prepareDocuments(database: Database) {
  const read = database
    .prepare<[string, string, string], Row>(
      `select seq, version, deleted, body, schema_version, author, base, at, edit, rowid
       from document where scope = ? and datastore = ? and id = ?`,
    )
    .raw();
  const readVersion = database
    .prepare<[string, string, string], string>(
      'select version from document where scope = ? and datastore = ? and id = ?',
    )
    .pluck();
  const insert = database.prepare<[...State, string, string, string]>(
    `insert into document (seq, version, deleted, schema_version, author, base, at, body, edit, scope, datastore, id)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = database.prepare<[...State, number]>(
    `update document set seq = ?, version = ?, deleted = ?, schema_version = ?, author = ?, base = ?, at = ?, body = ?,
       edit = ? where rowid = ?`,
  );
  const addTally = database.prepare<[string, string, number, number]>(
    `insert into tally (scope, datastore, documents, tombstones) values (?, ?, ?, ?)
     on conflict (scope, datastore) do update set
       documents = documents + excluded.documents, tombstones = tombstones + excluded.tombstones`,
  );

  return {
    find,
    /** The version alone: bodies are long, and are made to strings when they are read. */
    versionOf: (scope: string, { datastore, id }: DocumentKey): string | null =>
      readVersion.get(scope, datastore, id) ?? null,
    get: (scope: string, key: DocumentKey): StoredDocument | null => find(scope, key)?.document ?? null,
    /** Puts a state in the place of the one before; null: there was none. */
    put: (document: StoredDocument, edit: number | null, place: number | null): void => {
      const { scope, datastore, id, seq, version, schemaVersion, author, base, at, body } = document;
      const deleted = document.deleted ? 1 : 0;
      if (place === null) {
        insert.run(seq, version, deleted, schemaVersion, author, base, at, body, edit, scope, datastore, id);
      } else {
        update.run(seq, version, deleted, schemaVersion, author, base, at, body, edit, place);
      }
    },
    addTally: (scope: string, datastore: string, { documents, tombstones }: Tally): void => {
      if (documents !== 0 || tombstones !== 0) addTally.run(scope, datastore, documents, tombstones);
    },
  };

  function find(scope: string, { datastore, id }: DocumentKey): KeptDocument | null {
    const row = read.get(scope, datastore, id);
    if (row === undefined) return null;
    const [seq, version, deleted, body, schemaVersion, author, base, at, edit, place] = row;
    const document = {
      scope,
      datastore,
      id,
      seq,
      version,
      deleted: deleted === 1,
      body,
      schemaVersion,
      author,
      base,
      at,
    };
    return { document, edit, place };
  }
}

/** The body that a deleted document keeps. */
export function tombstoneBody(id: string): string {
  return canonicalJson({ id });
}
