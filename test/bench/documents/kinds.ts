import { type Datastore, inventory, orders, productCatalog } from '@datastores/core';
import type { JsonDocument } from '@datastores/core/schema';
import { makeOrder, orderId } from './order.ts';
import { makeProduct, productId } from './product.ts';
import { makeStockLevel, stockLevelId } from './stock-level.ts';

/** What a workload can be run with: a datastore, its documents by number, and a change of one of them. */
export interface Kind {
  readonly datastore: Datastore;
  readonly id: (index: number) => string;
  readonly make: (seed: number, index: number) => JsonDocument;
  /** A field that a patch of a workload changes; no index has it, and it takes any whole number from 0. */
  readonly changed: string;
}

/** Names of {@link KINDS}. */
export type KindName = 'product' | 'inventory' | 'order';

/** The seed of all documents of a bench. */
export const SEED = 1;

/**
 * The datastores as they ship, three secondary indexes for products, but without search fields: what it costs to keep a
 * full-text index is measured apart.
 */
export const KINDS: Readonly<Record<KindName, Kind>> = {
  product: { datastore: withoutSearch(productCatalog), id: productId, make: makeProduct, changed: 'reorderLevel' },
  inventory: { datastore: withoutSearch(inventory), id: stockLevelId, make: makeStockLevel, changed: 'safetyStock' },
  order: { datastore: withoutSearch(orders), id: orderId, make: makeOrder, changed: 'freight' },
};

const SHIPPED: Readonly<Record<KindName, Datastore>> = { product: productCatalog, inventory, order: orders };

/** The kind of a name, with the search fields of its datastore or without. */
export function kindOf({ datastore, search }: { readonly datastore: KindName; readonly search: boolean }): Kind {
  return search ? { ...KINDS[datastore], datastore: SHIPPED[datastore] } : KINDS[datastore];
}

function withoutSearch(datastore: Datastore): Datastore {
  return { ...datastore, search: [] };
}
