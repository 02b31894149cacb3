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
  /** A whole number whose changes add up: it travels as the difference to the base, counted exactly once. */
  readonly counter?: boolean;
}

/** The conflict policies, in words, for messages. */
export const POLICIES = '"server-wins", "replica-wins" or a merge function';

/** True for a conflict policy. */
export function isPolicy(policy: unknown): policy is ConflictPolicy {
  return policy === 'server-wins' || policy === 'replica-wins' || typeof policy === 'function';
}
