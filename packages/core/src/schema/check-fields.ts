import type { CheckedDeclaration } from './declaration.ts';
import { type FieldRule, isPolicy, POLICIES } from './field-rule.ts';
import type { JsonSchema } from './json-schema.ts';

/** What is wrong with the indexes, the search fields and the field rules of a declaration whose schema has properties. */
export function fieldProblems(declaration: CheckedDeclaration): string[] {
  return [...indexesProblems(declaration), ...searchProblems(declaration), ...rulesProblems(declaration)];
}

/** Longest value of an indexed string: RxDB refuses longer index keys. */
const MAX_INDEXED_STRING = 2048;

function indexesProblems({ schema, indexes }: CheckedDeclaration): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const index of indexes) {
    const text = index.join('+');
    if (index.length === 0) problems.push('An index names no field; name one or take it out.');
    else if (text === 'id') problems.push('Documents are always found by "id"; take it out of indexes.');
    else if (seen.has(text)) problems.push(`The index ${text} is declared twice; take one out.`);
    if (new Set(index).size < index.length) problems.push(`The index ${text} names a field twice; take one out.`);
    seen.add(text);
  }
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  for (const field of new Set(indexes.flat())) {
    if (field === 'id') continue;
    const property = propertyOf(schema.properties, field);
    if (property === undefined) problems.push(unknownField(field, 'indexes'));
    else problems.push(...indexProblems(field, property, required.has(field)));
  }
  return problems;
}

function indexProblems(field: string, property: JsonSchema, required: boolean): string[] {
  const problems: string[] = [];
  if (!required) problems.push(`"${field}" is indexed; add it to required, or take it out of indexes.`);
  if (!['string', 'integer', 'number', 'boolean'].includes(String(property.type)) || Array.isArray(property.type)) {
    return [...problems, `"${field}" is indexed and must have one type of string, integer, number or boolean.`];
  }
  if (property.type === 'string' && (property.maxLength ?? 0) > MAX_INDEXED_STRING) {
    problems.push(`"${field}" is indexed; set its maxLength to ${MAX_INDEXED_STRING} or less.`);
  }
  if (property.type === 'number') problems.push(...numberProblems(field, property));
  if (property.type === 'integer') problems.push(...integerProblems(field, property));
  return problems;
}

function numberProblems(field: string, { minimum, maximum, multipleOf }: JsonSchema): string[] {
  if (minimum === undefined || maximum === undefined || multipleOf === undefined) {
    return [`"${field}" is an indexed number; add minimum, maximum and multipleOf (e.g. 0.01), or use integer.`];
  }
  if (!/^\d+(\.\d+)?$/.test(String(multipleOf)) || multipleOf <= 0) {
    return [`"${field}" is an indexed number; its multipleOf must be a decimal of at least 0.000001.`];
  }
  return rangeProblems(field, { minimum, maximum, multipleOf });
}

function integerProblems(field: string, { minimum, maximum, multipleOf = 1 }: JsonSchema): string[] {
  if (!Number.isSafeInteger(multipleOf) || multipleOf < 1) {
    return [`"${field}" is an indexed integer; its multipleOf must be a whole number from 1.`];
  }
  const open = isOpen(minimum) || isOpen(maximum) || minimum === undefined || maximum === undefined;
  return open ? [] : rangeProblems(field, { minimum, maximum, multipleOf: 1 });
}

function rangeProblems(field: string, range: { minimum: number; maximum: number; multipleOf: number }): string[] {
  const steps = (range.maximum - range.minimum) / Math.min(1, range.multipleOf);
  if (steps >= 0 && steps <= Number.MAX_SAFE_INTEGER) return [];
  return [`"${field}" is indexed; bring minimum and maximum closer, so that fewer than 2^53 values lie between them.`];
}

/** Generators write the safe integers where the author gave no bound; such a bound says nothing. */
function isOpen(bound: number | undefined): boolean {
  return bound !== undefined && Math.abs(bound) >= Number.MAX_SAFE_INTEGER;
}

function searchProblems({ schema, search = [] }: CheckedDeclaration): string[] {
  const problems: string[] = [];
  if (new Set(search).size < search.length) problems.push('A field is in search twice; take one out.');
  for (const field of search) {
    const property = propertyOf(schema.properties, field);
    if (property === undefined) problems.push(unknownField(field, 'search'));
    else if (
      !isText(property) &&
      !(property.type === 'array' && property.items !== undefined && isText(property.items))
    ) {
      problems.push(`"${field}" in search must be a string or a list of strings.`);
    }
  }
  return problems;
}

function isText({ type, anyOf }: JsonSchema): boolean {
  if (anyOf !== undefined) return anyOf.every((choice) => choice.type === 'null' || isText(choice));
  return type === 'string' || (Array.isArray(type) && type.every((one) => one === 'string' || one === 'null'));
}

function rulesProblems({ schema, fields }: CheckedDeclaration): string[] {
  return Object.entries(fields).flatMap(([field, rule]) => {
    const property = propertyOf(schema.properties, field);
    if (field === 'id') return ['"id" in fields: an id never changes and takes no rules; take it out.'];
    return property === undefined ? [unknownField(field, 'fields')] : ruleProblems(field, property, rule);
  });
}

function ruleProblems(field: string, property: JsonSchema, rule: FieldRule): string[] {
  const problems: string[] = [];
  if (rule.counter && property.type !== 'integer') {
    problems.push(`"${field}" is a counter and must be { type: "integer" }; count in the smallest unit.`);
  }
  if (rule.counter && rule.conflict !== undefined) {
    problems.push(`"${field}" is a counter: its changes add up, so take out its conflict policy.`);
  }
  if (rule.counter && rule.immutable) problems.push(`"${field}" is a counter and immutable; take one of them out.`);
  if (rule.conflict !== undefined && !isPolicy(rule.conflict)) {
    problems.push(`"${field}" has an unknown conflict policy; use ${POLICIES}.`);
  }
  if (rule.owner !== undefined && !/^[a-z][a-z0-9-]*$/.test(rule.owner)) {
    problems.push(`"${field}" has the owner "${rule.owner}"; name a system in lower case, e.g. "erp".`);
  }
  return problems;
}

function propertyOf(properties: Readonly<Record<string, JsonSchema>>, field: string): JsonSchema | undefined {
  return Object.hasOwn(properties, field) ? properties[field] : undefined;
}

function unknownField(field: string, where: string): string {
  const inner = field.includes('.') ? ' Only fields of the document itself can be named; copy the value to one.' : '';
  return `"${field}" in ${where} is not a field of the schema; declare it or take it out.${inner}`;
}
