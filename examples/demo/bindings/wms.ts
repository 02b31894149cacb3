import { realTime, scheduled } from '@datastores/core';
import { inventory, type JsonObject, type JsonValue, type StockLevel } from '@datastores/core/schema';
import { type Binding, type Connector, type ExternalRecord, rest } from '@datastores/sync-server';
import * as z from 'zod';
import { asPatch } from './as-patch.ts';
import { productIdOf } from './ids.ts';
import { OVERLAP_MS } from './overlap.ts';
import { typedBinding } from './typed-binding.ts';
import { withoutEmpty } from './without-empty.ts';

const level = z.object({
  id: z.string(),
  item: z.string(),
  warehouse: z.string(),
  qty: z.int(),
  qtyReserved: z.int(),
  qtyAllocated: z.int(),
  qtyInbound: z.int(),
  minQty: z.int(),
  slot: z.string().nullable(),
  reservations: z.array(z.object({ no: z.string(), order: z.string().nullish(), qty: z.int() })),
  picks: z.array(z.object({ no: z.string(), order: z.string(), pos: z.int().nullish(), qty: z.int() })),
  shipments: z.array(
    z.object({
      no: z.string(),
      order: z.string(),
      qty: z.int(),
      state: z.enum(['PICK', 'PACK', 'SENT', 'DONE', 'VOID']),
      carrier: z.string().nullish(),
      track: z.string().nullish(),
    }),
  ),
});

const FULFILMENT = { PICK: 'picking', PACK: 'packed', SENT: 'shipped', DONE: 'delivered', VOID: 'cancelled' } as const;
const AMOUNTS = { onHand: 'qty', reserved: 'qtyReserved', allocated: 'qtyAllocated', incoming: 'qtyInbound' } as const;

/** How the warehouse is reached. It adds by itself, once for each key, and deletes without a trace. */
export function wmsConnector(baseUrl: string): Connector {
  return rest({
    baseUrl,
    checkPath: '/health',
    streams: {
      levels: {
        path: '/levels',
        key: 'id',
        list: {
          itemsAt: 'levels',
          since: {
            param: 'changedSince',
            field: 'changedAt',
            format: 'unix-ms',
            overlapMs: OVERLAP_MS,
            ascending: true,
          },
          page: { style: 'keyset', param: 'after' },
          size: { param: 'limit', value: 500 },
        },
        get: { path: '/levels/{key}' },
        update: { path: '/levels/{key}' },
        guard: { field: 'rev' },
        idempotencyHeader: 'idempotency-key',
        adds: { path: '/levels/{key}/add' },
      },
    },
  });
}

/**
 * The warehouse system keeps stock levels. Quantities are exchanged as differences, so that two tills and the warehouse
 * can count at once; reservations may be edited in a replica, picks and shipments only in the warehouse. It deletes a
 * cleared level without a trace: the full comparison finds that.
 */
export const wmsBindings: readonly Binding[] = [
  typedBinding({
    system: 'wms',
    stream: 'levels',
    datastore: inventory,
    record: level,
    mapping: 1,
    idFor: ({ id }) => `level-${id}`,
    toDocument: (record) => ({
      productId: productIdOf(record.item),
      location: record.warehouse,
      sku: record.item,
      onHand: record.qty,
      reserved: record.qtyReserved,
      allocated: record.qtyAllocated,
      incoming: record.qtyInbound,
      reorderLevel: record.minQty,
      bin: record.slot,
      reservations: record.reservations.map(({ no, order, qty }) =>
        withoutEmpty({ id: no, orderId: order, quantity: qty }),
      ),
      allocations: record.picks.map(({ no, order, pos, qty }) =>
        withoutEmpty({ id: no, orderId: order, line: pos, quantity: qty }),
      ),
      fulfilments: record.shipments.map(({ no, order, qty, state, carrier, track }) =>
        withoutEmpty({ id: no, orderId: order, quantity: qty, status: FULFILMENT[state], carrier, tracking: track }),
      ),
    }),
    toRecord: (patch, document) => toLevelPatch(patch, document as unknown as StockLevel),
    amountField: (field) => AMOUNTS[field as keyof typeof AMOUNTS] ?? field,
    fields: {
      productId: { from: 'there' },
      location: { from: 'there' },
      sku: { from: 'there' },
      onHand: { merge: 'sum' },
      reserved: { merge: 'sum' },
      allocated: { merge: 'sum' },
      incoming: { merge: 'sum' },
      reorderLevel: { merge: 'there' },
      bin: { merge: 'there' },
      reservations: { merge: 'there' },
      allocations: { from: 'there' },
      fulfilments: { from: 'there' },
    },
    creates: false,
    deletes: false,
    strategies: [realTime({ pollMs: 1_000 }), scheduled('*/10 * * * *')],
  }),
];

function toLevelPatch(patch: JsonObject, stock: StockLevel): ExternalRecord {
  const { reorderLevel, bin } = patch;
  return asPatch({
    minQty: reorderLevel === null ? 0 : reorderLevel,
    slot: bin,
    reservations: patch.reservations === undefined ? undefined : toReservations(stock),
  });
}

function toReservations(stock: StockLevel): JsonValue {
  return (stock.reservations ?? []).map(({ id, orderId, quantity }) => ({
    no: id,
    order: orderId ?? null,
    qty: quantity,
  }));
}
