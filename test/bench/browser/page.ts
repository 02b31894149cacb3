import { openDatastores } from '@datastores/browser';
import { issuesOf } from '@datastores/core/schema';
import type { BulkWriteRow, RxCollection } from 'rxdb';
import { filter, firstValueFrom } from 'rxjs';
import { expose } from '../../browser/pages/expose.ts';
import { KINDS, kindOf, SEED } from '../documents/kinds.ts';
import { RANGE_ROWS, type Reads, randomIds, randomNames, SEARCH_HITS } from '../documents/queries.ts';
import { liveWrites } from '../live-writes.ts';
import { openPlain } from './plain-dexie.ts';
import { type SearchKind, searchTexts } from './search-texts.ts';

/** What is measured: IndexedDB through Dexie with nothing around it, and the two storages of a replica. */
export type Side = 'plain' | 'dexie' | 'blocks';

/** What the page offers to the workload. */
export type BrowserPage = typeof page;

/** Documents that a pull writes in one go where the disk is fast enough. */
const SLICE = 500;

/** Documents made before they are written, which is not timed. */
const MADE = 1_000;

/** A replica that is open, or the bare database in its place. */
interface Opened {
  /** Writes documents as a pull does: all of them are on disk on return. */
  pull(documents: readonly Made[]): Promise<unknown>;
  insert(document: Made): Promise<unknown>;
  range(from: string): Promise<{ readonly length: number }>;
  byId(id: string): Promise<unknown>;
  /** Milliseconds from each write until the observer of a live query of 50 has it. */
  live?(reads: Reads): Promise<readonly number[]>;
  close(): Promise<unknown>;
}

/** A document of the bench. */
type Made = ReturnType<typeof KINDS.product.make>;

const { datastore } = KINDS.product;
const opened = new Map<Side, Opened>();
const SEARCHED = kindOf({ datastore: 'product', search: true }).datastore;
let searched: Awaited<ReturnType<typeof openDatastores>> | undefined;

const page = expose({
  /** Opens a side and asks for one document of it. Returns the milliseconds of both. */
  async open(side: Side): Promise<{ readonly openMs: number; readonly firstRangeMs: number }> {
    const openMs = await timed(async () => {
      opened.set(side, side === 'plain' ? await openPlain(datastore) : await openReplica(side));
    });
    return { openMs, firstRangeMs: await timed(() => sideOf(side).range('a')) };
  },

  async close(side: Side): Promise<void> {
    await sideOf(side).close();
    opened.delete(side);
  },

  /** Writes documents from a number on. Returns the milliseconds of the writing alone. */
  async fill(side: Side, { from, docs }: { readonly from: number; readonly docs: number }): Promise<number> {
    let ms = 0;
    for (let start = from; start < from + docs; start += MADE) {
      const documents = make(start, Math.min(MADE, from + docs - start));
      ms += await timed(() => sideOf(side).pull(documents));
    }
    return ms;
  },

  /** Single inserts, one after the other. Returns the milliseconds of each. */
  async insert(side: Side, { from, count }: { readonly from: number; readonly count: number }): Promise<number[]> {
    const documents = make(from, count);
    return timesOf(documents, (document) => sideOf(side).insert(document));
  },

  /** Ranges of so many documents by name. Returns the milliseconds of each. */
  range: (side: Side, reads: Reads) =>
    timesOf(randomNames(reads), async (name) => {
      const { length } = await sideOf(side).range(name);
      if (length > RANGE_ROWS) throw new Error(`${side} found ${length} documents.`);
    }),

  /** Reads by id. Returns the milliseconds of each. */
  byId: (side: Side, reads: Reads) =>
    timesOf(randomIds(reads), async (id) => {
      if (!(await sideOf(side).byId(id))) throw new Error(`${side} does not have ${id}.`);
    }),

  /** Writes inside a live query. Returns the milliseconds from each until its observer had it. */
  live: async (side: Exclude<Side, 'plain'>, reads: Reads) => (await sideOf(side).live?.(reads)) ?? [],

  /** Opens the blocks with the search fields of the datastore. Returns the milliseconds until everything can be found. */
  async openSearch(): Promise<number> {
    const begun = performance.now();
    searched = await openDatastores({ name: 'bench-blocks', datastores: [SEARCHED] });
    await firstValueFrom(searched.search(SEARCHED.name as never, 'x1').$.pipe(filter(({ complete }) => complete)));
    return performance.now() - begun;
  },

  /** Searches, hits included. Returns the milliseconds of each. */
  search: (kind: SearchKind, reads: Reads) =>
    timesOf(searchTexts(kind, reads), async (text) => {
      await searched?.search(SEARCHED.name as never, text, { limit: SEARCH_HITS }).exec();
    }),

  closeSearch: async () => searched?.close(),
});

function sideOf(side: Side): Opened {
  const found = opened.get(side);
  if (found === undefined) throw new Error(`"${side}" is not open.`);
  return found;
}

function make(from: number, count: number): Made[] {
  return Array.from({ length: count }, (_, at) => KINDS.product.make(SEED, from + at));
}

async function openReplica(storage: 'dexie' | 'blocks'): Promise<Opened> {
  const stores = await openDatastores({ name: `bench-${storage}`, datastores: [datastore], storage });
  const collection = stores.database.collections[datastore.name] as RxCollection<Made>;
  // Below RxDB's wrapper, where replication writes; the journal lets its context through.
  const { originalStorageInstance: instance } = collection.storageInstance;
  return {
    async pull(documents) {
      for (let start = 0; start < documents.length; start += SLICE) {
        const slice = documents
          .slice(start, start + SLICE)
          .filter((document) => issuesOf(datastore, document).length === 0);
        const known = await instance.findDocumentsById(slice.map(idOf), true);
        if (known.length > 0) throw new Error('A document is there already.');
        const { error } = await instance.bulkWrite(slice.map(pulledRow), 'replication-pull');
        if (error.length > 0) throw new Error(`A document was refused (status ${error[0]?.status}).`);
      }
    },
    insert: (document) => collection.insert(document as never),
    range: (from) =>
      collection
        .find({ selector: { name: { $gte: from } }, sort: [{ name: 'asc' }], limit: RANGE_ROWS } as never)
        .exec(),
    byId: (id) => collection.findOne(id).exec(),
    live: (reads) => liveWrites(collection as never, reads),
    close: () => stores.close(),
  };
}

function idOf({ id }: Made): string {
  return String(id);
}

function pulledRow(document: Made, at: number): BulkWriteRow<never> {
  const meta = { lwt: Date.now(), version: String(at), scope: 'main', generation: 1 };
  return {
    document: { ...document, _deleted: false, _attachments: {}, _meta: meta, _rev: '1-replication' },
  } as unknown as BulkWriteRow<never>;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function timesOf<T>(list: readonly T[], work: (one: T) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (const one of list) times.push(await timed(() => work(one)));
  return times;
}
