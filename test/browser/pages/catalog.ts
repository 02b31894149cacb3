import { openDatastores } from '@datastores/browser';
import { type Product, productCatalog } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { first } from 'rxjs/operators';
import { SEED } from '../../bench/documents/kinds.ts';
import { makeProduct } from '../../bench/documents/product.ts';
import { SEARCH_HITS } from '../../bench/documents/queries.ts';
import { expose } from './expose.ts';

const INDEX = 'datastores-search--catalog--product';
const begun = performance.now();
const stores = openDatastores({ name: 'catalog', datastores: [productCatalog] });
const tasks: number[] = [];
new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
  type: 'longtask',
});

/** What the page offers to tests. */
export type CatalogPage = typeof page;

const page = expose({
  /** Stores products as a pull does, without a journal entry for each. */
  fill: async (from: number, to: number) => {
    const { product } = await stores;
    for (let at = from; at < to; at += 500) {
      const rows = Array.from({ length: Math.min(500, to - at) }, (_, index) => ({
        document: {
          ...makeProduct(SEED, at + index),
          _deleted: false,
          _attachments: {},
          _meta: { lwt: Date.now() },
          _rev: '1-replication',
        },
      }));
      await product.storageInstance.bulkWrite(rows as never, 'replication-pull');
    }
  },
  upsert: async (product: Product) => {
    await (await stores).product.upsert(product);
  },
  remove: async (id: string) => {
    await (await stores).product.findOne(id).remove();
  },
  ids: async (text: string) => {
    const { hits, complete } = await (await stores).search('product', text, { limit: SEARCH_HITS }).exec();
    return { ids: hits.map(({ document }) => document.primary), complete };
  },
  /** Milliseconds from the loading of the page until everything can be found. */
  complete: async () => {
    const { search } = await stores;
    await firstValueFrom(search('product', 'x1').$.pipe(first(({ complete }) => complete)));
    return performance.now() - begun;
  },
  /** Milliseconds that each search took, hits included. */
  latencies: async (texts: readonly string[]) => {
    const { search } = await stores;
    const taken: number[] = [];
    for (const text of texts) {
      const start = performance.now();
      await search('product', text, { limit: SEARCH_HITS }).exec();
      taken.push(performance.now() - start);
    }
    return taken;
  },
  /** The same, with what it takes to read the hits by their ids alone, one after the other in turns. */
  compared: async (texts: readonly string[]) => {
    const { search, product } = await stores;
    const times = { search: [] as number[], read: [] as number[] };
    for (const text of texts) {
      const start = performance.now();
      const { hits } = await search('product', text, { limit: SEARCH_HITS }).exec();
      const found = performance.now();
      await product.internalStorageInstance.findDocumentsById(
        hits.map(({ document }) => document.primary),
        false,
      );
      times.search.push(found - start);
      times.read.push(performance.now() - found);
    }
    return times;
  },
  /** Tasks of more than 50 ms since the last call, in milliseconds. */
  longTasks: () => tasks.splice(0),
  heap: () => (performance as { readonly memory?: { readonly usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0,
  /** True once the index is stored. */
  stored: async () => {
    const databases = await indexedDB.databases();
    if (databases.every(({ name }) => name !== INDEX)) return false;
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opened = indexedDB.open(INDEX);
      opened.onsuccess = () => resolve(opened.result);
      opened.onerror = () => reject(opened.error);
    });
    const keys = database.objectStoreNames.contains('parts')
      ? await new Promise<IDBValidKey[]>((resolve, reject) => {
          const asked = database.transaction('parts').objectStore('parts').getAllKeys();
          asked.onsuccess = () => resolve(asked.result);
          asked.onerror = () => reject(asked.error);
        })
      : [];
    database.close();
    return keys.includes('manifest');
  },
  dropIndex: async () => {
    await new Promise((resolve) => {
      indexedDB.deleteDatabase(INDEX).onsuccess = resolve;
    });
  },
});
