import type { ConnectorPlace } from '@datastores/sync-server/conformance';
import { type RestOptions, rest } from '@datastores/sync-server/rest';
import { blackhole } from '../../../nasty/traps/blackhole.ts';
import { type RestService, startRestService } from '../../../support/rest-service.ts';

type StreamOptions = RestOptions['streams'][string];

/** One way in which a service may be made. */
export interface RestSample {
  readonly page: NonNullable<NonNullable<StreamOptions['list']>['page']>;
  readonly guard: NonNullable<StreamOptions['guard']>;
  readonly update: 'PATCH' | 'PUT';
  readonly tombstones: boolean;
  /** Takes idempotency keys and differences. */
  readonly idempotent: boolean;
}

/** The service and two connectors to it. */
export async function openRestPlace(
  sample: RestSample,
  pageSize: number,
): Promise<ConnectorPlace & { service: RestService }> {
  const service = await startRestService(sample);
  const options = restOptions(service, sample, pageSize);
  const connector = rest(options);
  const stream = connector.streams.items;
  const second = rest(options).streams.items;
  if (!stream || !second) throw new Error('The connector has no stream items.');
  const { items } = service;
  let speak: (() => void) | undefined;
  return {
    service,
    connector,
    stream,
    second,
    other: {
      insert: async (records) => items.insert(records).map(String),
      rename: async (key, name) => items.update(Number(key), { name }),
      move: async (key, amount) => items.adjust(Number(key), amount),
      remove: async (key) => items.remove(Number(key)),
      count: async () => items.count(),
    },
    interrupt: () => service.interrupt(),
    async resume() {
      if (speak) speak();
      else await service.resume();
      speak = undefined;
    },
    loseNextAnswer: async () => service.disturb({ method: 'POST', worked: true }),
    async stall() {
      speak = service.on(blackhole());
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** The service described for the connector. */
export function restOptions(service: RestService, sample: RestSample, pageSize: number): RestOptions {
  return {
    baseUrl: service.url,
    auth: { bearer: service.token },
    timeoutMs: 5_000,
    streams: {
      items: {
        path: '/items',
        key: 'id',
        list: {
          itemsAt: 'data.items',
          size: { param: 'limit', value: pageSize },
          page: sample.page,
          since: { param: 'since', field: 'updated_at', ascending: true },
        },
        get: { path: '/items/{key}' },
        create: {},
        update: { method: sample.update, path: '/items/{key}' },
        delete: { path: '/items/{key}' },
        guard: sample.guard,
        ref: { field: 'external_ref', param: 'ref' },
        ...(sample.idempotent && { idempotencyHeader: 'Idempotency-Key', adds: { path: '/items/{key}/adjust' } }),
        ...(sample.tombstones && { tombstone: { field: 'deleted' } }),
      },
    },
  };
}
