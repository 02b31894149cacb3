import type { Item } from '../connector.ts';
import { readLinked } from './collection.ts';
import { isTombstone, toItem } from './record.ts';
import { boundsOf, isKey } from './record-key.ts';
import { addressOf, allOf, type Service } from './service.ts';

/**
 * Point reads: several keys in one `$filter`, as many as fit into an address. A key that such an answer lacks is asked for
 * alone before it counts as gone, because a service may cut long answers without a word.
 */
export async function getRecords(service: Service, keys: readonly string[]): Promise<Map<string, Item>> {
  const conditions = new Map<string, string>();
  for (const key of keys) {
    const bounds = boundsOf(service.stream, key);
    if (bounds) conditions.set(key, isKey(bounds));
  }
  const found = new Map<string, Item>();
  for (const some of inAddresses(service, [...conditions])) {
    await read(service, some, found);
    if (some.length === 1) continue;
    for (const one of some) if (!found.has(one[0])) await read(service, [one], found);
  }
  return found;
}

/** One record, or null if there is none. */
export async function getRecord(service: Service, key: string): Promise<Item | null> {
  return (await getRecords(service, [key])).get(key) ?? null;
}

/** The records that a condition holds for. */
export async function findRecords(service: Service, condition: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { records } of readLinked(service, addressFor(service, condition))) {
    items.push(...records.map((record) => toItem(service.stream, record)));
  }
  return items.filter((item) => !isTombstone(service.stream, item));
}

type Conditions = readonly (readonly [key: string, condition: string])[];

async function read(service: Service, some: Conditions, found: Map<string, Item>): Promise<void> {
  const wanted = new Set(some.map(([key]) => key));
  for (const item of await findRecords(service, some.map(([, condition]) => condition).join(' or '))) {
    // A service that compares without regard to case has no record of this very key.
    if (wanted.has(item.key)) found.set(item.key, item);
  }
}

function* inAddresses(service: Service, conditions: Conditions): Generator<Conditions> {
  const room = service.options.maxAddress - addressFor(service, '').length;
  let some: (readonly [string, string])[] = [];
  let length = 0;
  for (const one of conditions) {
    const more = encodeURIComponent(` or ${one[1]}`).length;
    if (some.length > 0 && (length + more > room || some.length === MOST_KEYS)) {
      yield some;
      [some, length] = [[], 0];
    }
    some.push(one);
    length += more;
  }
  if (some.length > 0) yield some;
}

function addressFor(service: Service, condition: string): string {
  return addressOf(service, { $filter: allOf(service.stream.filter, condition) });
}

/** Services limit the nodes of a filter, often to a hundred. */
const MOST_KEYS = 30;
