// The bare work of `local-write`: JSON.stringify and SQLite, nothing around them. Bulk: 1,000 documents a transaction,
// with the indexes of the datastore. Single: one durable transaction for each INSERT, and for each UPDATE of the text and
// the indexed columns.
import { join } from 'node:path';
import { answer } from '../answer.ts';
import { KINDS, type Kind, type KindName, SEED } from '../documents/kinds.ts';
import { BATCH, type Bulk, type Single, type Singles } from '../ours/write-input.ts';
import { type BareTable, openBareTable } from './bare-table.ts';

let kind: Kind;
let table: BareTable;

const commands = {
  bulk({ folder, datastore, docs }: Bulk): number {
    kind = KINDS[datastore as KindName];
    table = openBareTable(join(folder, 'bare.db'), kind);
    let ms = 0;
    for (let start = 0; start < docs; start += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, docs - start) }, (_, at) => kind.make(SEED, start + at));
      const begun = performance.now();
      table.insertAll(batch.map((document) => table.rowOf(document, JSON.stringify(document))));
      ms += performance.now() - begun;
    }
    return ms;
  },

  single({ docs, count }: Single): Singles {
    const insertMs: number[] = [];
    const patchMs: number[] = [];
    for (let number = docs; number < docs + count; number += 1) {
      const document = kind.make(SEED, number);
      const begun = performance.now();
      table.insert.run(...table.rowOf(document, JSON.stringify(document)));
      const inserted = performance.now();
      const changed = { ...document, [kind.changed]: number };
      table.update(table.rowOf(changed, JSON.stringify(changed)));
      insertMs.push(inserted - begun);
      patchMs.push(performance.now() - inserted);
    }
    return { insertMs, patchMs };
  },

  close: () => void table.database.close(),
};

/** What this process can be asked for. */
export type WriteCommands = typeof commands;

answer(commands);
