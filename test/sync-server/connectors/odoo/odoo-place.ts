import type { ConnectorPlace } from '@datastores/sync-server/conformance';
import type { Stream } from '@datastores/sync-server/connector';
import { type OdooOptions, odoo } from '@datastores/sync-server/odoo';
import { type OdooServer, startOdoo } from '../../../support/odoo.ts';

/** One way to speak to Odoo. */
export interface OdooSample {
  readonly api: OdooOptions['api'];
  readonly externalIds: boolean;
}

/** The fake with an empty model, and two connectors to it. */
export async function openOdooPlace(
  sample: OdooSample,
  pageSize: number,
): Promise<ConnectorPlace & { server: OdooServer }> {
  const server = await startOdoo();
  const options = odooOptions(server, sample, pageSize);
  const connector = odoo(options);
  const stream = connector.streams.items;
  const second = odoo(options).streams.items;
  if (!stream || !second) throw new Error('The connector has no stream items.');
  const { models } = server;
  const quantityOf = (key: string) => Number(models.rows('x.item').find(({ id }) => String(id) === key)?.quantity);
  return {
    server,
    connector,
    stream,
    second,
    other: {
      insert: async (records) => (models.call('x.item', 'create', { vals_list: records }) as number[]).map(String),
      rename: async (key, name) => void models.call('x.item', 'write', { ids: [Number(key)], vals: { name } }),
      move: async (key, amount) =>
        void models.call('x.item', 'write', { ids: [Number(key)], vals: { quantity: quantityOf(key) + amount } }),
      remove: async (key) => void models.call('x.item', 'unlink', { ids: [Number(key)] }),
      count: async () => models.rows('x.item').length,
      async insertLate(record) {
        const { id, publish } = models.prepare('x.item', { ...record });
        return { key: String(id), commit: async () => publish() };
      },
    },
    interrupt: () => server.interrupt(),
    resume: () => server.resume(),
    loseNextAnswer: async () => server.disturb({ method: sample.externalIds ? 'load' : 'create', worked: true }),
    stall: async () => server.stall(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The fake described for the connector. */
export function odooOptions(server: OdooServer, sample: OdooSample, pageSize = 10): OdooOptions {
  const { url, database, user, apiKey } = server;
  return {
    url,
    database,
    apiKey,
    ...sample,
    ...(sample.api === 'json-rpc' && { user }),
    pageSize,
    timeoutMs: 5_000,
    streams: {
      items: { model: 'x.item', fields: ['name', 'quantity'], ...(!sample.externalIds && { ref: 'reference' }) },
    },
  };
}

/** The stream of items with these fields. */
export function openItems(server: OdooServer, sample: OdooSample, fields = ['name', 'quantity']): Stream {
  const options = odooOptions(server, sample);
  const items = { model: 'x.item', fields, ...(!sample.externalIds && { ref: 'reference' }) };
  return odoo({ ...options, streams: { items } }).streams.items as Stream;
}
