import { buildSchema, GraphQLError, type GraphQLSchema } from 'graphql';
import type { ItemsTable, ServiceFields, ServiceItem } from './rest-items.ts';

/** How the service speaks of what goes wrong, and what it knows. */
export interface GraphqlManners {
  /** `payload`: refusals are `userErrors` of the answer. `thrown`: they are errors of GraphQL with a code. */
  readonly refusals: 'payload' | 'thrown';
  readonly tombstones: boolean;
}

/** What resolvers may use of a request. */
export interface RequestFacts {
  readonly idempotencyKey: string | undefined;
}

/** The schema of the service. */
export const schema: GraphQLSchema = buildSchema(`
  scalar DateTime
  interface Node { id: ID! }
  type Item implements Node {
    id: ID!
    name: String
    quantity: Int!
    externalRef: String
    updatedAt: DateTime
    version: Int!
    deleted: Boolean!
  }
  type Depot implements Node { id: ID! place: String! }
  type ItemEdge { cursor: String! node: Item! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type ItemConnection { edges: [ItemEdge!]! nodes: [Item!]! pageInfo: PageInfo! }
  type UserError { field: [String!] message: String! code: String }
  type ItemPayload { item: Item userErrors: [UserError!]! }
  type DeletePayload { deletedId: ID userErrors: [UserError!]! }
  input ItemInput { name: String quantity: Int externalRef: String }
  type Query {
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    found(ids: [ID!]!): [Item!]!
    item(id: ID!): Item
    items(first: Int!, after: String, updatedSince: DateTime, externalRef: String): ItemConnection!
    changed(first: Int!, since: DateTime, behind: ID): [Item!]!
    byKey(first: Int!, after: ID): [Item!]!
  }
  type Mutation {
    itemCreate(input: ItemInput!, idempotencyKey: String): ItemPayload
    itemUpdate(id: ID!, input: ItemInput!, expectedVersion: Int): ItemPayload
    itemDelete(id: ID!, expectedVersion: Int): DeletePayload
    itemAdjust(id: ID!, by: Int!, input: ItemInput, idempotencyKey: String): ItemPayload
  }
`);

/** Ids over there are opaque texts. */
export function globalId(id: number): string {
  return Buffer.from(`Item/${id}`).toString('base64url');
}

/** The inverse of {@link globalId}; null for everything else. */
export function localId(id: string): number | null {
  const [, number] = /^Item\/(\d{1,15})$/.exec(Buffer.from(id, 'base64url').toString()) ?? [];
  return number === undefined || globalId(Number(number)) !== id ? null : Number(number);
}

/** What the fields of query and mutation do. `failing` are items of which the quantity cannot be read just now. */
export function resolversOf(items: ItemsTable, manners: GraphqlManners, failing: ReadonlySet<string>) {
  const show = (item: ServiceItem) => ({
    __typename: 'Item',
    id: globalId(item.id),
    name: item.name,
    quantity: () => {
      if (!failing.has(globalId(item.id))) return item.quantity;
      throw new GraphQLError('the stock does not answer', { extensions: { code: 'INTERNAL_SERVER_ERROR' } });
    },
    externalRef: item.external_ref,
    updatedAt: item.updated_at,
    version: item.version,
    deleted: item.deleted,
  });
  const find = (id: string): ServiceItem | null => {
    const local = localId(id);
    return local === null ? null : items.get(local);
  };
  const node = ({ id }: { id: string }) => {
    const item = find(id);
    return item ? show(item) : id === DEPOT ? { __typename: 'Depot', id, place: 'Hamburg' } : null;
  };
  const refuse = (code: string, message: string, field?: string) => {
    if (manners.refusals === 'thrown') {
      throw new GraphQLError(message, { extensions: { code: code === 'INVALID' ? 'BAD_USER_INPUT' : code, field } });
    }
    return { item: null, userErrors: [{ code, message, field: field === undefined ? null : ['input', field] }] };
  };
  const done = (id: number) => ({ item: show(items.get(id) as ServiceItem), userErrors: [] });
  const guarded = (id: string, expected: number | null | undefined, change: (item: ServiceItem) => object) => {
    const item = find(id);
    if (!item) return refuse('NOT_FOUND', 'there is no such item');
    if (expected != null && expected !== item.version) return refuse('STALE_OBJECT', 'the item has changed');
    return change(item);
  };
  const checked = (input: Input, change: () => object) =>
    (input.name?.length ?? 0) > 20 ? refuse('INVALID', 'name may have 20 characters', 'name') : change();
  const keyOf = (given: string | null | undefined, { idempotencyKey }: RequestFacts) => given ?? idempotencyKey;
  return {
    node,
    nodes: ({ ids }: { ids: string[] }) => ids.map((id) => node({ id })),
    found: ({ ids }: { ids: string[] }) =>
      ids
        .flatMap((id) => find(id) ?? [])
        .slice(0, 7)
        .map(show),
    item: ({ id }: { id: string }) => {
      const item = find(id);
      if (item) return show(item);
      if (manners.refusals === 'payload') return null;
      throw new GraphQLError('there is no such item', { extensions: { code: 'NOT_FOUND' } });
    },
    items: (args: { first: number; after?: string; updatedSince?: string; externalRef?: string }) => {
      const [stamp, after] = args.after === undefined ? [] : Buffer.from(args.after, 'base64url').toString().split('|');
      if (args.after !== undefined && !/^\d+$/.test(after ?? ''))
        throw new GraphQLError('no cursor of this list', { extensions: { code: 'BAD_USER_INPUT' } });
      const since = stamp ?? args.updatedSince;
      const all = items
        .list({
          ...(since !== undefined && { since }),
          ...(after !== undefined && { after: Number(after) }),
          limit: 1_000_000,
          offset: 0,
        })
        .filter(({ external_ref }) => args.externalRef === undefined || external_ref === args.externalRef);
      const edges = all.slice(0, args.first).map((item) => ({
        cursor: Buffer.from(`${item.updated_at}|${item.id}`).toString('base64url'),
        node: show(item),
      }));
      const pageInfo = { hasNextPage: all.length > args.first, endCursor: edges.at(-1)?.cursor ?? null };
      return { edges, nodes: edges.map((edge) => edge.node), pageInfo };
    },
    changed: ({ first, since, behind }: { first: number; since?: string; behind?: string }) => {
      const after = behind === undefined ? undefined : (localId(behind) ?? 0);
      const range = {
        ...(since !== undefined && { since }),
        ...(after !== undefined && { after }),
        limit: first,
        offset: 0,
      };
      return items.list(range).map(show);
    },
    byKey: ({ first, after = '' }: { first: number; after?: string }) =>
      items
        .list({ limit: 1_000_000, offset: 0 })
        .filter(({ deleted }) => !deleted)
        .map(show)
        .filter(({ id }) => id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, first),
    itemCreate: ({ input, idempotencyKey }: { input: Input; idempotencyKey?: string }, facts: RequestFacts) => {
      const key = keyOf(idempotencyKey, facts);
      const earlier = key === undefined ? null : items.replay(key);
      if (earlier !== null) return done(earlier);
      const taken = items.list({ limit: 1_000_000, offset: 0 }).some((item) => item.external_ref === input.externalRef);
      if (taken && input.externalRef != null) return refuse('TAKEN', 'the reference is taken', 'externalRef');
      return checked(input, () => {
        const [id = 0] = items.insert([fieldsIn(input)]);
        if (key !== undefined) items.remember(key, id);
        return done(id);
      });
    },
    itemUpdate: ({ id, input, expectedVersion }: { id: string; input: Input; expectedVersion?: number }) =>
      guarded(id, expectedVersion, (item) =>
        checked(input, () => {
          items.update(item.id, fieldsIn(input));
          return done(item.id);
        }),
      ),
    itemDelete: ({ id, expectedVersion }: { id: string; expectedVersion?: number }) =>
      guarded(id, expectedVersion, (item) => {
        items.remove(item.id);
        return { deletedId: id, userErrors: [] };
      }),
    itemAdjust: (args: { id: string; by: number; input?: Input; idempotencyKey?: string }, facts: RequestFacts) =>
      guarded(args.id, null, (item) => {
        const key = keyOf(args.idempotencyKey, facts);
        if (key !== undefined && items.replay(key) !== null) return done(item.id);
        return checked(args.input ?? {}, () => {
          items.adjust(item.id, args.by);
          if (args.input && Object.keys(args.input).length > 0) items.update(item.id, fieldsIn(args.input));
          if (key !== undefined) items.remember(key, item.id);
          return done(item.id);
        });
      }),
  };
}

interface Input {
  readonly name?: string | null;
  readonly quantity?: number;
  readonly externalRef?: string | null;
}

function fieldsIn({ externalRef, name, quantity }: Input): ServiceFields {
  return {
    ...(name !== undefined && { name }),
    ...(quantity !== undefined && { quantity }),
    ...(externalRef !== undefined && { external_ref: externalRef }),
  };
}

/** A node that is no item. */
export const DEPOT = Buffer.from('Depot/1').toString('base64url');
