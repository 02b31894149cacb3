import type { JsonValue } from './document.ts';

/** The three values of a field that both sides changed since they last agreed; `undefined` means absent. */
export interface FieldConflict {
  readonly base: JsonValue | undefined;
  readonly server: JsonValue | undefined;
  readonly replica: JsonValue | undefined;
}

/** Decides a field that both sides changed. Pure: it may run again with the same input and must answer the same. */
export type FieldMerge = (conflict: FieldConflict) => JsonValue | undefined;

/** Who wins a field that both sides changed; changes of different fields never conflict. */
export type ConflictPolicy = 'server-wins' | 'replica-wins' | FieldMerge;

/** What holds for one field of a datastore beyond its type. */
export interface FieldRule {
  /** Decides when both sides changed the field since their base. Default: the policy of the datastore. */
  readonly conflict?: ConflictPolicy;
  /**
   * Name of the external system that decides this field, e.g. `erp`. A binding of any other system that claims the field
   * is refused when the server starts.
   */
  readonly owner?: string;
  /** Replicas read the field and never write it: a push that changes it is rejected. */
  readonly serverOnly?: boolean;
  /** Fixed at insert. */
  readonly immutable?: boolean;
  /** A number whose changes add up: it travels as the difference to the base, counted exactly once. */
  readonly counter?: boolean;
}

/**
 * Merges two lists of objects by the value of a key field, e.g. the lines of an order by their number: entries added,
 * changed or removed on one side only are taken from that side; entries that both changed are taken from the replica.
 */
export function mergeListBy(key: string): FieldMerge {
  return ({ base, server, replica }) => {
    const [before, there, here] = [keyed(base, key), keyed(server, key), keyed(replica, key)];
    const merged: JsonValue[] = [];
    for (const id of new Set([...there.keys(), ...here.keys()])) {
      const [was, theirs, ours] = [before.get(id), there.get(id), here.get(id)];
      const changedHere = JSON.stringify(was) !== JSON.stringify(ours);
      const value = changedHere ? ours : theirs;
      if (value !== undefined) merged.push(value);
    }
    return merged;
  };
}

function keyed(list: JsonValue | undefined, key: string): Map<string, JsonValue> {
  const entries = new Map<string, JsonValue>();
  if (!Array.isArray(list)) return entries;
  for (const entry of list as readonly JsonValue[]) {
    const id = entry !== null && typeof entry === 'object' && !Array.isArray(entry) ? Reflect.get(entry, key) : entry;
    entries.set(JSON.stringify(id) ?? '', entry);
  }
  return entries;
}
