// The server of the bare pipe of `push`: each POST is JSON.parse and one durable transaction of upserts, into a table with
// the primary key and the index that our server's table of documents has for its feed. Then it answers.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { canonicalJson } from '@datastores/core/schema';
import Sqlite, { type Database } from 'better-sqlite3';
import { answer } from '../answer.ts';
import { KINDS, type KindName, SEED } from '../documents/kinds.ts';

/** A row on the wire: an id and the text of the document. */
export interface PushedRow {
  readonly id: string;
  readonly body: string;
}

let database: Database;
let put: (rows: readonly PushedRow[]) => void;
const server = createServer(async (request, response) => {
  put(JSON.parse(await textOf(request)));
  response.end('{"accepted":true}');
});

const commands = {
  async start(input: { readonly folder: string; readonly datastore: KindName; readonly docs: number }) {
    database = openTable(join(input.folder, 'server.db'));
    put = prepare(database, input.datastore);
    const { make } = KINDS[input.datastore];
    const documents = Array.from({ length: input.docs }, (_, number) => make(SEED, number));
    put(documents.map((document) => ({ id: document.id, body: canonicalJson(document) })));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },

  async stop(): Promise<void> {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    database.close();
  },
};

/** What this process can be asked for. */
export type BarePushServerCommands = typeof commands;

answer(commands);

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
    create unique index document_order on document (scope, seq);
    create unique index document_feed on document (scope, datastore, seq);
  `);
  return opened;
}

function prepare(opened: Database, datastore: string): (rows: readonly PushedRow[]) => void {
  const upsert = opened.prepare<unknown[]>(
    `insert into document (scope, datastore, id, seq, body) values ('main', ?, ?, ?, ?)
     on conflict (scope, datastore, id) do update set seq = excluded.seq, body = excluded.body`,
  );
  let seq = 0;
  return opened.transaction((rows: readonly PushedRow[]) => {
    for (const { id, body } of rows) {
      seq += 1;
      upsert.run(datastore, id, seq, body);
    }
  });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
