// Our side of `live-query`: a replica that has been filled before, without a server, synchronous FULL, journal on.
import { answer } from '../answer.ts';
import { KINDS } from '../documents/kinds.ts';
import type { Reads } from '../documents/queries.ts';
import { liveWrites } from '../live-writes.ts';
import { type OpenReplica, openReplica } from './open-replica.ts';

let replica: OpenReplica;

const commands = {
  async open({ folder }: { readonly folder: string }): Promise<void> {
    replica = await openReplica(folder, KINDS.product);
  },
  liveWrites: (reads: Reads) => liveWrites(replica.collection, reads),
  close: () => replica.stores.close(),
};

/** What this process can be asked for. */
export type LiveCommands = typeof commands;

answer(commands);
