import { type Order, orders, realTime, type Strategy } from '@datastores/core';
import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { Binding, ExternalRecord, Ids } from '@datastores/sync-server';
import { centsOf, dayOf, keyOf, numberOf, textOf, toAmount, toDay, withoutEmpty } from '../read-field.ts';

const SHIPPERS = ['Speedy Express', 'United Package', 'Federal Shipping'];

/**
 * Orders with their details. The ERP has no status: an order with a shipping date is shipped, any other is placed. It
 * keeps days, not times, and knows a product at most once per order.
 */
export function orderBinding(strategies: readonly Strategy[] = [realTime()]): Binding {
  return {
    system: 'erp',
    stream: 'orders',
    datastore: orders,
    mapping: 1,
    strategies,
    toDocument: (record, ids) => ({
      number: keyOf(record, 'order_id'),
      customerId: ids.here('customers', keyOf(record, 'customer_id')),
      status: textOf(record, 'shipped_date') === null ? 'placed' : 'shipped',
      placedAt: dayOf(record, 'order_date') ?? '1970-01-01T00:00:00.000Z',
      requiredAt: dayOf(record, 'required_date'),
      shippedAt: dayOf(record, 'shipped_date'),
      carrier: SHIPPERS[(numberOf(record, 'ship_via') ?? 0) - 1] ?? null,
      currency: 'USD',
      freight: centsOf(record, 'freight'),
      lines: linesOf(record, ids),
      shippingAddress: addressOf(record),
      externalReferences: [{ system: 'erp', key: keyOf(record, 'order_id') }],
    }),
    toRecord: (patch, document, ids) => toRecord(patch, document as unknown as Order, ids),
    fields: {
      number: { from: 'there' },
      customerId: { merge: 'there' },
      status: { from: 'there' },
      placedAt: { merge: 'there' },
      requiredAt: { merge: 'there' },
      shippedAt: { merge: 'there' },
      carrier: { merge: 'there' },
      currency: { from: 'there' },
      freight: { merge: 'there' },
      lines: { merge: 'there' },
      shippingAddress: { merge: 'there' },
      externalReferences: { from: 'there' },
    },
  };
}

function linesOf(record: ExternalRecord, ids: Ids): JsonValue {
  const details = Array.isArray(record.details) ? (record.details as readonly ExternalRecord[]) : [];
  return details.map((detail, index) =>
    withoutEmpty({
      line: index + 1,
      productId: ids.here('products', keyOf(detail, 'product_id')),
      quantity: numberOf(detail, 'quantity'),
      unitPrice: centsOf(detail, 'unit_price'),
      discountPercent: discountOf(detail),
    }),
  );
}

/** A `real` discount of 0.150000006 is 15 per cent. */
function discountOf(detail: ExternalRecord): number | null {
  const discount = numberOf(detail, 'discount') ?? 0;
  return discount === 0 ? null : Math.round(discount * 10_000) / 100;
}

function addressOf(record: ExternalRecord): JsonValue {
  const address = withoutEmpty({
    name: textOf(record, 'ship_name'),
    street: textOf(record, 'ship_address'),
    city: textOf(record, 'ship_city'),
    region: textOf(record, 'ship_region'),
    postalCode: textOf(record, 'ship_postal_code'),
    country: textOf(record, 'ship_country'),
  });
  return Object.keys(address).length === 0 ? null : address;
}

function toRecord(patch: JsonObject, order: Order, ids: Ids): ExternalRecord {
  const record: Record<string, JsonValue> = {};
  if ('customerId' in patch) record.customer_id = ids.there('customers', order.customerId);
  if ('placedAt' in patch) record.order_date = toDay(patch.placedAt);
  if ('requiredAt' in patch) record.required_date = toDay(patch.requiredAt);
  if ('shippedAt' in patch) record.shipped_date = toDay(patch.shippedAt);
  if ('freight' in patch) record.freight = toAmount(patch.freight);
  if ('carrier' in patch) {
    const shipper = SHIPPERS.indexOf(String(patch.carrier));
    record.ship_via = shipper < 0 ? null : shipper + 1;
  }
  if ('shippingAddress' in patch) {
    const address = order.shippingAddress;
    record.ship_name = address?.name ?? null;
    record.ship_address = address?.street ?? null;
    record.ship_city = address?.city ?? null;
    record.ship_region = address?.region ?? null;
    record.ship_postal_code = address?.postalCode ?? null;
    record.ship_country = address?.country ?? null;
  }
  if ('lines' in patch) record.details = order.lines.map((line) => toDetail(line, ids));
  return record;
}

function toDetail(line: Order['lines'][number], ids: Ids): JsonValue {
  const key = ids.there('products', line.productId);
  return {
    product_id: Number(key),
    quantity: line.quantity,
    unit_price: line.unitPrice / 100,
    discount: (line.discountPercent ?? 0) / 100,
  };
}
