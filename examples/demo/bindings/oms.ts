import { realTime, scheduled } from '@datastores/core';
import { type JsonObject, type JsonValue, type Order, orders } from '@datastores/core/schema';
import { type Binding, type Connector, type ExternalRecord, rest } from '@datastores/sync-server';
import * as z from 'zod';
import { asPatch } from './as-patch.ts';
import { customerIdOf, customerNumberOf, productIdOf, skuOf } from './ids.ts';
import { OVERLAP_MS } from './overlap.ts';
import { typedBinding } from './typed-binding.ts';
import { withoutEmpty } from './without-empty.ts';

const text = z.string().nullish();
const state = z.enum(['NEW', 'ACCEPTED', 'IN_PICKING', 'DISPATCHED', 'COMPLETED', 'CANCELLED', 'RETURNED']);
const salesOrder = z.object({
  orderNumber: z.string(),
  customer: z.string(),
  state,
  orderedAt: z.iso.datetime(),
  source: text,
  currency: z.string().length(3),
  positions: z.array(
    z.object({
      pos: z.int(),
      article: z.string(),
      text,
      pieces: z.int(),
      price: z.number(),
      rebate: z.number().nullish(),
      vat: z.number().nullish(),
    }),
  ),
  shippingFee: z.number(),
  carrier: text,
  trackingCode: text,
  deliverTo: z.object({ street: text, city: text, postcode: text, country: text }).nullable(),
  remark: text,
  log: z.array(z.object({ state, at: z.iso.datetime() })),
  total: z.number(),
});

const STATUS = {
  NEW: 'placed',
  ACCEPTED: 'confirmed',
  IN_PICKING: 'picking',
  DISPATCHED: 'shipped',
  COMPLETED: 'delivered',
  CANCELLED: 'cancelled',
  RETURNED: 'returned',
} as const;

/** How the order system is reached. It mints numbers; an order is repeated safely by its key and found by `clientRef`. */
export function omsConnector(baseUrl: string): Connector {
  return rest({
    baseUrl,
    checkPath: '/health',
    streams: {
      orders: {
        path: '/orders',
        key: 'orderNumber',
        list: {
          itemsAt: 'orders',
          since: { param: 'changedSince', field: 'changedAt', overlapMs: OVERLAP_MS, ascending: true },
          page: { style: 'cursor', param: 'cursor', nextAt: 'nextCursor' },
          size: { param: 'count', value: 250 },
        },
        get: { path: '/orders/{key}' },
        create: {},
        update: { path: '/orders/{key}' },
        guard: { field: 'rev' },
        idempotencyHeader: 'idempotency-key',
        ref: { field: 'clientRef', param: 'clientRef' },
        tombstone: { field: 'deleted' },
      },
    },
  });
}

/**
 * The order system gives each order its number, keeps the log of its states and computes the total. An order made in a
 * replica is created there once: the order system de-duplicates by idempotency key and can be asked by `clientRef`.
 */
export const omsBindings: readonly Binding[] = [
  typedBinding({
    system: 'oms',
    stream: 'orders',
    datastore: orders,
    record: salesOrder,
    mapping: 1,
    idFor: ({ orderNumber }) => `order-${orderNumber}`,
    toDocument: (record) => ({
      number: record.orderNumber,
      customerId: customerIdOf(record.customer),
      status: STATUS[record.state],
      placedAt: record.orderedAt,
      channel: record.source ?? null,
      currency: record.currency,
      lines: record.positions.map((position) =>
        withoutEmpty({
          line: position.pos,
          productId: productIdOf(position.article),
          sku: position.article,
          name: position.text,
          quantity: position.pieces,
          unitPrice: toCents(position.price),
          discountPercent: position.rebate,
          taxPercent: position.vat,
        }),
      ),
      freight: toCents(record.shippingFee),
      total: toCents(record.total),
      carrier: record.carrier ?? null,
      tracking: record.trackingCode ?? null,
      shippingAddress:
        record.deliverTo === null
          ? null
          : withoutEmpty({
              street: record.deliverTo.street,
              city: record.deliverTo.city,
              postalCode: record.deliverTo.postcode,
              country: record.deliverTo.country,
            }),
      note: record.remark ?? null,
      statusHistory: record.log.map((entry) => ({ status: STATUS[entry.state], at: entry.at, by: 'oms' })),
      externalReferences: [{ system: 'oms', key: record.orderNumber }],
    }),
    toRecord: (patch, document) => toSalesOrderPatch(patch, document as unknown as Order),
    fields: {
      number: { from: 'there' },
      customerId: { merge: 'there' },
      status: { merge: 'there' },
      placedAt: { merge: 'there' },
      channel: { merge: 'there' },
      currency: { merge: 'there' },
      lines: { merge: 'there' },
      freight: { merge: 'there' },
      total: { from: 'there' },
      carrier: { merge: 'there' },
      tracking: { merge: 'there' },
      shippingAddress: { merge: 'there' },
      note: { merge: 'here' },
      statusHistory: { from: 'there' },
      externalReferences: { from: 'there' },
    },
    creates: true,
    deletes: false,
    strategies: [realTime({ pollMs: 1_000 }), scheduled('47 3 * * *')],
  }),
];

function toSalesOrderPatch(patch: JsonObject, order: Order): ExternalRecord {
  const { placedAt, channel, currency, carrier, tracking, note } = patch;
  return asPatch({
    customer: patch.customerId === undefined ? undefined : customerNumberOf(order.customerId),
    state: patch.status === undefined ? undefined : toState(order.status),
    orderedAt: placedAt,
    source: channel,
    currency,
    positions: patch.lines === undefined ? undefined : toPositions(order),
    shippingFee: patch.freight === undefined ? undefined : (order.freight ?? 0) / 100,
    carrier,
    trackingCode: tracking,
    deliverTo: patch.shippingAddress === undefined ? undefined : toDeliverTo(order),
    remark: note,
  });
}

/** A draft has no counterpart over there: sent is placed. */
function toState(status: Order['status']): string {
  return Object.entries(STATUS).find(([, name]) => name === status)?.[0] ?? 'NEW';
}

function toPositions(order: Order): JsonValue {
  return order.lines.map((line) => ({
    pos: line.line,
    article: line.sku ?? skuOf(line.productId),
    text: line.name ?? null,
    pieces: line.quantity,
    price: line.unitPrice / 100,
    rebate: line.discountPercent ?? null,
    vat: line.taxPercent ?? null,
  }));
}

function toDeliverTo(order: Order): JsonValue {
  const { street, city, postalCode, country } = order.shippingAddress ?? {};
  return { street: street ?? null, city: city ?? null, postcode: postalCode ?? null, country: country ?? null };
}

function toCents(amount: number): number {
  return Math.round(amount * 100);
}
