import type { Store, StoreOptions } from '../../../apps/sync-server/src/store/store.ts';

/** An empty database of one test. */
export interface StorePlace extends AsyncDisposable {
  /** Opens the store that is kept here. What is still open when the place goes is closed with it. */
  open(options?: Partial<StoreOptions>): Promise<Store>;
}

/** How the suite gets at a kind of store. */
export interface StoreUnderTest {
  createPlace(): Promise<StorePlace>;
}

/** What the stores of the suite are made for: `product` goes to two systems, `order` to one, `note` to none. */
export const SUITE_OPTIONS: StoreOptions = {
  datastores: [{ name: 'product' }, { name: 'order' }, { name: 'note' }],
  routes: (datastore) => ROUTES[datastore] ?? [],
};

const ROUTES: Readonly<Record<string, readonly { system: string; stream: string }[]>> = {
  product: [
    { system: 'erp', stream: 'products' },
    { system: 'shop', stream: 'items' },
  ],
  order: [{ system: 'erp', stream: 'orders' }],
};
