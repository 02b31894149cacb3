import { inventory, realTime, type Strategy } from '@datastores/core';
import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { Binding, ExternalRecord } from '@datastores/sync-server';
import { keyOf, numberOf } from '../read-field.ts';

const COLUMNS: Readonly<Record<string, string>> = { onHand: 'units_in_stock', incoming: 'units_on_order' };

/**
 * The stock columns of the products table as inventory: one level per product, at the one location this ERP knows.
 * Quantities travel as differences in both directions. A level lives and dies with its product.
 */
export function stockBinding(strategies: readonly Strategy[] = [realTime()]): Binding {
  return {
    system: 'erp',
    stream: 'stock',
    datastore: inventory,
    mapping: 1,
    strategies,
    creates: false,
    deletes: false,
    toDocument: (record, ids) => ({
      productId: ids.here('products', keyOf(record, 'product_id')),
      location: 'main',
      onHand: numberOf(record, 'units_in_stock') ?? 0,
      incoming: numberOf(record, 'units_on_order') ?? 0,
      reorderLevel: numberOf(record, 'reorder_level'),
    }),
    toRecord,
    amountField: (field) => COLUMNS[field] ?? field,
    fields: {
      productId: { from: 'there' },
      location: { from: 'there' },
      onHand: { merge: 'sum' },
      incoming: { merge: 'sum' },
      reorderLevel: { merge: 'there' },
    },
  };
}

function toRecord(patch: JsonObject): ExternalRecord {
  const record: Record<string, JsonValue> = {};
  if ('onHand' in patch) record.units_in_stock = patch.onHand ?? 0;
  if ('incoming' in patch) record.units_on_order = patch.incoming ?? 0;
  if ('reorderLevel' in patch) record.reorder_level = patch.reorderLevel ?? null;
  return record;
}
