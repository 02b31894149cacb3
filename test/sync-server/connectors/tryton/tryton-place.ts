import type { ConnectorPlace } from '@datastores/sync-server/conformance';
import { type TrytonOptions, tryton } from '@datastores/sync-server/tryton';
import { startCutProxy } from '../../../support/cut-proxy.ts';
import { openProxy } from '../../../support/proxy.ts';
import type { TrytonServer } from '../../../support/tryton.ts';

/** The empty model of the samples, read through two connectors over a line that can be cut. */
export async function openTrytonPlace(server: TrytonServer, pageSize: number): Promise<ConnectorPlace> {
  const database = await server.client();
  await database.query('truncate sample_item cascade');
  const loss = await startCutProxy(server.port);
  const line = await openProxy(loss.port);
  const options = { ...trytonOptions(server), url: `http://127.0.0.1:${line.port}`, pageSize };
  const connectors = [tryton(options), tryton(options)] as const;
  const [stream, second] = connectors.map((connector) => connector.streams.items);
  if (!stream || !second) throw new Error('The connector has no stream items.');
  return {
    connector: connectors[0],
    stream,
    second,
    other: {
      async insert(records) {
        return (await server.call<number[]>('model.sample.item.create', records)).map(String);
      },
      rename: (key, name) => server.call('model.sample.item.write', [Number(key)], { name }),
      async move(key, amount) {
        await database.query('update sample_item set quantity = quantity + $1 where id = $2', [amount, key]);
      },
      remove: (key) => server.call('model.sample.item.delete', [Number(key)]),
      count: () => server.call<number>('model.sample.item.search_count', [['active', 'in', [true, false]]]),
      async insertLate(record) {
        const client = await server.client();
        await client.query('begin');
        const { rows } = await client.query(
          `insert into sample_item (create_date, create_uid, active, name, quantity)
           values (current_timestamp at time zone 'UTC', 1, true, $1, $2) returning id`,
          [record.name, record.quantity],
        );
        return {
          key: String(rows[0].id),
          async commit() {
            await client.query('commit');
            await client.end();
          },
        };
      },
    },
    interrupt: () => line.refuse(),
    resume: () => line.accept(),
    loseNextAnswer: async () => void loss.cutAt('sample.item.create', 'after'),
    async [Symbol.asyncDispose]() {
      for (const connector of connectors) await connector.close();
      await line[Symbol.asyncDispose]();
      await loss[Symbol.asyncDispose]();
      await database.end();
    },
  };
}

/** The samples described for the connector. */
export function trytonOptions(server: TrytonServer): TrytonOptions {
  return {
    url: server.url,
    database: server.database,
    user: server.user,
    password: server.password,
    timeoutMs: 10_000,
    streams: { items: { model: 'sample.item', fields: ['name', 'quantity'], ref: 'reference' } },
  };
}
