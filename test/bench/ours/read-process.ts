// Our side of `local-read`: a replica that has been filled before, without a server.
import { answer } from '../answer.ts';
import { KINDS } from '../documents/kinds.ts';
import { RANGE_ROWS, type Reads, randomIds, randomNames } from '../documents/queries.ts';
import { latencies } from '../latencies.ts';
import { type OpenReplica, openReplica } from './open-replica.ts';

let replica: OpenReplica;

const commands = {
  /** Milliseconds until the replica is open. */
  async open({ folder }: { readonly folder: string }): Promise<number> {
    const begun = performance.now();
    replica = await openReplica(folder, KINDS.product);
    return performance.now() - begun;
  },

  /** Milliseconds of the first query of this process. */
  async firstQuery(reads: Reads): Promise<number> {
    const name = String(randomNames({ ...reads, count: 1 })[0]);
    const begun = performance.now();
    await rangeFrom(name).exec();
    return performance.now() - begun;
  },

  byId: (reads: Reads) => latencies(randomIds(reads), (id) => replica.collection.findOne(id).exec(true)),
  range: (reads: Reads) => latencies(randomNames(reads), (name) => rangeFrom(name).exec()),
  count: (reads: Reads) => latencies(randomNames(reads), (name) => countFrom(name).exec()),

  /** How many texts are parsed for one count. */
  async countParses(reads: Reads): Promise<number> {
    const name = String(randomNames({ ...reads, count: 1 })[0]);
    const parse = JSON.parse;
    let parses = 0;
    JSON.parse = (...given) => {
      parses += 1;
      return parse(...given);
    };
    try {
      await countFrom(name).exec();
    } finally {
      JSON.parse = parse;
    }
    return parses;
  },

  close: () => replica.stores.close(),
};

/** What this process can be asked for. */
export type ReadCommands = typeof commands;

answer(commands);

function rangeFrom(name: string) {
  return replica.collection.find({ selector: { name: { $gte: name } }, sort: [{ name: 'asc' }], limit: RANGE_ROWS });
}

function countFrom(name: string) {
  return replica.collection.count({ selector: { name: { $gte: name } } });
}
