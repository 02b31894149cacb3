import { canonicalJson, sameJson } from './canonical.ts';
import type { JsonValue } from './document.ts';
import type { FieldConflict, FieldMerge } from './field-rule.ts';

/**
 * Merges two lists of objects by the value of a key field, e.g. the lines of an order by their number: entries added,
 * changed or removed on one side only are taken from that side; entries that both changed are taken from the replica.
 * Entries without the key (and lists of plain values) are told apart by their content, a key that occurs twice by its
 * occurrence, so that no entry vanishes. The order is that of the server, then what the replica added.
 */
export function mergeListBy(key: string): FieldMerge {
  const name = `mergeListBy(${key})`;
  // The name of the function is what a recorded decision calls the rule.
  const named: Record<string, FieldMerge> = { [name]: (conflict) => mergeLists(conflict, key) };
  return named[name] as FieldMerge;
}

function mergeLists({ base, server, replica }: FieldConflict, key: string): JsonValue | undefined {
  const [before, there, here] = [keyed(base, key), keyed(server, key), keyed(replica, key)];
  const merged: JsonValue[] = [];
  for (const id of new Set([...there.keys(), ...here.keys()])) {
    const ours = here.get(id);
    const value = sameJson(before.get(id), ours) ? there.get(id) : ours;
    if (value !== undefined) merged.push(value);
  }
  if (merged.length > 0 || Array.isArray(replica)) return merged;
  return replica;
}

function keyed(list: JsonValue | undefined, key: string): Map<string, JsonValue> {
  const entries = new Map<string, JsonValue>();
  // Counted, not searched: a list of thousands of equal entries would take as long as its length squared.
  const counts = new Map<string, number>();
  if (!Array.isArray(list)) return entries;
  for (const entry of list as readonly JsonValue[]) {
    const id = identity(entry, key);
    const occurrence = counts.get(id) ?? 0;
    counts.set(id, occurrence + 1);
    entries.set(`${id}#${occurrence}`, entry);
  }
  return entries;
}

function identity(entry: JsonValue, key: string): string {
  const isObject = entry !== null && typeof entry === 'object' && !Array.isArray(entry);
  const value = isObject && Object.hasOwn(entry, key) ? Reflect.get(entry, key) : undefined;
  return value === undefined || value === null ? `=${canonicalJson(entry)}` : canonicalJson(value as JsonValue);
}
