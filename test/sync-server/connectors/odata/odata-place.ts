import type { ConnectorPlace } from '@datastores/sync-server/conformance';
import { type ODataOptions, odata } from '@datastores/sync-server/odata';
import { type ODataService, type ServiceHabits, startODataService } from '../../../support/odata-service.ts';

type StreamOptions = ODataOptions['streams'][string];

/** One way in which a service may be made, and be described. */
export interface ODataSample {
  readonly habits?: Partial<ServiceHabits>;
  readonly stream?: Partial<StreamOptions>;
  readonly service?: Partial<ODataOptions>;
}

/** The service and two connectors to it. */
export async function openODataPlace(
  sample: ODataSample,
  pageSize = 10,
): Promise<ConnectorPlace & { readonly service: ODataService }> {
  const service = await startODataService(sample.habits);
  const options = odataOptions(service, sample, pageSize);
  const connector = odata(options);
  const stream = connector.streams.items;
  const second = odata(options).streams.items;
  if (!stream || !second) throw new Error('The connector has no stream items.');
  const { table } = service;
  const idOf = (key: string) => (sample.habits?.textKeys ? key : Number(key));
  return {
    service,
    connector,
    stream,
    second,
    other: {
      insert: async (records) => table.insert(records).map(String),
      rename: async (key, name) => table.update(idOf(key), { name }),
      move: async (key, amount) =>
        table.update(idOf(key), { quantity: Number(table.get(idOf(key))?.quantity) + amount }),
      remove: async (key) => table.remove(idOf(key)),
      count: async () => table.count(),
      insertAs: async (key, record) => {
        table.insert([{ ...record, ID: key }]);
        return true;
      },
    },
    interrupt: () => service.interrupt(),
    resume: () => service.resume(),
    loseNextAnswer: async () => service.disturb({ method: 'POST', worked: true }),
    stall: async () => service.stall(),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** The service described for the connector. */
export function odataOptions(service: ODataService, sample: ODataSample, pageSize = 10): ODataOptions {
  return {
    serviceRoot: service.url,
    auth: { user: 'datastores', password: service.secret },
    timeoutMs: 5_000,
    ...sample.service,
    streams: {
      items: {
        set: 'Items',
        key: [{ name: 'ID', type: sample.habits?.textKeys ? 'string' : 'integer' }],
        pageSize,
        changes: { by: 'stamp', property: 'modifiedAt', ...(sample.habits?.tombstones && { tombstone: 'deleted' }) },
        create: true,
        update: true,
        delete: true,
        ref: 'ref',
        ...(sample.habits?.repeatable && { repeatable: true }),
        ...sample.stream,
      },
    },
  };
}
