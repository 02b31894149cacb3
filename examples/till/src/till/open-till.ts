import { openDatastores } from '@datastores/browser';
import { customers, type Datastores, inventory, orders, productCatalog } from '@datastores/core';
import { readSession } from './session.ts';

const DATASTORES = [productCatalog, customers, inventory, orders] as const;

/** The four datastores of a shop, on this device. */
export type TillStores = Datastores<typeof DATASTORES>;

/** Opens the replica of one till. Each till has a database of its own, also where two of them are on one screen. */
export async function openTill(name: string): Promise<TillStores> {
  const { url } = await readSession();
  return openDatastores({
    datastores: DATASTORES,
    name: `till-${name}`,
    url,
    token: async () => (await readSession()).token,
  });
}
