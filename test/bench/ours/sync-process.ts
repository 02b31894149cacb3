// Our side of `initial-sync`: a replica in an empty folder, timed from opening until it has everything, on disk.
import { answer } from '../answer.ts';
import { type Kind, type KindName, kindOf } from '../documents/kinds.ts';
import { createRandom } from '../documents/random.ts';
import { caughtUp } from './caught-up.ts';
import { type OpenReplica, openReplica, type ServerAddress } from './open-replica.ts';

/** Asks for a first synchronisation of so many documents. */
export interface SyncInput {
  readonly folder: string;
  readonly server: ServerAddress;
  readonly datastore: KindName;
  readonly search: boolean;
  readonly docs: number;
  /** True: the application reads while the replica is filled. */
  readonly reading: boolean;
}

/** How long it took, and how long each read took meanwhile. */
export interface SyncResult {
  readonly ms: number;
  readonly readMs: readonly number[];
}

/** Pause of the reading application between two reads. */
const READ_EVERY_MS = 5;

let replica: OpenReplica;

const commands = {
  async sync({ folder, server, docs, reading, ...which }: SyncInput): Promise<SyncResult> {
    const kind = kindOf(which);
    const begun = performance.now();
    replica = await openReplica(folder, kind, server);
    const done = caughtUp(replica.stores);
    const reads = reading ? readUntil(done, kind) : Promise.resolve([]);
    await done;
    const ms = performance.now() - begun;
    const readMs = await reads;
    const count = await replica.collection.count().exec();
    if (count !== docs) throw new Error(`The replica has ${count} of ${docs} documents.`);
    return { ms, readMs };
  },

  close: () => replica.stores.close(),
};

/** What this process can be asked for. */
export type SyncCommands = typeof commands;

answer(commands);

/** Reads documents that are there already, one at a time, and measures from when each read was due: waiting for the event loop counts. */
async function readUntil(done: Promise<void>, kind: Kind): Promise<readonly number[]> {
  const random = createRandom(1);
  const readMs: number[] = [];
  let pulled = 0;
  let over = false;
  void done.finally(() => {
    over = true;
  });
  const subscription = replica.stores.status$.subscribe((status) => {
    pulled = status.pulled;
  });
  while (!over) {
    const due = performance.now() + READ_EVERY_MS;
    await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS));
    if (pulled === 0) continue;
    const id = kind.id(random.integer(0, pulled - 1));
    if ((await replica.collection.findOne(id).exec()) === null) throw new Error(`${id} was pulled and is not there.`);
    readMs.push(Math.max(0, performance.now() - due));
  }
  subscription.unsubscribe();
  return readMs;
}
