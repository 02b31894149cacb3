import type Database from 'better-sqlite3';
import type { RxJsonSchema } from 'rxdb';
import type { Connection } from './connection.ts';
import { rebuildKeys } from './keys.ts';
import { type Layout, layoutOf } from './layout.ts';
import { dropIndex } from './search/definition.ts';
import { textKey } from './sort-key.ts';
import { createStatements, type Statements } from './statements.ts';
import { assumeStatistics } from './statistics.ts';

/** Which collection a table belongs to. Names may hold any character: they are values in SQLite, never part of a name there. */
export interface TableKey {
  readonly databaseName: string;
  readonly collectionName: string;
  readonly schema: Readonly<RxJsonSchema<never>>;
}

/** The table of one collection in one schema version, with its own prepared statements. */
export interface Table {
  readonly connection: Connection;
  readonly database: Database.Database;
  readonly statements: Statements;
  readonly layout: Layout;
  readonly id: number;
  /** SQL name of the documents' table. */
  readonly docs: string;
  readonly indexes: readonly Index[];
  /** Parameters: seq, rev, deleted, lwt, data, tail, id, and the key columns. */
  readonly insertSql: string;
  /** Parameters: seq, rev, deleted, lwt, data, tail, the key columns, and id. */
  readonly updateSql: string;
  /** The same for a document that stays where it is in every index. Parameters: seq, rev, lwt, data, tail, and id. */
  readonly updateContentSql: string;
  /** SQL name of the attachments' table, where the schema has attachments. */
  readonly attachments: string | undefined;
}

/** An index of the documents' table, by the names of its columns. */
export interface Index {
  readonly name: string;
  readonly columns: readonly string[];
}

interface Entry {
  readonly id: number;
  readonly key_paths: string;
}

/** Opens the table of a collection, creating or completing it (columns, indexes) where the schema asks for more than is there. */
export function openTable(connection: Connection, key: TableKey): Table {
  const found = existingTable(connection, key);
  if (found && isComplete(found)) return found;
  return connection.commits.now(() => createTable(connection, key));
}

/** Creates the indexes that are missing. Call it in a transaction. */
export function createIndexes(table: Table): void {
  for (const index of missingIndexes(table)) table.database.exec(indexSql(table, index));
  assumeStatistics(table);
}

/** The statement that creates an index, or leaves it as it is. */
export function indexSql({ docs }: Table, { name, columns }: Index): string {
  return `CREATE INDEX IF NOT EXISTS ${name} ON ${docs} (${columns.join(', ')})`;
}

/** Drops the table with all its data. Sequence numbers go on behind its last one, for whoever keeps a checkpoint of it. */
export function dropTable({ connection, database, docs, attachments, id }: Table): void {
  connection.commits.now(() => {
    database.exec(`DROP TABLE ${docs}`);
    if (attachments) database.exec(`DROP TABLE ${attachments}`);
    dropIndex({ database, id });
    database.prepare('DELETE FROM collections WHERE id = ?').run(id);
  });
}

function existingTable(connection: Connection, key: TableKey): Table | undefined {
  const entry = connection.database
    .prepare<[string, string, number], Entry>(
      'SELECT id, key_paths FROM collections WHERE database = ? AND collection = ? AND version = ?',
    )
    .get(...entryKey(key));
  if (!entry) return undefined;
  const known: string[] = JSON.parse(entry.key_paths);
  const layout = layoutOf(key.schema, known);
  return layout.keyPaths.length === known.length ? tableOf(connection, key, { id: entry.id, layout }) : undefined;
}

function createTable(connection: Connection, key: TableKey): Table {
  const { database } = connection;
  const known = database
    .prepare<[string, string, number], Entry>(
      `INSERT INTO collections (database, collection, version, key_paths) VALUES (?, ?, ?, '[]')
      ON CONFLICT DO UPDATE SET key_paths = key_paths RETURNING id, key_paths`,
    )
    .get(...entryKey(key));
  if (!known) throw new Error('SQLite returned no row for an upsert');
  const knownPaths: string[] = JSON.parse(known.key_paths);
  const layout = layoutOf(key.schema, knownPaths);
  const table = tableOf(connection, key, { id: known.id, layout });
  database.exec(tableSql(table));
  const added = layout.keyPaths.slice(knownPaths.length);
  for (const path of added) database.exec(`ALTER TABLE ${table.docs} ADD COLUMN ${layout.columns.get(path)?.name}`);
  if (added.length > 0) rebuildKeys(table);
  createIndexes(table);
  database.prepare('UPDATE collections SET key_paths = ? WHERE id = ?').run(JSON.stringify(layout.keyPaths), known.id);
  return table;
}

function entryKey({ databaseName, collectionName, schema }: TableKey): [string, string, number] {
  return [textKey(databaseName), textKey(collectionName), schema.version];
}

function tableOf(connection: Connection, key: TableKey, { id, layout }: { id: number; layout: Layout }): Table {
  const docs = `docs_${id}`;
  const keys = layout.keyPaths.map((_, at) => `k${at}`);
  const columns = ['seq', 'rev', 'deleted', 'lwt', 'data', 'tail'];
  return {
    connection,
    database: connection.database,
    statements: createStatements(connection.database),
    layout,
    id,
    docs,
    insertSql: `INSERT INTO ${docs} (${[...columns, 'id', ...keys]}) VALUES (?, ?, ?, ?, ?, ?, ?${', ?'.repeat(keys.length)})`,
    updateSql: `UPDATE ${docs} SET ${[...columns, ...keys].map((name) => `${name} = ?`)} WHERE id = ?`,
    updateContentSql: `UPDATE ${docs} SET seq = ?, rev = ?, lwt = ?, data = ?, tail = ? WHERE id = ?`,
    indexes: layout.indexes.map((columns) => ({ name: `docs_${id}_by_${columns.join('_')}`, columns })),
    attachments: key.schema.attachments ? `attachments_${id}` : undefined,
  };
}

/** Columns that queries compare have no type: with one, SQLite would take the number 5 for the text '5'. */
function tableSql({ docs, attachments }: Table): string {
  const attachmentsSql = `
    CREATE TABLE IF NOT EXISTS ${attachments} (
      document TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, type TEXT NOT NULL, data BLOB NOT NULL,
      PRIMARY KEY (document, name)
    );`;
  return `
    CREATE TABLE IF NOT EXISTS ${docs} (
      row INTEGER PRIMARY KEY, id NOT NULL UNIQUE, seq INTEGER NOT NULL, rev TEXT NOT NULL,
      deleted INTEGER NOT NULL, lwt NOT NULL, tail TEXT NOT NULL, data TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS ${docs}_tombstones ON ${docs} (lwt) WHERE deleted = 1;
    ${attachments ? attachmentsSql : ''}`;
}

function isComplete(table: Table): boolean {
  const { database, attachments } = table;
  const exists = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(attachments);
  return (attachments === undefined || exists !== undefined) && missingIndexes(table).length === 0;
}

/** The indexes of the schema that are not there. */
export function missingIndexes({ database, docs, indexes }: Table): Index[] {
  const names = database
    .prepare<[string], string>("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?")
    .pluck()
    .all(docs);
  return indexes.filter(({ name }) => !names.includes(name));
}
