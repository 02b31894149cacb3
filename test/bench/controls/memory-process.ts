// What local reads and live queries are compared with beside bare SQL: the same of RxDB on its memory storage.
import type { JsonDocument } from '@datastores/core/schema';
import type { RxCollection } from 'rxdb';
import { answer } from '../answer.ts';
import { KINDS } from '../documents/kinds.ts';
import { type Reads, randomIds } from '../documents/queries.ts';
import { latencies } from '../latencies.ts';
import { liveWrites } from '../live-writes.ts';
import { openMemoryCollection } from './memory-collection.ts';

let collection: RxCollection<JsonDocument>;

const commands = {
  async fill({ docs }: { readonly docs: number }): Promise<void> {
    collection = await openMemoryCollection(KINDS.product, docs);
  },
  byId: (reads: Reads) => latencies(randomIds(reads), (id) => collection.findOne(id).exec(true)),
  liveWrites: (reads: Reads) => liveWrites(collection, reads),
};

/** What this process can be asked for. */
export type MemoryCommands = typeof commands;

answer(commands);
