import { sameJson } from './canonical.ts';
import type { Datastore } from './datastore.ts';
import type { JsonDocument, JsonObject, JsonValue } from './document.ts';
import type { FieldConflict } from './field-rule.ts';

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
  /** The policy that decided: `server-wins`, `replica-wins`, or the name of the merge function. */
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
    const before = base === null ? undefined : own(base, field);
    if (isFixed(field) || sameJson(before, own(document, field))) continue;
    changed.push(field);
    if (before !== undefined) was[field] = before;
  }
  return { document, changed, was };
}

/**
 * Applies a change to `current`, which may have moved on from the base of the change. Fields changed on one side keep
 * that side's value; counters add up; what both changed is decided by the field's policy and listed in `decisions`.
 * Pure, and the only three-way merge between replica and server: both sides run it. A merge function of the datastore
 * that throws makes this throw.
 */
export function mergeChange(
  datastore: Datastore,
  current: JsonDocument,
  change: DocumentChange,
): { readonly document: JsonDocument; readonly decisions: readonly Decision[] } {
  const merged: Record<string, JsonValue | undefined> = { ...current };
  const decisions: Decision[] = [];
  for (const field of new Set(change.changed)) {
    if (isFixed(field)) continue;
    const conflict = {
      base: own(change.was, field),
      server: own(current, field),
      replica: own(change.document, field),
    };
    const decided = counted(datastore, field, conflict) ?? oneSided(conflict) ?? decide(datastore, field, conflict);
    if ('rule' in decided) decisions.push(decisionOf(field, conflict, decided));
    if (decided.result === undefined) delete merged[field];
    else merged[field] = decided.result;
  }
  return { document: merged as JsonDocument, decisions };
}

interface Decided {
  readonly result: JsonValue | undefined;
  readonly rule?: string;
}

function counted(datastore: Datastore, field: string, { base, server, replica }: FieldConflict): Decided | null {
  if (ruleOf(datastore, field)?.counter !== true || typeof replica !== 'number') return null;
  return { result: asNumber(server) + (replica - asNumber(base)) };
}

function oneSided({ base, server, replica }: FieldConflict): Decided | null {
  if (sameJson(base, replica)) return { result: server };
  return sameJson(base, server) || sameJson(server, replica) ? { result: replica } : null;
}

function decide(datastore: Datastore, field: string, conflict: FieldConflict): Decided {
  const policy = ruleOf(datastore, field)?.conflict ?? datastore.conflict;
  if (typeof policy === 'function') return { result: policy(conflict), rule: policy.name || 'merge' };
  return { result: policy === 'server-wins' ? conflict.server : conflict.replica, rule: policy };
}

function decisionOf(field: string, { base, server, replica }: FieldConflict, { rule, result }: Decided): Decision {
  return {
    field,
    rule: rule ?? '',
    base: base ?? null,
    server: server ?? null,
    replica: replica ?? null,
    result: result ?? null,
  };
}

// An id never changes, and assigning "__proto__" would set the prototype of the merged document.
function isFixed(field: string): boolean {
  return field === 'id' || field === '__proto__';
}

// A change comes from the other side of the wire: a field called "constructor" must not read Object.prototype.
function own(object: JsonObject, field: string): JsonValue | undefined {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}

function ruleOf(datastore: Datastore, field: string) {
  return Object.hasOwn(datastore.fields, field) ? datastore.fields[field] : undefined;
}

function asNumber(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
