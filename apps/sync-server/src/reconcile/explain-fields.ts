import type { Datastore, JsonObject, JsonValue } from '@datastores/core/schema';
import type { HistoryEvent } from '../store/history.ts';
import { ruleName } from './apply-record.ts';
import type { Binding } from './binding.ts';

/** One field of a document: its value, who decides it, and where the value came from. */
export interface ExplainedField {
  readonly field: string;
  /** Absent: the field is not there. */
  readonly value?: JsonValue;
  /** Between store and systems, by the bindings that name the field. None: it is not exchanged. */
  readonly systems: readonly FieldBinding[];
  /** Between replicas, by the declaration of the datastore. */
  readonly replicas: string;
  /** The event that brought the value; null where it is not kept. */
  readonly origin: FieldOrigin | null;
}

/** What one binding says of a field. */
export interface FieldBinding {
  readonly system: string;
  readonly stream: string;
  /** `from:there`, `from:here`, `merge:…`. */
  readonly rule: string;
  /** Of several owners the lowest goes first. */
  readonly rank?: number;
  /** True if the system owns the field. */
  readonly owns: boolean;
}

/** Where a value came from. */
export interface FieldOrigin {
  /** The id of a replica, or `@<system>`. */
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: HistoryEvent['kind'];
  /** The rule that won; null where nobody else had changed it. */
  readonly rule: string | null;
}

/** What a field is explained from. */
export interface FieldParts {
  readonly datastore: Datastore;
  /** Null: deleted, or never there. */
  readonly body: JsonObject | null;
  /** Those of the datastore. */
  readonly bindings: readonly Binding[];
  readonly history: readonly HistoryEvent[];
}

/** The fields that the document has or that a binding exchanges, by name. None of a document that is not there. */
export function explainFields({ datastore, body, bindings, history }: FieldParts): readonly ExplainedField[] {
  if (body === null) return [];
  const names = new Set([...Object.keys(body), ...bindings.flatMap(({ fields }) => Object.keys(fields))]);
  names.delete('id');
  return [...names].sort().map((field) => {
    const value = Object.hasOwn(body, field) ? body[field] : undefined;
    return {
      field,
      ...(value === undefined ? {} : { value }),
      systems: bindings.flatMap((binding) => bindingOf(binding, field) ?? []),
      replicas: replicaRule(datastore, field),
      origin: value === undefined && !wasChanged(history, field) ? null : originOf(history, field),
    };
  });
}

function bindingOf({ system, stream, fields }: Binding, field: string): FieldBinding | null {
  const rule = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (rule === undefined) return null;
  const owns = 'from' in rule && rule.from === 'there';
  const rank = owns && rule.rank !== undefined ? { rank: rule.rank } : {};
  return { system, stream, rule: ruleName(rule, false), ...rank, owns };
}

function replicaRule(datastore: Datastore, field: string): string {
  const rule = Object.hasOwn(datastore.fields, field) ? datastore.fields[field] : undefined;
  if (rule?.serverOnly) return 'server-only';
  if (rule?.counter) return 'counter';
  const policy = rule?.conflict ?? datastore.conflict;
  const name = typeof policy === 'function' ? policy.name || 'merge' : policy;
  return rule?.immutable ? `immutable, ${name}` : name;
}

function wasChanged(history: readonly HistoryEvent[], field: string): boolean {
  return history.some(({ changed }) => changed !== null && Object.hasOwn(changed, field));
}

function originOf(history: readonly HistoryEvent[], field: string): FieldOrigin | null {
  // A state of which all fields are new says all of them, and nothing before it counts.
  const event = history.findLast(
    ({ seq, changed }) => seq !== null && (changed === null || Object.hasOwn(changed, field)),
  );
  if (event === undefined) return null;
  const { by, at, kind, decisions, rules } = event;
  const decided = decisions?.find((one) => one.field === field)?.rule;
  const rule = rules !== undefined && Object.hasOwn(rules, field) ? rules[field] : undefined;
  return { by, at, kind, rule: decided ?? rule ?? null };
}
