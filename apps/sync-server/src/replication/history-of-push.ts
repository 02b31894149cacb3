import type { Datastore, Decision } from '@datastores/core/schema';
import { type EventWrite, type FieldDecided, shortValue, type Why } from '../store/history.ts';
import type { PushedChange } from './change.ts';
import type { Verdict } from './decide.ts';

/** A value that lost is kept longer than one that is only mentioned: nothing else has it any more. */
const LOST_LENGTH = 2_000;

/** What the history says of a state that a pushed row made; null where author and changed fields say all of it. */
export function whyOf(
  datastore: Datastore,
  change: PushedChange,
  { base, decisions }: Extract<Verdict, { readonly kind: 'write' }>,
): Why | null {
  // A change that was merged is based on what it met, any other on what its replica knew.
  if (base === change.base && decisions.length === 0) return null;
  const fields = decided(decisions);
  const open = change.changed.filter((field) => !fields.some((one) => one.field === field));
  const rules = Object.fromEntries(
    open.map((field) => [field, datastore.fields[field]?.counter ? 'counter' : 'changed on one side']),
  );
  return { kind: 'merged', rules, ...(fields.length === 0 ? {} : { decisions: fields }) };
}

/** What the history says of a pushed row that made no state; null for one that was there already. */
export function eventOf(
  { name: datastore }: Datastore,
  change: PushedChange,
  verdict: Exclude<Verdict, { readonly kind: 'write' }>,
): EventWrite | null {
  const fields = decided(verdict.decisions ?? []);
  const decisions = fields.length === 0 ? {} : { decisions: fields };
  const about = { datastore, id: change.id, by: change.replica, once: true };
  if (verdict.kind === 'settled') return fields.length === 0 ? null : { ...about, kind: 'merged', detail: decisions };
  const { is, code, message } = verdict;
  const said = change.changed.map((field) => {
    const value = shortValue(change.document?.[field], LOST_LENGTH);
    return [field, { rule: code, said: value }] as const;
  });
  const refused = said.length === 0 ? {} : { refused: Object.fromEntries(said) };
  return { ...about, kind: is, detail: { code, reason: message, ...refused, ...decisions } };
}

function decided(decisions: readonly Decision[]): readonly FieldDecided[] {
  return decisions.map(({ field, rule, base, server, replica, result }) => ({
    field,
    rule,
    base: shortValue(base),
    server: shortValue(server, LOST_LENGTH),
    proposed: shortValue(replica, LOST_LENGTH),
    result: shortValue(result),
  }));
}
