import type { OrderFacts } from '../seed/orders.ts';
import type { Sample } from '../seed/sample.ts';
import { createDemoSystem, type DemoSystem, type DemoSystemOptions } from './demo-system.ts';
import { createIdempotency } from './idempotency.ts';
import { installRecordRoutes } from './record-routes.ts';
import { createRecordTable, type StoredRecord } from './record-table.ts';
import { Refusal } from './refusal.ts';

/** A position of a sales order. Prices are numbers in whole currency units, e.g. 19.99. */
interface Position {
  readonly pos: number;
  readonly article: string;
  readonly text: string | null;
  readonly pieces: number;
  readonly price: number;
  readonly rebate: number | null;
  readonly vat: number | null;
}

/** A sales order as the order system keeps it. */
interface SalesOrder {
  readonly customer: string;
  readonly state: 'NEW' | 'ACCEPTED' | 'IN_PICKING' | 'DISPATCHED' | 'COMPLETED' | 'CANCELLED' | 'RETURNED';
  readonly orderedAt: string;
  readonly source: string | null;
  readonly currency: string;
  readonly positions: readonly Position[];
  readonly shippingFee: number;
  readonly carrier: string | null;
  readonly trackingCode: string | null;
  readonly deliverTo: {
    readonly street: string | null;
    readonly city: string | null;
    readonly postcode: string | null;
    readonly country: string | null;
  } | null;
  readonly remark: string | null;
  /** Reference of whoever placed the order; orders can be looked up by it. */
  readonly clientRef: string | null;
  /** Kept by the order system. */
  readonly log: readonly { readonly state: string; readonly at: string }[];
}

const TEXT = { type: 'string', nullable: true };
const MONEY = { type: 'number', minimum: 0 };
const STATES = ['NEW', 'ACCEPTED', 'IN_PICKING', 'DISPATCHED', 'COMPLETED', 'CANCELLED', 'RETURNED'];
const FIELDS = {
  customer: { type: 'string', minLength: 1 },
  state: { type: 'string', enum: STATES },
  orderedAt: { type: 'string', format: 'date-time' },
  source: TEXT,
  currency: { type: 'string', minLength: 3, maxLength: 3 },
  positions: {
    type: 'array',
    minItems: 1,
    items: {
      type: 'object',
      properties: {
        pos: { type: 'integer', minimum: 1 },
        article: { type: 'string', minLength: 1 },
        text: TEXT,
        pieces: { type: 'integer', minimum: 1 },
        price: MONEY,
        rebate: { type: 'number', nullable: true },
        vat: { type: 'number', nullable: true },
      },
      required: ['pos', 'article', 'pieces', 'price'],
      additionalProperties: false,
    },
  },
  shippingFee: MONEY,
  carrier: TEXT,
  trackingCode: TEXT,
  deliverTo: {
    type: 'object',
    nullable: true,
    properties: { street: TEXT, city: TEXT, postcode: TEXT, country: TEXT },
    additionalProperties: false,
  },
  remark: TEXT,
  clientRef: TEXT,
};
const FINAL = new Set<SalesOrder['state']>(['COMPLETED', 'CANCELLED', 'RETURNED']);

/**
 * The order system: sales orders with positions and a log of their states. It mints order numbers and computes totals.
 * The list is read by time of change (`changedSince`) and goes on with a `cursor`; `clientRef` looks up one order.
 */
export function startOms(sample: () => Sample, options: DemoSystemOptions): Promise<DemoSystem> {
  return createDemoSystem(
    {
      name: 'oms',
      install(app, db) {
        const orders = createRecordTable<SalesOrder>(db, 'orders');
        const nextNumber = (): string => {
          const newest = db.prepare('SELECT max(key) FROM orders').pluck().get() as string | null;
          return `SO-${Number(newest?.slice(3) ?? 20_000) + 1}`;
        };
        if (orders.count() === 0) {
          db.transaction(() => {
            for (const order of sample().orders) orders.put(nextNumber(), toSalesOrder(order));
          })();
        }
        const querystring = {
          type: 'object',
          properties: {
            changedSince: { type: 'string', default: '' },
            cursor: { type: 'string' },
            clientRef: { type: 'string' },
            count: { type: 'integer', minimum: 1, maximum: 250, default: 250 },
          },
          additionalProperties: false,
        };
        app.get('/orders', { schema: { querystring } }, async (request) => {
          const query = request.query as { changedSince: string; cursor?: string; clientRef?: string; count: number };
          const { changedSince, cursor, clientRef, count } = query;
          if (clientRef !== undefined)
            return { orders: orders.where('clientRef', clientRef).map(show), nextCursor: null };
          const [time, key] = cursor === undefined ? [changedSince, ''] : readCursor(cursor);
          const records = orders.modifiedSince(time, key, count + 1);
          const shown = records.slice(0, count);
          const nextCursor = records.length > count ? cursorAt(shown.at(-1)) : null;
          return { orders: shown.map(show), nextCursor };
        });
        installRecordRoutes(app, {
          path: '/orders',
          table: orders,
          show,
          fields: FIELDS,
          create: {
            required: ['customer', 'positions'],
            idempotency: createIdempotency(db),
            make: (input) => ({ key: nextNumber(), body: place(input) }),
          },
          change,
          remove: 'bury',
          versionField: 'rev',
        });
        return () => ({ orders: orders.count() });
      },
    },
    options,
  );
}

function place(input: Partial<SalesOrder>): SalesOrder {
  const now = new Date().toISOString();
  const order: SalesOrder = {
    customer: '',
    state: 'NEW',
    orderedAt: now,
    source: null,
    currency: 'EUR',
    positions: [],
    shippingFee: 0,
    carrier: null,
    trackingCode: null,
    deliverTo: null,
    remark: null,
    clientRef: null,
    log: [],
    ...input,
  };
  return { ...order, log: [{ state: order.state, at: now }] };
}

function change(order: SalesOrder, patch: Partial<SalesOrder>): SalesOrder {
  const state = patch.state ?? order.state;
  if (state === order.state) return { ...order, ...patch };
  if (FINAL.has(order.state)) throw new Refusal(422, `The order is ${order.state} and keeps its state.`, 'state');
  return { ...order, ...patch, log: [...order.log, { state, at: new Date().toISOString() }] };
}

function show(record: StoredRecord<SalesOrder>): object {
  const stamp = { rev: record.version, changedAt: record.modifiedAt };
  if (record.deleted) return { orderNumber: record.key, deleted: true, ...stamp };
  const { positions, shippingFee } = record.body;
  const net = positions.reduce((sum, { pieces, price, rebate }) => sum + pieces * price * (1 - (rebate ?? 0) / 100), 0);
  return { orderNumber: record.key, ...record.body, total: Math.round((net + shippingFee) * 100) / 100, ...stamp };
}

function cursorAt(record: StoredRecord<SalesOrder> | undefined): string | null {
  return record === undefined ? null : Buffer.from(`${record.modifiedAt} ${record.key}`).toString('base64url');
}

function readCursor(cursor: string): [time: string, key: string] {
  const [time, key] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (time === undefined || key === undefined) throw new Refusal(400, 'This is not a cursor of this list.', 'cursor');
  return [time, key];
}

function toSalesOrder(order: OrderFacts): SalesOrder {
  const state = {
    placed: 'NEW',
    confirmed: 'ACCEPTED',
    picking: 'IN_PICKING',
    shipped: 'DISPATCHED',
    delivered: 'COMPLETED',
    cancelled: 'CANCELLED',
  } as const;
  return {
    customer: order.customer,
    state: state[order.status],
    orderedAt: order.placedAt,
    source: order.channel,
    currency: 'EUR',
    positions: order.lines.map((line, index) => ({
      pos: index + 1,
      article: line.sku,
      text: line.name,
      pieces: line.quantity,
      price: line.unitPrice / 100,
      rebate: line.discountPercent,
      vat: line.taxPercent,
    })),
    shippingFee: order.freight / 100,
    carrier: order.carrier,
    trackingCode:
      order.carrier === null ? null : `TRK${order.customer.slice(2)}${order.placedAt.slice(5, 10).replace('-', '')}`,
    deliverTo: {
      street: order.shipTo.street,
      city: order.shipTo.city,
      postcode: order.shipTo.postalCode,
      country: order.shipTo.country,
    },
    remark: null,
    clientRef: null,
    log: order.history.map(({ status, at }) => ({ state: state[status as keyof typeof state], at })),
  };
}
