// The bare work of `reconcile`. Pull: COPY of the rows as JSON, JSON.parse, the mapping that ours has, and 1,000 rows a
// durable transaction into one SQLite table with the primary key and the feed index of our server's. Push: pending rows
// read from SQLite, one `update … from unnest` for 500 of them as a transaction of PostgreSQL, then one durable
// transaction that removes them. Nobody knows afterwards what was agreed with the other side.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { canonicalJson, type JsonObject } from '@datastores/core/schema';
import Sqlite, { type Database } from 'better-sqlite3';
import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { answer } from '../answer.ts';
import { productId } from '../documents/product.ts';
import type { Changes, ReconcilePlace } from '../reconcile/place.ts';
import { CHANGED, PRODUCT_COLUMNS, PRODUCT_KEY, PRODUCT_TABLE, toProduct } from '../reconcile/product-table.ts';

const INSERT_ROWS = 1_000;
const PUSH_ROWS = 500;
const UPDATE = `update ${PRODUCT_TABLE} t set ${CHANGED.column} = v.value
  from unnest($1::text[], $2::int[]) as v(id, value) where t.${PRODUCT_KEY} = v.id`;

/** The beginning of the primary key, as in all statements of our server. */
const OURS = "scope = 'main' and datastore = 'product'";

let database: Database;
let url: string;

const commands = {
  /** Milliseconds until everything is durable. */
  async pull(place: ReconcilePlace): Promise<number> {
    const begun = performance.now();
    database = openTable(join(place.folder, 'bare.db'));
    url = place.url;
    const client = await connect();
    const insertAll = prepareInsert(database);
    const copy = client.query(
      copyTo(
        `copy (select row_to_json(p) from (select ${PRODUCT_COLUMNS.join(', ')} from ${PRODUCT_TABLE}) p) to stdout`,
      ),
    );
    let rows: JsonObject[] = [];
    for await (const line of createInterface({ input: copy, crlfDelay: Number.POSITIVE_INFINITY })) {
      rows.push(documentOf(line));
      if (rows.length < INSERT_ROWS) continue;
      insertAll(rows);
      rows = [];
    }
    insertAll(rows);
    await client.end();
    const ms = performance.now() - begun;
    const count = database.prepare<[], number>('select count(*) from document').pluck().get();
    if (count !== place.docs) throw new Error(`The bare pull brought ${count} of ${place.docs} rows.`);
    return ms;
  },

  edit({ docs, value }: Changes): void {
    const update = database.prepare(`update document set body = json_set(body, ?, ?) where ${OURS} and id = ?`);
    const mark = database.prepare('insert into pending values (?)');
    database.transaction(() => {
      for (let number = 0; number < docs; number += 1) {
        update.run(`$.${CHANGED.field}`, value, productId(number));
        mark.run(productId(number));
      }
    })();
  },

  /** Milliseconds until nothing is pending. */
  async push(): Promise<number> {
    const begun = performance.now();
    const client = await connect();
    // A cross join keeps its order: the other way round, every document would be looked at for each batch.
    const select = database
      .prepare<[number], [id: string, body: string]>(
        `select p.id, d.body from pending p cross join document d on ${OURS} and d.id = p.id order by p.id limit ?`,
      )
      .raw();
    const remove = database.prepare<[string]>('delete from pending where id = ?');
    const removeAll = database.transaction((rows: readonly [string, string][]) => {
      for (const [id] of rows) remove.run(id);
    });
    for (let rows = select.all(PUSH_ROWS); rows.length > 0; rows = select.all(PUSH_ROWS)) {
      const ids = rows.map(([id]) => id);
      const values = rows.map(([, body]) => (JSON.parse(body) as JsonObject)[CHANGED.field]);
      const { rowCount } = await client.query(UPDATE, [ids, values]);
      if (rowCount !== rows.length) throw new Error(`The bare push changed ${rowCount} of ${rows.length} rows.`);
      removeAll(rows);
    }
    await client.end();
    return performance.now() - begun;
  },

  close: () => void database.close(),
};

/** What this process can be asked for. */
export type BareReconcileCommands = typeof commands;

answer(commands);

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

/** In the text format of COPY a backslash is doubled; JSON has no other character that would be written differently. */
function documentOf(line: string): JsonObject {
  const text = line.includes('\\') ? line.replaceAll('\\\\', '\\') : line;
  return toProduct(JSON.parse(text) as JsonObject) as JsonObject;
}

function openTable(filename: string): Database {
  const opened = new Sqlite(filename);
  opened.pragma('journal_mode = WAL');
  opened.pragma('synchronous = FULL');
  opened.pragma('cache_size = -32768');
  opened.exec(`
    create table document (
      scope text not null, datastore text not null, id text not null, seq integer not null, body text not null,
      primary key (scope, datastore, id)
    );
    create unique index document_feed on document (scope, datastore, seq);
    create table pending (id text primary key);
  `);
  return opened;
}

function prepareInsert(opened: Database): (rows: readonly JsonObject[]) => void {
  const insert = opened.prepare<unknown[]>(
    `insert into document (scope, datastore, id, seq, body) values ('main', 'product', ?, ?, ?)`,
  );
  let seq = 0;
  return opened.transaction((rows: readonly JsonObject[]) => {
    for (const row of rows) {
      seq += 1;
      insert.run(row['id'], seq, canonicalJson(row));
    }
  });
}
