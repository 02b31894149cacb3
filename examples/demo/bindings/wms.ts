import { batch, scheduled } from '@datastores/core';
import { inventory, type JsonObject, type JsonValue, type StockLevel } from '@datastores/core/schema';
import { type Binding, type Connector, type ExternalRecord, files } from '@datastores/sync-server';
import * as z from 'zod';
import { asPatch } from './as-patch.ts';
import { productIdOf } from './ids.ts';
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

/** Where files are exchanged with the warehouse. */
export interface WmsFolders {
  readonly exchange: string;
  /** What is known of the files, kept on this side. */
  readonly state: string;
}

/**
 * How the warehouse is reached: by CSV files in a folder. It drops files of all levels and of changed ones, and books ours,
 * of which a line says no more than what changes; differences it adds by itself, once for each write id.
 */
export function wmsConnector({ exchange, state }: WmsFolders): Connector {
  return files({
    folder: exchange,
    state,
    keepDays: 1,
    streams: {
      levels: {
        format: { is: 'csv', separator: ';', empty: 'absent', quotedEmpty: 'text', nullText: 'NULL' },
        key: 'id',
        fields: {
          id: {},
          item: {},
          warehouse: {},
          qty: { type: 'integer' },
          qtyReserved: { type: 'integer' },
          qtyAllocated: { type: 'integer' },
          qtyInbound: { type: 'integer' },
          minQty: { type: 'integer' },
          slot: {},
          reservations: { type: 'json' },
          picks: { type: 'json' },
          shipments: { type: 'json' },
        },
        inbox: {
          full: 'levels-full-*.csv',
          delta: 'levels-delta-*.csv',
          complete: { trailer: '^END;(?<rows>\\d+)$' },
        },
        outbox: { prefix: 'changes', rows: 'changed', adds: true },
        settleMs: 60_000,
      },
    },
  });
}

/**
 * The warehouse system keeps stock levels. Quantities are exchanged as differences, so that two tills and the warehouse
 * can count at once; reservations may be edited in a replica, picks and shipments only in the warehouse. It deletes a
 * cleared level without a trace: its next file of all levels lacks it. Changes are collected, and exchanged every second.
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
    strategies: [batch({ everyMs: 1_000 }), scheduled('*/10 * * * *')],
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
