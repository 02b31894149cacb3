// The client of the bare pipe of `initial-sync`: reads NDJSON from node:http, parses each line for the indexed columns,
// and inserts the text as it came, 1,000 rows a transaction, into SQLite with the indexes of the datastore, synchronous
// FULL. Timed from opening the file to the last commit.
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { answer } from '../answer.ts';
import { KINDS, type KindName } from '../documents/kinds.ts';
import { type BareRow, openBareTable } from './bare-table.ts';

const TRANSACTION_ROWS = 1_000;

const commands = {
  async sync(input: { readonly folder: string; readonly url: string; readonly datastore: KindName; docs: number }) {
    const begun = performance.now();
    const { database, rowOf, insertAll } = openBareTable(join(input.folder, 'bare.db'), KINDS[input.datastore]);
    let rows: BareRow[] = [];
    let docs = 0;
    const write = () => {
      insertAll(rows);
      docs += rows.length;
      rows = [];
    };
    for await (const lines of linesOf(await request(input.url))) {
      for (const line of lines) {
        rows.push(rowOf(JSON.parse(line), line));
        if (rows.length === TRANSACTION_ROWS) write();
      }
    }
    write();
    const ms = performance.now() - begun;
    database.close();
    if (docs !== input.docs) throw new Error(`The bare pipe brought ${docs} of ${input.docs} documents.`);
    return ms;
  },
};

/** What this process can be asked for. */
export type BarePipeClientCommands = typeof commands;

answer(commands);

function request(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, resolve).once('error', reject));
}

/** The lines as they arrive, those of one chunk together. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<readonly string[]> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    yield lines;
  }
  if (rest !== '') yield [rest];
}
