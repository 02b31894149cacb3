import { sameJson } from './canonical.ts';
import type { Datastore } from './datastore.ts';
import type { JsonDocument, JsonObject, JsonValue } from './document.ts';

/** What one side did to a document: the fields it changed, what they were before, and the whole new state. */
export interface DocumentChange {
  readonly document: JsonDocument;
  /** Names of the fields whose value differs from the base. */
  readonly changed: readonly string[];
  /** Values of those fields in the base; a field that the base did not have is missing here. */
  readonly was: JsonObject;
}

/** One field that both sides changed, and how it was decided. Recorded, never silent. */
export interface Decision {
  readonly field: string;
  readonly rule: string;
  readonly base: JsonValue | null;
  readonly server: JsonValue | null;
  readonly replica: JsonValue | null;
  readonly result: JsonValue | null;
}

/** The change that leads from `base` (null: the document did not exist) to `document`. */
export function diffDocument(base: JsonObject | null, document: JsonDocument): DocumentChange {
  const changed: string[] = [];
  const was: Record<string, JsonValue> = {};
  for (const field of new Set([...Object.keys(base ?? {}), ...Object.keys(document)])) {
    const before = base?.[field];
    if (field === 'id' || sameJson(before, document[field])) continue;
    changed.push(field);
    if (before !== undefined) was[field] = before;
  }
  return { document, changed, was };
}

/**
 * Applies a change to `current`, which may have moved on from the base of the change. Fields changed on one side keep
 * that side's value; counters add up; what both changed is decided by the field's policy and listed in `decisions`.
 * Pure, and the only three-way merge between replica and server: both sides run it.
 */
export function mergeChange(
  datastore: Datastore,
  current: JsonDocument,
  change: DocumentChange,
): { readonly document: JsonDocument; readonly decisions: readonly Decision[] } {
  const merged: Record<string, JsonValue | undefined> = { ...current };
  const decisions: Decision[] = [];
  for (const field of change.changed) {
    const [base, server, replica] = [change.was[field], current[field], change.document[field]];
    const rule = datastore.fields[field];
    let result: JsonValue | undefined;
    if (rule?.counter && typeof replica === 'number') {
      result = asNumber(server) + replica - asNumber(base);
    } else if (sameJson(base, server) || sameJson(server, replica)) {
      result = replica;
    } else {
      const policy = rule?.conflict ?? datastore.conflict;
      result =
        typeof policy === 'function' ? policy({ base, server, replica }) : policy === 'server-wins' ? server : replica;
      decisions.push({
        field,
        rule: typeof policy === 'function' ? policy.name || 'merge' : policy,
        base: base ?? null,
        server: server ?? null,
        replica: replica ?? null,
        result: result ?? null,
      });
    }
    if (result === undefined) delete merged[field];
    else merged[field] = result;
  }
  return { document: merged as JsonDocument, decisions };
}

function asNumber(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
