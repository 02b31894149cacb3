import type { FastifyInstance } from 'fastify';
import type { Sample } from '../seed/sample.ts';
import type { StockFacts } from '../seed/stock.ts';
import { createDemoSystem, type DemoSystem, type DemoSystemOptions } from './demo-system.ts';
import { createIdempotency, type Idempotency } from './idempotency.ts';
import { etagOf, installRecordRoutes } from './record-routes.ts';
import { createRecordTable, type RecordTable, type StoredRecord } from './record-table.ts';
import { Refusal } from './refusal.ts';

/** The stock of an item in a warehouse, as the warehouse system keeps it. */
interface Level {
  readonly item: string;
  readonly warehouse: string;
  readonly qty: number;
  readonly qtyReserved: number;
  readonly qtyAllocated: number;
  readonly qtyInbound: number;
  readonly minQty: number;
  readonly slot: string | null;
  readonly reservations: readonly { readonly no: string; readonly order: string | null; readonly qty: number }[];
  readonly picks: readonly {
    readonly no: string;
    readonly order: string;
    readonly pos: number;
    readonly qty: number;
  }[];
  readonly shipments: readonly {
    readonly no: string;
    readonly order: string;
    readonly qty: number;
    readonly state: 'PICK' | 'PACK' | 'SENT' | 'DONE' | 'VOID';
    readonly carrier: string | null;
    readonly track: string | null;
  }[];
}

const WHOLE = { type: 'integer' };
const TEXT = { type: 'string', minLength: 1, maxLength: 100 };
const NULLABLE = { type: 'string', nullable: true };
const AMOUNTS = { qty: WHOLE, qtyReserved: WHOLE, qtyAllocated: WHOLE, qtyInbound: WHOLE };
const FIELDS = {
  ...AMOUNTS,
  item: TEXT,
  warehouse: TEXT,
  minQty: WHOLE,
  slot: NULLABLE,
  reservations: rows({ no: TEXT, order: NULLABLE, qty: WHOLE }),
  picks: rows({ no: TEXT, order: TEXT, pos: WHOLE, qty: WHOLE }),
  shipments: rows({ no: TEXT, order: TEXT, qty: WHOLE, state: TEXT, carrier: NULLABLE, track: NULLABLE }),
};

/**
 * The warehouse system: stock levels with reservations, picks and shipments. The list is read by time
 * of change in milliseconds (`changedSince`) and id (`after`). A cleared level is deleted without a trace. `POST /levels/:id/add` adds to quantities, once for
 * each idempotency key.
 */
export function startWms(sample: () => Sample, options: DemoSystemOptions): Promise<DemoSystem> {
  return createDemoSystem(
    {
      name: 'wms',
      install(app, db) {
        const levels = createRecordTable<Level>(db, 'levels');
        if (levels.count() === 0) {
          db.transaction(() => {
            for (const stock of sample().stock) levels.put(`${stock.location}-${stock.sku}`, toLevel(stock));
          })();
        }
        const idempotency = createIdempotency(db);
        const querystring = {
          type: 'object',
          properties: {
            changedSince: { type: 'integer', minimum: 0, default: 0 },
            after: { type: 'string', default: '' },
            limit: { type: 'integer', minimum: 1, maximum: 500, default: 500 },
          },
          additionalProperties: false,
        };
        app.get('/levels', { schema: { querystring } }, async (request) => {
          const query = request.query as { changedSince: number; after: string; limit: number };
          const since = new Date(query.changedSince).toISOString();
          return { levels: levels.modifiedSince(since, query.after, query.limit).map(show) };
        });
        installAdd(app, levels, idempotency);
        installRecordRoutes(app, {
          path: '/levels',
          table: levels,
          show,
          fields: FIELDS,
          create: { required: ['item', 'warehouse'], idempotency, make },
          remove: 'erase',
          versionField: 'rev',
        });
        return () => ({ levels: levels.count() });
      },
    },
    options,
  );
}

function installAdd(app: FastifyInstance, levels: RecordTable<Level>, idempotency: Idempotency): void {
  const body = { type: 'object', properties: AMOUNTS, minProperties: 1, additionalProperties: false };
  app.post('/levels/:key/add', { schema: { body } }, async (request, reply) => {
    const { key } = request.params as { key: string };
    const id = request.headers['idempotency-key'];
    const amounts = request.body as Partial<Record<keyof typeof AMOUNTS, number>>;
    idempotency.once(Array.isArray(id) ? id[0] : id, () => {
      const level = levels.get(key)?.body;
      if (level === undefined) throw new Refusal(404, `There is no level ${key}.`);
      const { qty = 0, qtyReserved = 0, qtyAllocated = 0, qtyInbound = 0 } = amounts;
      return levels.put(key, {
        ...level,
        qty: level.qty + qty,
        qtyReserved: level.qtyReserved + qtyReserved,
        qtyAllocated: level.qtyAllocated + qtyAllocated,
        qtyInbound: level.qtyInbound + qtyInbound,
      }).key;
    });
    const record = levels.get(key);
    if (record === null) throw new Refusal(404, `There is no level ${key}.`);
    return reply.header('etag', etagOf(record)).send(show(record));
  });
}

const EMPTY: Level = {
  item: '',
  warehouse: '',
  qty: 0,
  qtyReserved: 0,
  qtyAllocated: 0,
  qtyInbound: 0,
  minQty: 0,
  slot: null,
  reservations: [],
  picks: [],
  shipments: [],
};

function make(input: Partial<Level>): { key: string; body: Level } {
  const body = { ...EMPTY, ...input };
  return { key: `${body.warehouse}-${body.item}`, body };
}

function show(record: StoredRecord<Level>): object {
  return { id: record.key, ...record.body, rev: record.version, changedAt: Date.parse(record.modifiedAt) };
}

function toLevel(stock: StockFacts): Level {
  return {
    ...EMPTY,
    item: stock.sku,
    warehouse: stock.location,
    qty: stock.onHand,
    qtyReserved: stock.reserved,
    qtyAllocated: stock.allocated,
    qtyInbound: stock.incoming,
    minQty: stock.reorderLevel,
    slot: stock.bin,
    reservations: stock.reserved > 0 ? [{ no: `R-${stock.bin}`, order: null, qty: stock.reserved }] : [],
    picks: stock.allocated > 0 ? [{ no: `P-${stock.bin}`, order: 'SO-20001', pos: 1, qty: stock.allocated }] : [],
  };
}

function rows(properties: object): object {
  return { type: 'array', items: { type: 'object', properties, additionalProperties: false } };
}
