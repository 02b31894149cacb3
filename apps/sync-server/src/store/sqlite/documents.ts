import type { Database } from 'better-sqlite3';
import type { DocumentKey } from '../document.ts';
import type { DocumentTable, KeptDocument } from '../work/tables.ts';

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
export function prepareDocuments(database: Database): DocumentTable {
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
    versionOf: (scope, { datastore, id }) => readVersion.get(scope, datastore, id) ?? null,
    get: (scope, key) => find(scope, key)?.document ?? null,
    put: (document, edit, place) => {
      const { scope, datastore, id, seq, version, schemaVersion, author, base, at, body } = document;
      const deleted = document.deleted ? 1 : 0;
      if (place === null) {
        insert.run(seq, version, deleted, schemaVersion, author, base, at, body, edit, scope, datastore, id);
      } else {
        update.run(seq, version, deleted, schemaVersion, author, base, at, body, edit, place);
      }
    },
    addTally: (scope, datastore, { documents, tombstones }) => {
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
