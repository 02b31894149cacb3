import { type Caller, type ChangesRequest, isServerOwned } from '@datastores/core/protocol';
import { accessOf } from './access.ts';
import type { AccessRulesByDatastore } from './access-rules.ts';

/** Which of its datastores a stream sees in which scopes. */
export interface Sight {
  readonly scopes: readonly string[];
  /** The datastores that are seen in a scope; null: all that the stream names. */
  readonly of: (scope: string) => readonly string[] | null;
}

/** What a caller sees of the datastores that a stream names. Throws FORBIDDEN. */
export function sightOf(rules: AccessRulesByDatastore, request: ChangesRequest, caller: Caller): Sight {
  const seen = new Map<string, string[]>();
  const names = Object.keys(request.datastores).filter((name) => !isServerOwned(name));
  for (const name of names) {
    for (const scope of accessOf(rules, name, caller).scopes) seen.set(scope, [...(seen.get(scope) ?? []), name]);
  }
  // A stream that names nothing is told where the scopes of its token stand.
  if (names.length === 0) for (const scope of accessOf(rules, '', caller).scopes) seen.set(scope, []);
  return {
    scopes: [...seen.keys()].sort(),
    of: (scope) => {
      const some = seen.get(scope);
      return some === undefined || some.length === names.length ? null : some;
    },
  };
}

/** True if two sights are of the same. */
export function isSameSight(a: Sight, b: Sight): boolean {
  const text = ({ scopes, of }: Sight) => JSON.stringify(scopes.map((scope) => [scope, of(scope)]));
  return text(a) === text(b);
}
