import { openDatastores } from '@datastores/browser';
import type { JsonDocument } from '@datastores/core/schema';
import type { RxCollection } from 'rxdb';
import { filter, firstValueFrom } from 'rxjs';
import { expose } from '../../browser/pages/expose.ts';
import { type Smoothness, whileScrolling } from '../../browser/pages/frames.ts';
import { KINDS } from '../documents/kinds.ts';
import { RANGE_ROWS } from '../documents/queries.ts';
import { openPlain } from './plain-dexie.ts';

/** What the page offers to the workload. */
export type SyncPage = typeof page;

/** A server with everything that is to come. */
export interface SyncFrom {
  readonly url: string;
  readonly token: string;
  readonly docs: number;
}

/** Milliseconds that something took, and how the page did meanwhile. */
export type Watched = Smoothness & { readonly ms: number };

/** Documents in one transaction of the control. */
const BATCH = 1_000;

const { datastore } = KINDS.product;
let stores: Awaited<ReturnType<typeof open>> | undefined;

const page = expose({
  /** A new replica gets everything while a list is scrolled and ranges are read. */
  sync: (from: SyncFrom) =>
    watched(async () => {
      stores = await open(from);
      await settled(from.docs);
    }),

  /** A bare pipe of NDJSON into Dexie alone, likewise. */
  async plain(url: string): Promise<Watched> {
    const plain = await openPlain(datastore);
    const taken = await watched(
      () => pipe(url, plain.pull),
      () => plain.range('m'),
    );
    await plain.close();
    return taken;
  },

  /** Until a change of the server that leaves so many documents is here. */
  arrival: (docs: number) => watched(() => settled(docs)),

  /** Removes so many documents in one call. */
  remove: (count: number) =>
    watched(async () => {
      const found = await collectionOf()
        .find({ limit: count, sort: [{ name: 'asc' }] } as never)
        .exec();
      const { error } = await collectionOf().bulkRemove(found.map(({ primary }) => primary));
      if (error.length > 0) throw new Error(`${error.length} documents were not removed.`);
    }),

  count: () => collectionOf().count().exec(),
  close: async () => stores?.close(),
});

function open({ url, token }: SyncFrom) {
  return openDatastores({ name: 'bench-sync', datastores: [datastore], url, token });
}

function collectionOf(): RxCollection<JsonDocument> {
  return stores?.database.collections[datastore.name] as RxCollection<JsonDocument>;
}

/** The list that a page shows beside everything else. */
async function read(): Promise<void> {
  if (stores === undefined) return;
  await collectionOf()
    .find({ selector: { name: { $gte: 'm' } }, sort: [{ name: 'asc' }], limit: RANGE_ROWS })
    .exec();
}

async function watched(work: () => Promise<unknown>, reading: () => Promise<unknown> = read): Promise<Watched> {
  let ms = 0;
  const smoothness = await whileScrolling(reading, async () => {
    const begun = performance.now();
    await work();
    ms = performance.now() - begun;
  });
  return { ...smoothness, ms };
}

/** Everything has arrived that there is, and it is so many. */
async function settled(docs: number): Promise<void> {
  for (;;) {
    await firstValueFrom(stores?.status$.pipe(filter(({ state }) => state === 'live')) as never);
    if ((await collectionOf().count().exec()) === docs) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function pipe(url: string, write: (documents: readonly unknown[]) => Promise<unknown>): Promise<void> {
  const { body } = await fetch(url);
  const reader = (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream() as never).getReader();
  let rest = '';
  let documents: unknown[] = [];
  for (;;) {
    const { done, value = '' } = (await reader.read()) as ReadableStreamReadResult<string>;
    const lines = `${rest}${value}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) documents.push(JSON.parse(line));
    if (documents.length >= BATCH || done) {
      await write(documents);
      documents = [];
    }
    if (done) return;
  }
}
