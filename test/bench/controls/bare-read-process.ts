// The bare work of `local-read` and `live-query`: the prepared SQL that answers the question, and JSON.parse of the rows,
// nothing around them. Live: one durable UPDATE of a document inside the window, then the whole query again, since without
// an engine nobody tells whether its result has changed.
import { join } from 'node:path';
import { canonicalJson } from '@datastores/core/schema';
import { answer } from '../answer.ts';
import { KINDS, SEED } from '../documents/kinds.ts';
import { RANGE_ROWS, type Reads, randomIds, randomNames } from '../documents/queries.ts';
import { createRandom } from '../documents/random.ts';
import { latencies } from '../latencies.ts';
import { type BareTable, openBareTable } from './bare-table.ts';

const FILL_BATCH = 1_000;

let table: BareTable;

const commands = {
  fill({ folder, docs }: { readonly folder: string; readonly docs: number }): void {
    const { make } = KINDS.product;
    table = openBareTable(join(folder, 'bare.db'), KINDS.product);
    for (let start = 0; start < docs; start += FILL_BATCH) {
      const batch = Array.from({ length: Math.min(FILL_BATCH, docs - start) }, (_, at) => make(SEED, start + at));
      table.insertAll(batch.map((document) => table.rowOf(document, canonicalJson(document))));
    }
  },

  byId: (reads: Reads) => {
    const select = table.database.prepare<[string], string>('select body from document where id = ?').pluck();
    return latencies(randomIds(reads), (id) => JSON.parse(select.get(id) as string));
  },

  range: (reads: Reads) => {
    const select = table.database
      .prepare<[string], string>(`select body from document where name >= ? order by name limit ${RANGE_ROWS}`)
      .pluck();
    return latencies(randomNames(reads), (name) => select.all(name).map((body) => JSON.parse(body)));
  },

  count: (reads: Reads) => {
    const select = table.database.prepare<[string]>('select count(*) from document where name >= ?').pluck();
    return latencies(randomNames(reads), (name) => select.get(name));
  },

  liveWrites: (reads: Reads) => {
    const name = String(randomNames({ ...reads, count: 1 })[0]);
    const select = table.database
      .prepare<[string], string>(`select body from document where name >= ? order by name limit ${RANGE_ROWS}`)
      .pluck();
    const window = select.all(name).map((body) => JSON.parse(body));
    const random = createRandom(reads.seed);
    return latencies(
      Array.from({ length: reads.count }, (_, number) => ({ ...random.pick(window), [KINDS.product.changed]: number })),
      (document) => {
        table.update(table.rowOf(document, JSON.stringify(document)));
        select.all(name).map((body) => JSON.parse(body));
      },
    );
  },

  close: () => void table.database.close(),
};

/** What this process can be asked for. */
export type BareReadCommands = typeof commands;

answer(commands);
