// Our side of `push`: a replica whose server goes away, that is edited meanwhile, and pushes when the server is back.
import { filter, firstValueFrom } from 'rxjs';
import { answer } from '../answer.ts';
import { KINDS, type KindName } from '../documents/kinds.ts';
import { caughtUp } from './caught-up.ts';
import { type OpenReplica, openReplica, type ServerAddress } from './open-replica.ts';

/** Asks to pull everything into an empty folder. */
export interface PullInput {
  readonly folder: string;
  readonly server: ServerAddress;
  readonly datastore: KindName;
}

/** Edits that are under way at the same time; RxDB writes those of one turn together. */
const EDITS_AT_ONCE = 250;

let replica: OpenReplica;

const commands = {
  async pull({ folder, server, datastore }: PullInput): Promise<void> {
    replica = await openReplica(folder, KINDS[datastore], server);
    await caughtUp(replica.stores);
  },

  /** Changes one field of every document. The server must be away. */
  async edit({ datastore, value }: { readonly datastore: KindName; readonly value: number }): Promise<void> {
    const documents = await replica.collection.find().exec();
    for (let start = 0; start < documents.length; start += EDITS_AT_ONCE) {
      const edited = documents.slice(start, start + EDITS_AT_ONCE);
      await Promise.all(edited.map((document) => document.patch({ [KINDS[datastore].changed]: value })));
    }
  },

  /** How many documents were unpushed when it began, and how long it took until none was. */
  async push(): Promise<{ readonly docs: number; readonly ms: number }> {
    const { stores } = replica;
    const docs = await firstValueFrom(stores.unpushed$);
    const begun = performance.now();
    void stores.syncNow();
    await firstValueFrom(stores.unpushed$.pipe(filter((unpushed) => unpushed === 0)));
    const ms = performance.now() - begun;
    const rejected = await firstValueFrom(stores.rejected$);
    if (rejected.length > 0) throw new Error(`The server rejected ${rejected.length} edits: ${rejected[0]?.message}`);
    return { docs, ms };
  },

  close: () => replica.stores.close(),
};

/** What this process can be asked for. */
export type PushCommands = typeof commands;

answer(commands);
