// The server of the bare pipe of `initial-sync`: one SQLite table, read row by row and streamed as NDJSON over node:http.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { canonicalJson } from '@datastores/core/schema';
import { answer } from '../answer.ts';
import { KINDS, type KindName, SEED } from '../documents/kinds.ts';
import { type BareTable, openBareTable } from './bare-table.ts';

/** Rows in one chunk of the stream. */
const CHUNK_ROWS = 200;

const SEED_BATCH = 1_000;

let table: BareTable;
const server = createServer((_request, response) => {
  stream(response).catch((error: unknown) => response.destroy(error as Error));
});

const commands = {
  /** Fills the table with the same texts that our server sends. */
  seed({ folder, datastore, docs }: { readonly folder: string; readonly datastore: KindName; readonly docs: number }) {
    const kind = KINDS[datastore];
    const filled = openBareTable(join(folder, 'bare.db'), kind);
    for (let start = 0; start < docs; start += SEED_BATCH) {
      const batch = Array.from({ length: Math.min(SEED_BATCH, docs - start) }, (_, at) => kind.make(SEED, start + at));
      filled.insertAll(batch.map((document) => filled.rowOf(document, canonicalJson(document))));
    }
    filled.database.close();
  },

  async start({ folder, datastore }: { readonly folder: string; readonly datastore: KindName }): Promise<string> {
    table = openBareTable(join(folder, 'bare.db'), KINDS[datastore]);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  },

  async stop(): Promise<void> {
    server.close();
    await once(server, 'close');
    table.database.close();
  },
};

/** What this process can be asked for. */
export type BarePipeServerCommands = typeof commands;

answer(commands);

async function stream(response: ServerResponse): Promise<void> {
  // Pages of any origin may read it.
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'access-control-allow-origin': '*' });
  const rows = table.database.prepare<[], string>('select body from document').pluck().iterate();
  let chunk: string[] = [];
  for (const body of rows) {
    chunk.push(body);
    if (chunk.length < CHUNK_ROWS) continue;
    const accepted = response.write(`${chunk.join('\n')}\n`);
    chunk = [];
    if (!accepted) await once(response, 'drain');
  }
  response.end(chunk.length === 0 ? '' : `${chunk.join('\n')}\n`);
}
