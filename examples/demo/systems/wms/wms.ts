import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Sample } from '../../seed/sample.ts';
import { createDemoSystem, type DemoSystem, type DemoSystemOptions } from '../demo-system.ts';
import { createIdempotency, type Idempotency } from '../idempotency.ts';
import { etagOf, installRecordRoutes } from '../record-routes.ts';
import { createRecordTable, type RecordTable } from '../record-table.ts';
import { Refusal } from '../refusal.ts';
import { createExchange } from './exchange.ts';
import { type Amounts, type Level, makeLevel, showLevel, toLevel, withAmounts } from './level.ts';

/** The warehouse system, with the folder where it exchanges files. */
export interface WarehouseSystem extends DemoSystem {
  readonly exchangeFolder: string;
}

const WHOLE = { type: 'integer' };
const TEXT = { type: 'string', minLength: 1, maxLength: 100 };
const NULLABLE = { type: 'string', nullable: true };
const AMOUNT_FIELDS = { qty: WHOLE, qtyReserved: WHOLE, qtyAllocated: WHOLE, qtyInbound: WHOLE };
const FIELDS = {
  ...AMOUNT_FIELDS,
  item: TEXT,
  warehouse: TEXT,
  minQty: WHOLE,
  slot: NULLABLE,
  reservations: rows({ no: TEXT, order: NULLABLE, qty: WHOLE }),
  picks: rows({ no: TEXT, order: TEXT, pos: WHOLE, qty: WHOLE }),
  shipments: rows({ no: TEXT, order: TEXT, qty: WHOLE, state: TEXT, carrier: NULLABLE, track: NULLABLE }),
};

/**
 * The warehouse system: stock levels with reservations, picks and shipments. With other systems it exchanges CSV files in a
 * folder: a file of all levels at its start and every ten minutes, files of changed ones every half second. Its own people use
 * HTTP: `POST /levels/:id/add` adds to quantities, once for each idempotency key. A cleared level is deleted without a trace.
 */
export async function startWms(sample: () => Sample, options: DemoSystemOptions): Promise<WarehouseSystem> {
  const exchangeFolder = join(dirname(options.file), 'wms-exchange');
  const system = await createDemoSystem(
    {
      name: 'wms',
      install(app, db, isDown) {
        const levels = createRecordTable<Level>(db, 'levels');
        if (levels.count() === 0) {
          db.transaction(() => {
            for (const stock of sample().stock) levels.put(`${stock.location}-${stock.sku}`, toLevel(stock));
          })();
        }
        const exchange = createExchange({ folder: exchangeFolder, db, levels });
        exchange.exportAll();
        const every = (ms: number, work: () => void) => {
          const timer = setInterval(() => !isDown() && work(), ms);
          app.addHook('onClose', async () => clearInterval(timer));
        };
        every(EXCHANGE_EVERY_MS, exchange.exchange);
        every(FULL_EVERY_MS, exchange.exportAll);
        const idempotency = createIdempotency(db);
        installList(app, levels);
        installAdd(app, levels, idempotency);
        installRecordRoutes(app, {
          path: '/levels',
          table: levels,
          show: showLevel,
          fields: FIELDS,
          create: { required: ['item', 'warehouse'], idempotency, make: makeLevel },
          remove: 'erase',
          versionField: 'rev',
        });
        return () => ({ levels: levels.count() });
      },
    },
    options,
  );
  return { ...system, exchangeFolder };
}

const EXCHANGE_EVERY_MS = 500;
const FULL_EVERY_MS = 10 * 60_000;

function installList(app: FastifyInstance, levels: RecordTable<Level>): void {
  const querystring = {
    type: 'object',
    properties: {
      after: { type: 'string', default: '' },
      limit: { type: 'integer', minimum: 1, maximum: 500, default: 500 },
    },
    additionalProperties: false,
  };
  app.get('/levels', { schema: { querystring } }, async (request) => {
    const { after, limit } = request.query as { after: string; limit: number };
    return { levels: levels.page(after, limit).map(showLevel) };
  });
}

function installAdd(app: FastifyInstance, levels: RecordTable<Level>, idempotency: Idempotency): void {
  const body = { type: 'object', properties: AMOUNT_FIELDS, minProperties: 1, additionalProperties: false };
  app.post('/levels/:key/add', { schema: { body } }, async (request, reply) => {
    const { key } = request.params as { key: string };
    const id = request.headers['idempotency-key'];
    idempotency.once(Array.isArray(id) ? id[0] : id, () => {
      const level = levels.get(key)?.body;
      if (level === undefined) throw new Refusal(404, `There is no level ${key}.`);
      return levels.put(key, withAmounts(level, request.body as Amounts)).key;
    });
    const record = levels.get(key);
    if (record === null) throw new Refusal(404, `There is no level ${key}.`);
    return reply.header('etag', etagOf(record)).send(showLevel(record));
  });
}

function rows(properties: object): object {
  return { type: 'array', items: { type: 'object', properties, additionalProperties: false } };
}
