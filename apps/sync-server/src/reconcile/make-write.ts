import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { ExternalRecord, Traits, Write } from '../connectors/connector.ts';
import type { Link } from '../store/link.ts';
import { isSettled } from './asked-fields.ts';
import type { Binding, Ids } from './binding.ts';
import { type FieldRules, fieldOf, isAsk, isPushed, isSum, strayFields, sumOf, unsentFields } from './field-rules.ts';

/** Everything a write is computed from, at the moment it is sent. */
export interface WriteCase {
  readonly writeId: string;
  readonly binding: Pick<Binding, 'toRecord' | 'amountField' | 'creates' | 'deletes'>;
  readonly traits: Traits;
  readonly rules: FieldRules;
  /** Null: never met. */
  readonly link: Link | null;
  /** Null: deleted here. */
  readonly document: JsonObject | null;
  /** Reference for a create that has none yet. */
  readonly ref: string;
  readonly ids: Ids;
}

/** What is frozen with the outbox row: the write, and the part of the document that it tells. */
export interface FrozenWrite {
  readonly write: Write;
  /** Fields of the document that the write sets; null where it empties them. */
  readonly sent: JsonObject;
  /** Differences of quantities that the write adds, by field of the document. */
  readonly amounts: Readonly<Record<string, number>>;
}

/** The write that a row was frozen with; null while it is only a mark. */
export function frozenOf({ payload }: { readonly payload: JsonValue }): FrozenWrite | null {
  return payload as unknown as FrozenWrite | null;
}

/** What to do for a row of the outbox. */
export type WriteDecision =
  | { readonly is: 'write'; readonly frozen: FrozenWrite }
  /**
   * The system has been told everything. `stray`: read it again, since fields it owns were changed here and are taken back,
   * or since a question has settled itself.
   */
  | { readonly is: 'nothing'; readonly stray: boolean }
  /** The version over there must be known first. */
  | { readonly is: 'read-first' }
  | { readonly is: 'dead'; readonly reason: string };

/** The write that tells a system what it does not know yet of a document. Pure, but for what the mapping does. */
export function makeWrite(at: WriteCase): WriteDecision {
  const { binding, link, document } = at;
  const key = link?.key ?? null;
  if (binding.toRecord === undefined) return { is: 'nothing', stray: false };
  if (document === null)
    return link === null || key === null ? { is: 'nothing', stray: false } : makeDelete(at, link, key);
  if (link === null || key === null) return makeCreate(at, document);
  if (link.gone !== null) {
    return {
      is: 'dead',
      reason: `The record "${key}" was deleted over there while the document was changed here. Delete the document, or insert it under a new id.`,
    };
  }
  return makeUpdate(at, { link, key, document });
}

function makeDelete({ binding, traits, writeId }: WriteCase, link: Link, key: string): WriteDecision {
  if (link.gone !== null || binding.deletes === false) return { is: 'nothing', stray: false };
  const write: Write = { id: writeId, op: 'delete', key, ...guard(traits, link) };
  return { is: 'write', frozen: { write, sent: {}, amounts: {} } };
}

function makeCreate(at: WriteCase, document: JsonObject): WriteDecision {
  const { binding, rules } = at;
  if (binding.creates === false) return { is: 'nothing', stray: false };
  const sent: Record<string, JsonValue> = {};
  for (const [field, { rule }] of rules) {
    const value = fieldOf(document, field);
    if (isPushed(rule) && value !== undefined) sent[field] = value;
  }
  const data = recordOf(at, sent, document);
  const write: Write = { id: at.writeId, op: 'create', ref: at.link?.ref ?? at.ref, data };
  return { is: 'write', frozen: { write, sent, amounts: {} } };
}

function recordOf({ binding, ids }: WriteCase, patch: JsonObject, document: JsonObject): ExternalRecord {
  const record: unknown = binding.toRecord?.(patch, document, ids);
  if (record !== null && typeof record === 'object' && !Array.isArray(record)) return record as ExternalRecord;
  throw new TypeError('toRecord must give an object of record fields.');
}

interface LinkedDocument {
  readonly link: Link;
  readonly key: string;
  readonly document: JsonObject;
}

function makeUpdate(at: WriteCase, { link, key, document }: LinkedDocument): WriteDecision {
  const { rules, traits } = at;
  const unsent = unsentFields(rules, link, document);
  const stray = strayFields(rules, link.base, document).length > 0 || isSettled(rules, link, document);
  if (unsent.length === 0) return { is: 'nothing', stray };
  const sent: Record<string, JsonValue> = {};
  const amounts: Record<string, number> = {};
  for (const field of unsent) {
    const sums = isSum(ruleOf(rules, field));
    const blind = link.recordVersion === null && ((sums && !traits.adds) || isAsk(ruleOf(rules, field)));
    if (blind) return { is: 'read-first' };
    if (sums && traits.adds)
      amounts[field] = sumOf(number(fieldOf(document, field)), -number(fieldOf(link.base, field)));
    else sent[field] = fieldOf(document, field) ?? null;
  }
  const patch = Object.keys(sent).length === 0 ? {} : recordOf(at, sent, document);
  const write = updateOf(at, { key, patch, amounts, link });
  return write === null ? { is: 'nothing', stray } : { is: 'write', frozen: { write, sent, amounts } };
}

interface UpdateParts {
  readonly key: string;
  readonly patch: ExternalRecord;
  readonly amounts: Readonly<Record<string, number>>;
  readonly link: Link;
}

function updateOf({ writeId, binding, traits }: WriteCase, { key, patch, amounts, link }: UpdateParts): Write | null {
  const hasPatch = Object.keys(patch).length > 0;
  if (Object.keys(amounts).length === 0) {
    return hasPatch ? { id: writeId, op: 'update', key, patch, ...guard(traits, link) } : null;
  }
  const named = Object.fromEntries(
    Object.entries(amounts).map(([field, amount]) => [binding.amountField?.(field) ?? field, amount]),
  );
  return { id: writeId, op: 'add', key, amounts: named, ...(hasPatch ? { patch } : {}), ...guard(traits, link) };
}

function guard(traits: Traits, link: Link): { readonly ifVersion?: string } {
  return traits.guarded && link.recordVersion !== null ? { ifVersion: link.recordVersion } : {};
}

function ruleOf(rules: FieldRules, field: string) {
  return rules.get(field)?.rule ?? ({ from: 'there' } as const);
}

function number(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
