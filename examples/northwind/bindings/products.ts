import { productCatalog, realTime, type Strategy } from '@datastores/core';
import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { Binding, ExternalRecord } from '@datastores/sync-server';
import { centsOf, keyOf, numberOf, textOf, toAmount } from '../read-field.ts';

/** The table of categories is part of the schema of this ERP, so the binding knows it by heart. */
const CATEGORIES = [
  'Beverages',
  'Condiments',
  'Confections',
  'Dairy Products',
  'Grains/Cereals',
  'Meat/Poultry',
  'Produce',
  'Seafood',
];

/** Products of the ERP as the product catalog. The ERP numbers them; everything else may be changed on both sides. */
export function productBinding(strategies: readonly Strategy[] = [realTime()]): Binding {
  return {
    system: 'erp',
    stream: 'products',
    datastore: productCatalog,
    mapping: 1,
    strategies,
    toDocument: (record) => ({
      sku: `NW-${keyOf(record, 'product_id')}`,
      name: textOf(record, 'product_name') ?? '(unnamed)',
      status: record.discontinued === 1 ? 'discontinued' : 'active',
      category: CATEGORIES[(numberOf(record, 'category_id') ?? 0) - 1] ?? null,
      supplierId: numberOf(record, 'supplier_id') === null ? null : `supplier-${record.supplier_id}`,
      packaging: textOf(record, 'quantity_per_unit'),
      price: centsOf(record, 'unit_price'),
      currency: 'USD',
    }),
    toRecord,
    fields: {
      sku: { from: 'there' },
      name: { merge: 'there' },
      status: { merge: 'there' },
      category: { merge: 'there' },
      supplierId: { from: 'there' },
      packaging: { merge: 'there' },
      price: { merge: 'there' },
      currency: { from: 'there' },
    },
  };
}

function toRecord(patch: JsonObject): ExternalRecord {
  const record: Record<string, JsonValue> = {};
  if ('name' in patch) record.product_name = patch.name ?? null;
  if ('status' in patch) record.discontinued = patch.status === 'discontinued' ? 1 : 0;
  if ('packaging' in patch) record.quantity_per_unit = patch.packaging ?? null;
  if ('price' in patch) record.unit_price = toAmount(patch.price);
  if ('category' in patch) {
    const category = CATEGORIES.indexOf(String(patch.category));
    record.category_id = category < 0 ? null : category + 1;
  }
  return record;
}
