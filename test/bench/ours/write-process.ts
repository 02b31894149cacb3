// Our side of `local-write`: a replica without a server, journal on, synchronous FULL.
import { answer } from '../answer.ts';
import { KINDS, type Kind, SEED } from '../documents/kinds.ts';
import { type OpenReplica, openReplica } from './open-replica.ts';
import { BATCH, type Bulk, type Single, type Singles } from './write-input.ts';

let kind: Kind;
let replica: OpenReplica;

const commands = {
  async bulk({ folder, datastore, docs }: Bulk): Promise<number> {
    kind = KINDS[datastore];
    replica = await openReplica(folder, kind);
    let ms = 0;
    for (let start = 0; start < docs; start += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, docs - start) }, (_, at) => kind.make(SEED, start + at));
      const begun = performance.now();
      const { error } = await replica.collection.bulkInsert(batch);
      ms += performance.now() - begun;
      if (error.length > 0) throw new Error(`A bulk insert refused ${error.length} documents (${error[0]?.status}).`);
    }
    // Indexes that were left out for the time being are part of the work: a query needs them now.
    const begun = performance.now();
    await replica.collection.count().exec();
    return ms + performance.now() - begun;
  },

  async single({ docs, count }: Single): Promise<Singles> {
    const insertMs: number[] = [];
    const patchMs: number[] = [];
    for (let number = docs; number < docs + count; number += 1) {
      const made = kind.make(SEED, number);
      const begun = performance.now();
      const document = await replica.collection.insert(made);
      const inserted = performance.now();
      await document.patch({ [kind.changed]: number });
      insertMs.push(inserted - begun);
      patchMs.push(performance.now() - inserted);
    }
    return { insertMs, patchMs };
  },

  close: () => replica.stores.close(),
};

/** What this process can be asked for. */
export type WriteCommands = typeof commands;

answer(commands);
