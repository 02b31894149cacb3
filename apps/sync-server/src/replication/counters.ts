import type { Datastore, DocumentChange, JsonObject } from '@datastores/core/schema';
import type { PushedChange } from './change.ts';

/** The newest row of a replica that was decided on one document, and how much of which counter it was credited from its base. */
export interface Credit {
  readonly base: string | null;
  /** The replica's own number of that row. */
  readonly edit: number;
  readonly refused: boolean;
  readonly amounts: Readonly<Record<string, number>>;
}

/** How far `change` moves each counter, by what the replica says the fields were. */
export function claimedAmounts(datastore: Datastore, change: PushedChange): Readonly<Record<string, number>> {
  const amounts: Record<string, number> = {};
  for (const field of change.changed) {
    const after = change.document?.[field];
    if (datastore.fields[field]?.counter && typeof after === 'number') {
      amounts[field] = after - asNumber(change.was[field]);
    }
  }
  return amounts;
}

/** How far a document moves each counter from a state that the server knows by its fields. */
export function realAmounts(
  datastore: Datastore,
  before: ((field: string) => unknown) | null,
  after: JsonObject,
): Readonly<Record<string, number>> {
  const amounts: Record<string, number> = {};
  for (const [field, rule] of Object.entries(datastore.fields)) {
    const value = after[field];
    if (!rule.counter || typeof value !== 'number') continue;
    const amount = value - asNumber(before?.(field));
    if (amount !== 0) amounts[field] = amount;
  }
  return amounts;
}

/**
 * The change with its counters reduced by what was already credited from the same base, so that a repeat adds nothing and
 * an extension adds only what is new. A counter that went back to its base is taken back.
 */
export function withoutCredit(datastore: Datastore, change: PushedChange, credit: Credit | null): DocumentChange {
  const document = change.document as NonNullable<PushedChange['document']>;
  const credited = creditFor(change, credit);
  const changed = new Set(change.changed);
  const was: Record<string, JsonObject[string]> = { ...change.was };
  for (const [field, amount] of Object.entries(credited)) {
    const value = document[field];
    if (amount === 0 || typeof value !== 'number' || !datastore.fields[field]?.counter) continue;
    was[field] = asNumber(changed.has(field) ? change.was[field] : value) + amount;
    changed.add(field);
  }
  return { document, changed: [...changed], was };
}

/** What was credited from the base of this change; nothing if the credit is of another base. */
export function creditFor(change: PushedChange, credit: Credit | null): Readonly<Record<string, number>> {
  return credit !== null && credit.base === change.base ? credit.amounts : {};
}

function asNumber(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
