import { randomUUID } from 'node:crypto';
import { getRxStorageBlocks } from '@datastores/browser';
import { IDBFactory } from 'fake-indexeddb';
import { type Item, itemSchema, type StoredSchema } from '../../suites/storage/item.ts';
import { type IndexedDbTab, openIndexedDbTab } from '../../support/indexed-db-tab.ts';
import type { BlocksItems } from './everything.ts';

/** A tab with the items open in it. */
export interface ItemsTab extends IndexedDbTab {
  readonly items: BlocksItems;
}

/** What {@link BlocksPlace.open} takes where the defaults do not do. */
export interface TabOptions {
  readonly killAt?: number;
  readonly cacheMegabytes?: number;
  readonly collectionName?: string;
  readonly schema?: StoredSchema;
}

/** A browser with one database. Closes what was opened in it when disposed, but for tabs that were killed. */
export interface BlocksPlace extends AsyncDisposable {
  readonly factory: IDBFactory;
  /** Opens the items in a new tab. */
  readonly open: (options?: TabOptions) => Promise<ItemsTab>;
  /** Opens items in a tab that is there. */
  readonly openIn: (tab: IndexedDbTab, options?: TabOptions) => Promise<BlocksItems>;
}

/** Opens an empty browser. */
export function openBlocksPlace(): BlocksPlace {
  const factory = new IDBFactory();
  const opened: { readonly tab: IndexedDbTab; readonly items: BlocksItems }[] = [];
  const openIn = async (tab: IndexedDbTab, options: TabOptions = {}) => {
    const { cacheMegabytes = 64, collectionName = 'items', schema = itemSchema } = options;
    const items = await getRxStorageBlocks({ ...tab.access, cacheMegabytes }).createStorageInstance<Item>({
      databaseInstanceToken: randomUUID(),
      databaseName: 'db',
      collectionName,
      schema,
      options: {},
      multiInstance: true,
      devMode: false,
    });
    opened.push({ tab, items });
    return items;
  };
  return {
    factory,
    openIn,
    async open(options = {}) {
      const tab = openIndexedDbTab(factory, options.killAt);
      return { ...tab, items: await openIn(tab, options) };
    },
    async [Symbol.asyncDispose]() {
      const alive = opened.filter(({ tab }) => !tab.isKilled());
      await Promise.all(alive.map(({ items }) => items.close()));
    },
  };
}
