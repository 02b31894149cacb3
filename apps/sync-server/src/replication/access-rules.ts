import { DatastoreError } from '@datastores/core';
import { type Caller, MAX_SCOPES } from '@datastores/core/protocol';
import { type JsonDocument, sameJson } from '@datastores/core/schema';
import { isScopeName } from './scope-name.ts';

/** Who may see and write which documents of one datastore. What is left out follows from the scopes of the token alone. */
export interface AccessRules {
  /**
   * The scopes in which a caller sees and writes this datastore, the home of new documents first; an empty list: nothing of
   * it. Asked at every request, and every two seconds for open streams. Default: the scopes of the token.
   */
  readonly scopes?: (caller: Caller) => readonly string[];
  /**
   * Why a caller may not make a change, or null. Asked under the lock of the scope, with the state that is stored and the
   * one that the merge has led to. Has to be quick, and to say the same for the same change.
   */
  readonly write?: (change: AccessChange) => string | null;
  /** Fields that only callers with one of these roles may change. To insert a document that has the field is a change of it. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
}

/** The rules of a server, by the name of the datastore. */
export type AccessRulesByDatastore = Readonly<Record<string, AccessRules>>;

/** A change that rules look at. */
export interface AccessChange {
  readonly caller: Caller;
  readonly scope: string;
  /** What is stored; null for an insert. */
  readonly before: JsonDocument | null;
  /** What would be stored; null for a deletion. */
  readonly after: JsonDocument | null;
}

/** The scopes of a caller in a datastore, the home first. Throws FORBIDDEN where a rule names what cannot be a scope. */
export function scopesBy({ scopes }: AccessRules, datastore: string, caller: Caller): readonly string[] {
  if (scopes === undefined) return caller.scopes;
  const named = scopes(caller);
  const wrong = named.find((scope) => !isScopeName(scope));
  if (wrong === undefined && named.length <= MAX_SCOPES) return named;
  const what = wrong === undefined ? `${named.length} scopes; the limit is ${MAX_SCOPES}` : JSON.stringify(wrong);
  throw new DatastoreError('FORBIDDEN', `The access rule of "${datastore}" names ${what}.`, {
    remedy: `Correct access.${datastore}.scopes in the configuration of the server.`,
  });
}

/** Why these rules forbid a change, or null: the fields first, then the function. */
export function forbiddenBy({ fields = {}, write }: AccessRules, change: AccessChange): string | null {
  const { caller, before, after } = change;
  for (const [field, roles] of after === null ? [] : Object.entries(fields)) {
    if (sameJson(before?.[field], after?.[field]) || roles.some((role) => caller.roles?.includes(role))) continue;
    return `"${field}" may be changed by the role ${roles.map((role) => `"${role}"`).join(' or ')} only.`;
  }
  return write?.(change) ?? null;
}
