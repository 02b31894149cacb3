import type { FilledMangoQuery } from 'rxdb';
import type { Range } from './condition.ts';
import type { Table } from './table.ts';
import { compareValues, type KeyValue, rankOf } from './value-order.ts';

/** How an index is walked: `groups` goes backwards, but forwards by id among those that are alike otherwise. */
export type Direction = 'forward' | 'backward' | 'groups';

type Ranges = ReadonlyMap<string, Range>;

/** The part of an index that can hold what lies in the ranges: leading fields with one value, then one with a range. */
export function sliceOf(table: Table, index: readonly string[], ranges: Ranges): Uint32Array {
  const slots = table.ordered(index);
  const sides: { readonly get: (slot: number) => KeyValue; readonly range: Range }[] = [];
  for (const path of index) {
    const range = ranges.get(path);
    const get = table.column(path);
    if (range === undefined || get === undefined) break;
    sides.push({ get, range });
    if (!isPoint(range)) break;
  }
  if (sides.length === 0) return slots;
  /** Negative before the ranges, 0 within, positive behind. */
  const sideOf = (slot: number) => {
    for (const { get, range } of sides) {
      const side = sideOfRange(get(slot), range);
      if (side !== 0) return side;
    }
    return 0;
  };
  const from = firstWhere(slots, (slot) => sideOf(slot) >= 0);
  return slots.subarray(
    from,
    firstWhere(slots, (slot) => sideOf(slot) > 0),
  );
}

function sideOfRange(value: KeyValue, range: Range): number {
  const ranks = rankOf(value) - range.rank;
  if (ranks !== 0) return ranks;
  if ('from' in range && compareValues(value, range.from) < 0) return -1;
  return 'to' in range && compareValues(value, range.to) > 0 ? 1 : 0;
}

/** The first place from which on it is true. */
function firstWhere(slots: Uint32Array, isTrue: (slot: number) => boolean): number {
  let [low, high] = [0, slots.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isTrue(slots[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How to walk an index to have the order of a sort; fields that have one value in the slice order nothing. */
export function directionOf(
  index: readonly string[],
  sort: FilledMangoQuery<unknown>['sort'],
  ranges: Ranges,
): Direction | null {
  const varies = (path: string) => {
    const range = ranges.get(path);
    return range === undefined || !isPoint(range);
  };
  // Every index ends with the id, which it is given where the schema does not say so.
  const wanted = sort.flatMap((part) => Object.entries(part)).filter(([path]) => varies(path));
  const paths = index.filter(varies);
  if (wanted.length !== paths.length || wanted.some(([path], at) => path !== paths[at])) return null;
  const directions = wanted.map(([, direction]) => direction);
  if (directions.every((direction) => direction === 'asc')) return 'forward';
  if (directions.every((direction) => direction === 'desc')) return 'backward';
  const [last, ...others] = directions.reverse();
  return last === 'asc' && others.every((direction) => direction === 'desc') ? 'groups' : null;
}

function isPoint(range: Range): boolean {
  return 'from' in range && 'to' in range && range.from === range.to;
}

/** Walks slots in a direction. */
export function* inDirection(
  table: Table,
  { slots, index }: { readonly slots: Uint32Array; readonly index: readonly string[] },
  direction: Direction,
): Generator<number> {
  if (direction === 'forward') yield* slots;
  else if (direction === 'backward') for (let at = slots.length - 1; at >= 0; at -= 1) yield slots[at] as number;
  else yield* inGroups(table, slots, index.slice(0, -1));
}

function* inGroups(table: Table, slots: Uint32Array, index: readonly string[]): Generator<number> {
  const getters = index.map((path) => table.column(path) as (slot: number) => KeyValue);
  const areAlike = (a: number, b: number) => getters.every((get) => compareValues(get(a), get(b)) === 0);
  for (let end = slots.length; end > 0; ) {
    let start = end - 1;
    while (start > 0 && areAlike(slots[start - 1] as number, slots[end - 1] as number)) start -= 1;
    yield* slots.subarray(start, end);
    end = start;
  }
}
