import type { ConnectorPlace } from '@datastores/sync-server/conformance';
import { type GraphqlOptions, graphql } from '@datastores/sync-server/graphql';
import { globalId, localId } from '../../../support/graphql-schema.ts';
import {
  type GraphqlService,
  type GraphqlServiceOptions,
  startGraphqlService,
} from '../../../support/graphql-service.ts';

/** One way in which a service may be made, and be described. */
export interface GraphqlSample {
  readonly service: GraphqlServiceOptions;
  readonly stream: (pageSize: number) => GraphqlOptions['streams'][string];
}

/** The service and two connectors to it. */
export async function openGraphqlPlace(
  sample: GraphqlSample,
  pageSize: number,
  options: Partial<GraphqlOptions> = {},
): Promise<ConnectorPlace & { service: GraphqlService }> {
  const service = await startGraphqlService(sample.service);
  const described = { ...graphqlOptions(service, sample.stream(pageSize)), ...options };
  const connector = graphql(described);
  const stream = connector.streams.items;
  const second = graphql(described).streams.items;
  if (!stream || !second) throw new Error('The connector has no stream items.');
  const { items } = service;
  const local = (key: string) => localId(key) ?? 0;
  let speak: (() => void) | undefined;
  return {
    service,
    connector,
    stream,
    second,
    other: {
      insert: async (records) => items.insert(records).map(globalId),
      rename: async (key, name) => items.update(local(key), { name }),
      move: async (key, amount) => items.adjust(local(key), amount),
      remove: async (key) => items.remove(local(key)),
      count: async () => items.count(),
    },
    interrupt: () => service.interrupt(),
    async resume() {
      if (speak) speak();
      else await service.resume();
      speak = undefined;
    },
    loseNextAnswer: async () => service.disturb({ when: /itemCreate/, worked: true }),
    async stall() {
      speak = service.silence();
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** The service described for the connector. */
export function graphqlOptions(service: GraphqlService, items: GraphqlOptions['streams'][string]): GraphqlOptions {
  return {
    endpoint: service.url,
    auth: { bearer: service.token },
    codes: { STALE_OBJECT: 'conflict', TAKEN: 'rejected' },
    timeoutMs: 5_000,
    streams: { items },
  };
}

const ITEM = 'fragment Item on Item { id name quantity externalRef updatedAt version }';
const RESULT = 'item { ...Item } userErrors { field message code }';

/** Connections, `nodes(ids:)`, `userErrors`, idempotency keys and versions in variables: the manners of large shops. */
export const SHOP: GraphqlSample = {
  service: { refusals: 'payload', tombstones: false },
  stream: (pageSize) => ({
    key: 'id',
    version: 'version',
    fragments: ITEM,
    list: {
      query: `query Items($first: Int!, $after: String, $since: DateTime) {
        items(first: $first, after: $after, updatedSince: $since) { nodes { ...Item } pageInfo { hasNextPage endCursor } }
      }`,
      at: 'items',
      size: pageSize,
      since: { field: 'updatedAt' },
    },
    get: { query: 'query ($keys: [ID!]!) { nodes(ids: $keys) { ...Item } }', at: 'nodes' },
    create: {
      mutation: `mutation ($input: ItemInput!, $writeId: String!) {
        itemCreate(input: $input, idempotencyKey: $writeId) { ${RESULT} }
      }`,
      variables: { input: { '...': '{data}', externalRef: '{ref}' } },
      at: 'itemCreate.item',
      errorsAt: 'itemCreate.userErrors',
    },
    update: {
      mutation: `mutation ($key: ID!, $patch: ItemInput!, $version: Int) {
        itemUpdate(id: $key, input: $patch, expectedVersion: $version) { ${RESULT} }
      }`,
      at: 'itemUpdate.item',
      errorsAt: 'itemUpdate.userErrors',
    },
    delete: {
      mutation: `mutation ($key: ID!, $version: Int) {
        itemDelete(id: $key, expectedVersion: $version) { deletedId userErrors { field message code } }
      }`,
      at: 'itemDelete.deletedId',
      errorsAt: 'itemDelete.userErrors',
    },
    adds: {
      mutation: `mutation ($key: ID!, $by: Int!, $patch: ItemInput, $writeId: String!) {
        itemAdjust(id: $key, by: $by, input: $patch, idempotencyKey: $writeId) { ${RESULT} }
      }`,
      variables: { by: '{amounts.quantity}' },
      at: 'itemAdjust.item',
      errorsAt: 'itemAdjust.userErrors',
    },
    ref: {
      field: 'externalRef',
      query: 'query ($ref: String!) { items(first: 5, externalRef: $ref) { nodes { id externalRef } } }',
      at: 'items',
    },
  }),
};

/** Plain lists behind a stamp and a key, records read one by one, errors thrown with codes, nothing that knows repeats. */
export const PLAIN: GraphqlSample = {
  service: { refusals: 'thrown', tombstones: false },
  stream: (pageSize) => ({
    key: 'id',
    fragments: ITEM,
    list: {
      query: `query ($first: Int!, $since: DateTime, $behind: ID) {
        changed(first: $first, since: $since, behind: $behind) { ...Item }
      }`,
      at: 'changed',
      size: pageSize,
      since: { field: 'updatedAt' },
      page: { style: 'keyset', variables: { since: '{stamp}', behind: '{key}' } },
    },
    scan: {
      query: 'query ($first: Int!, $key: ID) { byKey(first: $first, after: $key) { ...Item } }',
      at: 'byKey',
      size: pageSize,
    },
    get: { query: 'query ($key: ID!) { item(id: $key) { ...Item } }', at: 'item', max: 20 },
    create: {
      mutation: 'mutation ($input: ItemInput!) { itemCreate(input: $input) { item { id } } }',
      variables: { input: { '...': '{data}', externalRef: '{ref}' } },
      at: 'itemCreate.item',
      returns: 'key',
    },
    update: {
      mutation: 'mutation ($key: ID!, $patch: ItemInput!) { itemUpdate(id: $key, input: $patch) { item { id } } }',
      at: 'itemUpdate.item',
      returns: 'key',
    },
    delete: { mutation: 'mutation ($key: ID!) { itemDelete(id: $key) { deletedId } }' },
    ref: {
      field: 'externalRef',
      query: 'query ($ref: String!) { items(first: 5, externalRef: $ref) { edges { node { id externalRef } } } }',
      at: 'items',
    },
    batch: 5,
  }),
};

/** Edges with cursors, deleted records in the list, a header that takes the write id, a cost budget. */
export const LEDGER: GraphqlSample = {
  service: {
    refusals: 'payload',
    tombstones: true,
    cost: { maximum: 1_000, restoreRate: 20_000, single: 60 },
  },
  stream: (pageSize) => {
    const shop = SHOP.stream(pageSize);
    return {
      ...shop,
      fragments: ITEM.replace('version', 'version deleted'),
      tombstone: 'deleted',
      idempotencyHeader: 'Idempotency-Key',
      list: {
        ...shop.list,
        query: `query ($first: Int!, $after: String, $since: DateTime) {
          items(first: $first, after: $after, updatedSince: $since) { edges { cursor node { ...Item } } pageInfo { hasNextPage endCursor } }
        }`,
      },
      create: {
        mutation: `mutation ($input: ItemInput!) { itemCreate(input: $input) { ${RESULT} } }`,
        variables: { input: { '...': '{data}', externalRef: '{ref}' } },
        at: 'itemCreate.item',
        errorsAt: 'itemCreate.userErrors',
      },
      adds: {
        mutation: `mutation ($key: ID!, $by: Int!, $patch: ItemInput) { itemAdjust(id: $key, by: $by, input: $patch) { ${RESULT} } }`,
        variables: { by: '{amounts.quantity}' },
        at: 'itemAdjust.item',
        errorsAt: 'itemAdjust.userErrors',
      },
    };
  },
};
