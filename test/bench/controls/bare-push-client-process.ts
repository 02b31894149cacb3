// The client of the bare pipe of `push`: a local table of pending rows, sent 500 at a time as one JSON POST; the rows of
// an answered batch are deleted in one durable transaction.
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { answer } from '../answer.ts';
import { KINDS, type KindName, SEED } from '../documents/kinds.ts';
import type { PushedRow } from './bare-push-server-process.ts';

const BATCH_ROWS = 500;

let database: Database;

const commands = {
  edit(input: { readonly folder: string; readonly datastore: KindName; readonly docs: number; value: number }): void {
    const { make, changed } = KINDS[input.datastore];
    database = new Sqlite(join(input.folder, 'client.db'));
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.exec('create table pending (id text primary key, body text not null)');
    const insert = database.prepare<[string, string]>('insert into pending values (?, ?)');
    database.transaction(() => {
      for (let number = 0; number < input.docs; number += 1) {
        const document = { ...make(SEED, number), [changed]: input.value };
        insert.run(document.id, JSON.stringify(document));
      }
    })();
  },

  /** Milliseconds until no row is pending. */
  async push({ port }: { readonly port: number }): Promise<number> {
    const agent = new Agent({ keepAlive: true });
    const select = database.prepare<[number], PushedRow>('select id, body from pending order by id limit ?');
    const remove = database.prepare<[string]>('delete from pending where id = ?');
    const removeAll = database.transaction((rows: readonly PushedRow[]) => {
      for (const { id } of rows) remove.run(id);
    });
    const begun = performance.now();
    for (let rows = select.all(BATCH_ROWS); rows.length > 0; rows = select.all(BATCH_ROWS)) {
      await post(agent, port, JSON.stringify(rows));
      removeAll(rows);
    }
    const ms = performance.now() - begun;
    agent.destroy();
    database.close();
    return ms;
  },
};

/** What this process can be asked for. */
export type BarePushClientCommands = typeof commands;

answer(commands);

function post(agent: Agent, port: number, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, port, host: '127.0.0.1', method: 'POST' }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`The bare server answered ${response.statusCode}.`));
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
