import type { Caller } from '@datastores/core/protocol';
import type { Datastore, JsonDocument } from '@datastores/core/schema';
import { type AccessGrounds, rulesOf } from './access.ts';
import { forbiddenBy } from './access-rules.ts';
import type { Refusal } from './admit.ts';
import type { DecideInput } from './decide.ts';

/** Why the caller may not turn a stored state (null: none) into another (null: a tombstone), or null. */
export type Forbids = (before: JsonDocument | null, after: JsonDocument | null) => string | null;

/** Who writes where. */
export interface Writing {
  readonly datastore: Datastore;
  readonly scope: string;
  readonly caller: Caller;
}

/** What the rules of a datastore say of changes; null where they say nothing, so that no document is parsed for them. */
export function forbidding(
  { rules }: Pick<AccessGrounds, 'rules'>,
  { datastore, scope, caller }: Writing,
): Forbids | null {
  const own = rulesOf(rules, datastore.name);
  if (own.write === undefined && own.fields === undefined) return null;
  return (before, after) => forbiddenBy(own, { caller, scope, before, after });
}

/** Why a state may not be stored, or null. The tombstone of what is not there changes nothing for anybody. */
export function forbiddenState(
  { forbids, stored }: Pick<DecideInput, 'forbids' | 'stored'>,
  after: JsonDocument | null,
): Refusal | null {
  const before = stored === null || stored.deleted ? null : stored;
  if (forbids === null || (before === null && after === null)) return null;
  const message = forbids(before?.document() ?? null, after);
  return message === null ? null : { is: 'rejected', code: 'WRITE_FORBIDDEN', message };
}
