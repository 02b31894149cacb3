import {
  type FilledMangoQuery,
  getQueryMatcher,
  getSortComparator,
  type PreparedQuery,
  type RxJsonSchema,
  type RxStorageCountResult,
} from 'rxdb';
import type { AnyStored, Collection } from './collection.ts';
import { type Condition, compileSelector } from './condition.ts';
import { readDocuments, untilRead } from './find.ts';
import { type Direction, directionOf, inDirection, sliceOf } from './index-walk.ts';
import type { Place, Table } from './table.ts';
import { compareValues } from './value-order.ts';

/** A prepared query and the schema that it was prepared for. */
export interface Asked {
  readonly schema: Readonly<RxJsonSchema<AnyStored>>;
  readonly prepared: PreparedQuery<unknown>;
}

/** Documents that are parsed before it is seen whether more are needed. */
const CHUNK = 64;

/** Runs a Mango query: the state at one moment, whatever is written or packed while blocks are read. */
export function findDocuments(collection: Collection, asked: Asked): Promise<AnyStored[]> {
  return untilRead(collection, () => tryToFind(collection, asked));
}

/** Counts what {@link findDocuments} would return. `fast` where no document had to be parsed. */
export async function countDocuments(collection: Collection, asked: Asked): Promise<RxStorageCountResult> {
  const { query } = asked.prepared;
  const condition = compileSelector(query.selector, collection.table);
  if (!condition.exact) return { count: (await findDocuments(collection, asked)).length, mode: 'slow' };
  let found = 0;
  for (const _ of countable(collection.table, asked, condition)) found += 1;
  const afterSkip = Math.max(0, found - query.skip);
  return { count: Math.min(afterSkip, query.limit ?? afterSkip), mode: 'fast' };
}

/** Where the selector bounds nothing but `_deleted`, an order would be made for nothing: every document is looked at anyway. */
function* countable(table: Table, asked: Asked, condition: Condition): Generator<number> {
  if ([...condition.ranges.keys()].some((path) => path !== '_deleted'))
    yield* matches(table, planOf(table, asked, condition));
  else for (const slot of table.live()) if (condition.test(slot)) yield slot;
}

async function tryToFind(collection: Collection, asked: Asked): Promise<AnyStored[] | null> {
  const { table } = collection;
  const { query } = asked.prepared;
  const end = query.skip + (query.limit ?? Number.POSITIVE_INFINITY);
  const condition = compileSelector(query.selector, table);
  const plan = planOf(table, asked, condition);
  const compare = comparatorOf(table, query.sort);
  const cut = condition.exact && plan.direction !== null ? end : Number.POSITIVE_INFINITY;
  const slots = firstOf(matches(table, plan), cut);
  const sorted = plan.direction !== null || compare !== null;
  if (plan.direction === null && compare !== null) slots.sort(compare);
  if (condition.exact && sorted) return readDocuments(collection, slots.slice(query.skip, end).map(table.placeOf));
  return matchDocuments(collection, asked, { places: slots.map(table.placeOf), sorted, end });
}

/** What columns cannot decide, RxDB's matcher and comparator do. */
async function matchDocuments(
  collection: Collection,
  { schema, prepared: { query } }: Asked,
  { places, sorted, end }: { readonly places: readonly Place[]; readonly sorted: boolean; readonly end: number },
): Promise<AnyStored[] | null> {
  const isMatch: (document: AnyStored) => boolean = getQueryMatcher(schema, query as FilledMangoQuery<unknown>);
  const found: AnyStored[] = [];
  const order = sorted && end < places.length ? null : blockOrder(places);
  let size = CHUNK;
  for (let start = 0; start < places.length && !(sorted && found.length >= end); start += size, size *= 2) {
    const chunk = order?.slice(start, start + size) ?? null;
    const wanted = chunk?.map((at) => places[at] as Place) ?? places.slice(start, start + size);
    const documents = await readDocuments(collection, wanted);
    if (documents === null) return null;
    for (const document of documents) if (isMatch(document)) found.push(document);
  }
  if (!sorted || order !== null) found.sort(getSortComparator(schema, query as FilledMangoQuery<unknown>));
  return found.slice(query.skip, end);
}

/** Where all documents have to be looked at, block after block: each is then read once, however few fit into memory. */
function blockOrder(places: readonly Place[]): number[] {
  const blockOf = (at: number) => {
    const place = places[at] as Place;
    return typeof place === 'string' ? -1 : place.block;
  };
  return places.map((_, at) => at).sort((a, b) => blockOf(a) - blockOf(b));
}

interface Plan {
  readonly condition: Condition;
  readonly slots: Uint32Array;
  readonly groups: readonly string[];
  /** How to walk the slots to have them in the order of the query; null: no way gives that. */
  readonly direction: Direction | null;
}

function planOf(table: Table, { prepared }: Asked, condition: Condition): Plan {
  const { query, queryPlan } = prepared;
  const wanted = queryPlan.index.join();
  const known = table.layout.indexes.find((index) => wanted.startsWith(index.join()) && index.length > 0);
  const index = known ?? ['_deleted', table.layout.primaryPath];
  const slots = sliceOf(table, index, condition.ranges);
  return { condition, slots, groups: index, direction: directionOf(index, query.sort, condition.ranges) };
}

function* matches(table: Table, { condition, slots, groups, direction }: Plan): Generator<number> {
  for (const slot of inDirection(table, { slots, index: groups }, direction ?? 'forward')) {
    if (!table.isDead(slot) && condition.test(slot)) yield slot;
  }
}

function firstOf(slots: Generator<number>, count: number): number[] {
  const found: number[] = [];
  if (count === 0) return found;
  for (const slot of slots) if (found.push(slot) >= count) break;
  return found;
}

/** Null where a field of the sort has no column, so that only RxDB's comparator knows the order. */
function comparatorOf(
  table: Table,
  sort: FilledMangoQuery<unknown>['sort'],
): ((a: number, b: number) => number) | null {
  const terms = sort
    .flatMap((part) => Object.entries(part))
    .map(([path, direction]) => {
      return { get: table.column(path), sign: direction === 'desc' ? -1 : 1 };
    });
  if (terms.some(({ get }) => get === undefined)) return null;
  return (a, b) => {
    for (const { get, sign } of terms) {
      const order = get === undefined ? 0 : compareValues(get(a), get(b));
      if (order !== 0) return order * sign;
    }
    return 0;
  };
}
