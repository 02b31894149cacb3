import type { JsonObject, JsonValue } from '@datastores/core/schema';
import { sameJson } from '@datastores/core/schema';
import type { SystemFieldRule } from './binding.ts';

/** The rule of one field of a binding, and whether a better ranked owner elsewhere goes before this one. */
export interface EffectiveRule {
  readonly rule: SystemFieldRule;
  /** True for an owner that another binding outranks: it fills what is empty and updates only what it wrote itself. */
  readonly outranked: boolean;
}

/** The rules of a binding by field, in a map so that a field named like a property of objects cannot hurt. */
export type FieldRules = ReadonlyMap<string, EffectiveRule>;

/** Fields whose value here the system has not been told: the difference between document and base, as far as we may push it. */
export function unsentFields(rules: FieldRules, base: JsonObject, document: JsonObject): readonly string[] {
  const unsent: string[] = [];
  for (const [field, { rule }] of rules) {
    if (isPushed(rule) && !sameValue(fieldOf(base, field), fieldOf(document, field))) unsent.push(field);
  }
  return unsent;
}

/** Fields that the system owns and that differ here: a local change that must be taken back. */
export function strayFields(rules: FieldRules, base: JsonObject, document: JsonObject): readonly string[] {
  const stray: string[] = [];
  for (const [field, { rule, outranked }] of rules) {
    if (isPushed(rule) || outranked || !Object.hasOwn(base, field)) continue;
    if (!sameValue(fieldOf(base, field), fieldOf(document, field))) stray.push(field);
  }
  return stray;
}

/** True if a field of this rule is ever pushed. */
export function isPushed(rule: SystemFieldRule): boolean {
  return !('from' in rule && rule.from === 'there');
}

/** True for a quantity. */
export function isSum(rule: SystemFieldRule): boolean {
  return 'merge' in rule && rule.merge === 'sum';
}

/** The own value of a field; absent and null both mean empty. */
export function fieldOf(object: JsonObject, field: string): JsonValue | undefined {
  const value = Object.hasOwn(object, field) ? object[field] : undefined;
  return value === null ? undefined : value;
}

/** True if both are the same JSON, or both empty. */
export function sameValue(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return sameJson(a ?? undefined, b ?? undefined);
}

/** Sets a field of an object that nobody else has yet, or takes it away if the value is empty. */
export function setField(
  object: Record<string, JsonValue | undefined>,
  field: string,
  value: JsonValue | undefined,
): void {
  if (value === undefined || value === null) delete object[field];
  // Assigned, the one field of this name would become the prototype.
  else if (field === '__proto__') Object.defineProperty(object, field, { ...OWN, value });
  else object[field] = value;
}

const OWN = { configurable: true, enumerable: true, writable: true };

/** The sum of quantities, freed of the noise that binary fractions leave behind (0.1 + 0.2). */
export function sumOf(...numbers: readonly number[]): number {
  return Number(numbers.reduce((sum, number) => sum + number, 0).toPrecision(15));
}
