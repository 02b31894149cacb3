import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { AskedFields } from '../store/link.ts';
import type { SystemFieldRule } from './binding.ts';
import { type ChangeTimes, isLaterHere } from './change-times.ts';
import { type FieldRules, fieldOf, isSum, sameValue, setField, sumOf } from './field-rules.ts';

/** A document, the state of it that store and system last agreed on, and what the record says now. */
export interface RecordMerge {
  readonly base: JsonObject;
  readonly document: JsonObject;
  /** Mapped record. Absent: not said. Null: said to be empty. */
  readonly record: Readonly<Record<string, JsonValue | undefined>>;
  /** True if document and record meet for the first time: what is empty here is taken, whoever owns it. */
  readonly first?: boolean;
  /** When each side changed, for fields merged by `latest`. Default: not known. */
  readonly times?: ChangeTimes;
  /** What a person is asked about. A field of it that the record does not say is as it was said then. */
  readonly asked?: AskedFields | null;
}

/** A field that both sides changed, and what became of it. Empty values are null. */
export interface FieldDecision {
  readonly field: string;
  readonly rule: string;
  readonly base: JsonValue;
  readonly here: JsonValue;
  readonly there: JsonValue;
  readonly result: JsonValue;
}

/** The merged document and the new base. The base holds what the record said, but for the fields that are asked about. */
export interface MergedRecord {
  readonly document: JsonObject;
  readonly base: JsonObject;
  /** Fields of the document that changed. */
  readonly changed: readonly string[];
  readonly decisions: readonly FieldDecision[];
  /** Fields that a person has to decide on, with what the record says; null where it is empty. */
  readonly asked: ReadonlyMap<string, JsonValue>;
  /** By which rule each of `changed` was taken. */
  readonly rules: Readonly<Record<string, string>>;
  /** News of the record that was not taken, and the rule that says so; what `decisions` has is not repeated. */
  readonly refused: Readonly<Record<string, { readonly rule: string; readonly said: JsonValue }>>;
}

/** Merges one record into a document, field by field, by the rules of the binding. Pure; applying the result again changes nothing. */
export function applyRecord(rules: FieldRules, merge: RecordMerge): MergedRecord {
  // Copied once, not for each field: a record may have a hundred of them.
  const document: Record<string, JsonValue | undefined> = { ...merge.document };
  const base: Record<string, JsonValue | undefined> = { ...merge.base };
  const changed: string[] = [];
  const decisions: FieldDecision[] = [];
  const asked = new Map<string, JsonValue>();
  const rulesOf: Record<string, string> = {};
  const refused: Record<string, { rule: string; said: JsonValue }> = {};
  for (const [field, { rule, outranked }] of rules) {
    const said = saidOf(merge, field);
    if (said === undefined) continue;
    const there = said === null ? undefined : said;
    const here = fieldOf(document, field);
    const was = ancestorOf(merge, rule, { field, here, there });
    if (isSum(rule) && typeof there !== 'number') continue;
    const { first = false, times } = merge;
    const decided = decideField({ field, rule, outranked, was, here, there, first, times });
    if (decided === 'ask') {
      asked.set(field, said);
      continue;
    }
    setField(base, field, there);
    if (decided.decision) decisions.push(decided.decision);
    else if ('from' in rule && !sameValue(there, was) && !sameValue(decided.value, there)) {
      refused[field] = { rule: ruleName(rule, outranked), said };
    }
    if (sameValue(decided.value, here)) continue;
    changed.push(field);
    rulesOf[field] = decided.decision?.rule ?? ruleName(rule, outranked);
    setField(document, field, decided.value);
  }
  return { document, base, changed, decisions, asked, rules: rulesOf, refused };
}

/** What the record says of a field, or said when a person was asked; null: empty, undefined: nothing. */
function saidOf({ record, asked }: RecordMerge, field: string): JsonValue | undefined {
  const said = Object.hasOwn(record, field) ? record[field] : undefined;
  if (said !== undefined || !asked || !Object.hasOwn(asked, field)) return said;
  return asked[field]?.there;
}

/**
 * What both sides once agreed on. Where they meet for the first time that is nothing, and what is here goes before; a rule
 * that weighs both sides weighs them then too.
 */
function ancestorOf(
  { base, first }: RecordMerge,
  rule: SystemFieldRule,
  { field, here, there }: Pick<FieldCase, 'field' | 'here' | 'there'>,
): JsonValue | undefined {
  if (!first) return fieldOf(base, field);
  if (here === undefined) return undefined;
  return 'merge' in rule && (rule.merge === 'ask' || rule.merge === 'latest') ? fieldOf(base, field) : there;
}

/** A rule as people read it. */
export function ruleName(rule: SystemFieldRule, outranked: boolean): string {
  if ('from' in rule) {
    if (rule.from === 'here') return 'from:here';
    return outranked ? 'from:there, outranked' : 'from:there';
  }
  return `merge:${typeof rule.merge === 'function' ? rule.merge.name || 'function' : rule.merge}`;
}

/**
 * The fields that a record gives to a document that it makes: whatever the rules, there is nothing here to merge it with.
 * The same as {@link applyRecord} with an empty document and an empty base, at a fraction of its cost.
 */
export function fieldsOfRecord(rules: FieldRules, record: RecordMerge['record']): JsonObject {
  const fields: Record<string, JsonValue> = {};
  for (const [field, { rule }] of rules) {
    const said = Object.hasOwn(record, field) ? record[field] : undefined;
    if (said === undefined || said === null || (isSum(rule) && typeof said !== 'number')) continue;
    setField(fields, field, said);
  }
  return fields;
}

/** True if a record says nothing that is not in the base: nothing happened over there that matters to the binding. */
export function agreesWithBase(rules: FieldRules, base: JsonObject, record: RecordMerge['record']): boolean {
  for (const field of rules.keys()) {
    const said = Object.hasOwn(record, field) ? record[field] : undefined;
    if (said !== undefined && !sameValue(said, fieldOf(base, field))) return false;
  }
  return true;
}

interface FieldCase {
  readonly field: string;
  readonly rule: SystemFieldRule;
  readonly outranked: boolean;
  readonly was: JsonValue | undefined;
  readonly here: JsonValue | undefined;
  readonly there: JsonValue | undefined;
  readonly first: boolean;
  readonly times: ChangeTimes | undefined;
}

interface Decided {
  readonly value: JsonValue | undefined;
  readonly decision?: FieldDecision;
}

function decideField(at: FieldCase): Decided | 'ask' {
  const { rule, was, here, there } = at;
  if ('from' in rule) {
    if (rule.from === 'here') return { value: at.first && here === undefined ? there : here };
    return { value: at.outranked && here !== undefined && !sameValue(here, was) ? here : there };
  }
  if (rule.merge === 'sum') return { value: sumOf(asNumber(here), asNumber(there), -asNumber(was)) };
  if (sameValue(there, was) || sameValue(here, there)) return { value: here };
  if (sameValue(here, was)) return { value: there };
  return rule.merge === 'ask' ? 'ask' : decideConflict(at, rule.merge);
}

function decideConflict(at: FieldCase, merge: Exclude<MergeRule, 'sum' | 'ask'>): Decided {
  const { field, was, here, there, times } = at;
  const ours = merge === 'here' || (merge === 'latest' && isLaterHere(times));
  const value = typeof merge === 'function' ? merge(was, here, there ?? null) : ours ? here : there;
  const rule = ruleName({ merge }, false);
  return {
    value,
    decision: { field, rule, base: was ?? null, here: here ?? null, there: there ?? null, result: value ?? null },
  };
}

type MergeRule = Extract<SystemFieldRule, { readonly merge: unknown }>['merge'];

function asNumber(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
